// The examples show nobody a stream's name that may be a secret.
import { Denial } from 'livego';
import { samplePackets, startTestServer } from 'livego/testing';
import { expect, onTestFinished, test } from 'vitest';
import hookTour from '../../examples/plugins/hook-tour.ts';
import meter from '../../examples/plugins/meter.ts';
import { pluginForTest } from '../helpers/config.ts';

const KEYS = pluginForTest('keys', {
  server: ({ hooks }) => hooks.resolveName.tap(() => undefined, { secret: true }),
});

test('meter.ts and hook-tour.ts show what may be shown', async () => {
  const config = { meter: { port: '127.0.0.1:0' }, 'hook-tour': 'enable', waitForPublisherMs: 1 };
  const server = await startTestServer({ plugins: [KEYS, hookTour, meter], config });
  onTestFinished(() => server.stop());
  for (const path of ['live/sk_live_1', 'live/sk_live_2']) {
    const publisher = await server.publish(path);
    if (publisher instanceof Denial) throw new Error(publisher.reason);
    publisher.send(...samplePackets({ frames: 10 }));
  }
  await server.play('live/sk_live_3');
  const answer = await server.inject('meter.port', { url: '/meter' });
  expect(answer.json()).toMatchObject({ 'live/***': { packets: 44 } });
  expect(server.log.map(({ msg }) => msg)).toContain('192.0.2.1:5000 waits for live/***');
  expect(JSON.stringify([server.log, server.metrics()])).not.toContain('sk_live');
});
