// A test of a plugin without a socket, as docs/writing-a-plugin.md shows it.
import { Denial } from 'livego';
import { samplePackets, startTestServer } from 'livego/testing';
import { expect, onTestFinished, test } from 'vitest';
import meter from '../../examples/plugins/meter.ts';

test('a plugin counts packets, and serves a request without a socket', async () => {
  const server = await startTestServer({ plugins: [meter], config: { meter: { port: '127.0.0.1:0' } } });
  onTestFinished(() => server.stop());
  const publisher = await server.publish('live/movie');
  if (publisher instanceof Denial) throw new Error(publisher.reason);
  publisher.send(...samplePackets({ frames: 10 }));
  const answer = await server.inject('meter.port', { url: '/meter' });
  expect(answer.json()).toMatchObject({ 'live/movie': { packets: 22 } });
});

test('a plugin that is replaced hands its counts to its successor', async () => {
  const config = { meter: { port: '127.0.0.1:0' } };
  const server = await startTestServer({ plugins: [meter], config });
  onTestFinished(() => server.stop());
  const publisher = await server.publish('live/movie');
  if (publisher instanceof Denial) throw new Error(publisher.reason);
  publisher.send(...samplePackets());
  const before = (await server.inject('meter.port', { url: '/meter' })).body;
  expect(JSON.parse(before)).toMatchObject({ 'live/movie': { packets: samplePackets().length } });

  const report = await server.reload({ meter: { port: '127.0.0.1:0', path: '/counts' } });
  expect(report.changes.replaced).toContain('meter');
  expect((await server.inject('meter.port', { url: '/counts' })).body).toBe(before);
});

test('a viewer of a test gets the published packets, and is denied as any client is', async () => {
  const server = await startTestServer({ plugins: [meter], config: { maxViewersPerStream: 1 } });
  onTestFinished(() => server.stop());
  const publisher = await server.publish('live/movie');
  if (publisher instanceof Denial) throw new Error(publisher.reason);
  publisher.send(...samplePackets({ frames: 5 }));
  const viewer = await server.play('live/movie');
  if (viewer instanceof Denial) throw new Error(viewer.reason);
  expect(viewer.tags).toHaveLength(12);
  expect(server.sessions().map(({ role }) => role)).toEqual(['publish', 'play']);
  expect(await server.play('live/movie')).toMatchObject({ code: 'limit' });
  expect(await server.play('other/movie')).toMatchObject({ code: 'not-found' });
  publisher.leave();
  expect(viewer.ended).toMatchObject({ code: 'unpublished' });
});
