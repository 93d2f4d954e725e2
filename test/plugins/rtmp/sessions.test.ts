// Publishers and viewers connect and disconnect in any order.
import { expect, onTestFinished, test, vi } from 'vitest';
import type { EndCause } from '../../../core/end-cause.ts';
import { CAPS_EX, SERVER_CAPABILITIES } from '../../../core/protocol/rtmp/capabilities.ts';
import { SharedTurn } from '../../../plugins/rtmp/shared-turn.ts';
import { avcFrame, avcHeader, describePackets, shortStream } from '../../helpers/media/media.ts';
import { within } from '../../helpers/net.ts';
import {
  connectDialogue,
  openPlayer,
  openPublisher,
  playFrom,
  publishTo,
} from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';

test('a viewer that connects before the publisher is told Start at once, waits, and then plays', async () => {
  const server = await startServer();
  const player = await playFrom(server.rtmp('live/movie'));
  expect(player.codes).toEqual(['NetStream.Play.Reset', 'NetStream.Play.Start']);
  const publisher = await publishTo(server.rtmp('live/movie'));
  const packets = shortStream();
  await publisher.sendAll(packets);
  expect(describePackets(await player.received(packets.length))).toEqual(describePackets(packets));
});

test.each([0, 30])(
  'a viewer of a stream that has no publisher within waitForPublisherMs (%i) is told StreamNotFound',
  async (waitForPublisherMs) => {
    const server = await startServer({ config: { waitForPublisherMs } });
    const player = await openPlayer(server.rtmp('live/nothing'));
    expect(await player.refused()).toMatchObject({
      level: 'error',
      code: 'NetStream.Play.StreamNotFound',
      description: 'nobody publishes live/nothing',
    });
    await player.gone();
    expect(server.server.sessions.length).toBe(0);
  },
);

test('a viewer that disconnects while it waits leaves nothing behind', async () => {
  const server = await startServer();
  const player = await playFrom(server.rtmp('live/movie'));
  player.vanish();
  await expect.poll(() => server.server.sessions.length).toBe(0);
});

test('when the publisher disconnects, viewers are told the end of the stream and their connections close', async () => {
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/movie'));
  const player = await playFrom(server.rtmp('live/movie'));
  const packets = shortStream();
  await publisher.sendAll(packets);
  await player.received(packets.length);
  await publisher.leave();
  await player.gone();
  expect(player.codes.slice(-2)).toEqual(['NetStream.Play.UnpublishNotify', 'NetStream.Play.Stop']);
});

test('everything that was published before the end reaches the viewers, however the publisher ends', async () => {
  for (const end of ['FCUnpublish', 'closed socket'] as const) {
    const server = await startServer();
    const publisher = await publishTo(server.rtmp('live/movie'));
    const player = await playFrom(server.rtmp('live/movie'));
    const packets = shortStream({ groups: 20, frames: 25 });
    for (const packet of packets) publisher.send(packet);
    if (end === 'FCUnpublish') publisher.session.stop();
    publisher.socket.end();
    expect(describePackets(await player.all())).toEqual(describePackets(packets));
  }
});

test('hooks can tell a publisher that announces its end from one whose connection breaks', async () => {
  const server = await startServer({ config: { keepAfterUnpublishMs: 0 } });
  const causes: EndCause[] = [];
  server.events.on('streamStop', (_stream, cause) => causes.push(cause));
  const one = await publishTo(server.rtmp('live/one'));
  await one.leave();
  await expect.poll(() => causes).toHaveLength(1);
  const other = await publishTo(server.rtmp('live/other'));
  other.socket.end();
  await expect.poll(() => causes).toHaveLength(2);
  expect(causes.map(({ code, deliberate = false }) => ({ code, deliberate }))).toEqual([
    { code: 'unpublished', deliberate: true },
    { code: 'unpublished', deliberate: false },
  ]);
});

test('viewers stay while a publisher returns within keepAfterUnpublishMs, and continue with its headers and a rising clock', async () => {
  const server = await startServer({ config: { keepAfterUnpublishMs: 60_000 } });
  const first = await publishTo(server.rtmp('live/movie'));
  const player = await playFrom(server.rtmp('live/movie'));
  const before = shortStream({ groups: 1, start: 5000 });
  await first.sendAll(before);
  await player.received(before.length);
  first.vanish();
  await expect.poll(() => server.stream('live/movie').state).toBe('paused');
  const second = await publishTo(server.rtmp('live/movie'));
  const after = [avcHeader(0, 0x28), avcFrame('key', 0, 77), avcFrame('inter', 40, 78)];
  await second.sendAll([avcFrame('inter', 0, 76), ...after]);
  const got = await player.received(before.length + after.length);
  const seam = 5160 + 40;
  expect(describePackets(got)).toEqual(
    describePackets([
      ...before,
      avcHeader(seam, 0x28),
      avcFrame('key', seam, 77),
      avcFrame('inter', seam + 40, 78),
    ]),
  );
});

test('with duplicate: "reject" a second publisher of a name is told BadName, and the first continues', async () => {
  const server = await startServer({ config: { duplicate: 'reject' } });
  const first = await publishTo(server.rtmp('live/movie'));
  const player = await playFrom(server.rtmp('live/movie'));
  const second = await openPublisher(server.rtmp('live/movie'));
  expect(await second.refused()).toMatchObject({
    code: 'NetStream.Publish.BadName',
    description: 'live/movie is already published',
  });
  await second.gone();
  const packets = shortStream();
  await first.sendAll(packets);
  expect(describePackets(await player.received(packets.length))).toEqual(describePackets(packets));
});

test('with duplicate: "replace" the first publisher is told and closed; viewers stay and their clock continues', async () => {
  const server = await startServer({ config: { duplicate: 'replace' } });
  const first = await publishTo(server.rtmp('live/movie'));
  const player = await playFrom(server.rtmp('live/movie'));
  const before = shortStream({ groups: 1, start: 90_000 });
  await first.sendAll(before);
  await player.received(before.length);
  const second = await publishTo(server.rtmp('live/movie'));
  const status = await first.refused();
  expect(status.code).toBe('NetStream.Publish.BadName');
  expect(status.description).toMatch(/^movie: replaced by 127\.0\.0\.1:\d+ \(duplicate: "replace"\)$/);
  await first.gone();
  const after = shortStream({ groups: 1 });
  await second.sendAll(after);
  const got = await player.received(before.length + after.length);
  const moved = after.map((packet) => ({ ...packet, timestamp: packet.timestamp + 90_160 + 40 }));
  expect(describePackets(got)).toEqual(describePackets([...before, ...moved]));
  expect(player.codes).toEqual(['NetStream.Play.Reset', 'NetStream.Play.Start']);
});

test('a stopping server tells viewers and publishers, asks clients that can to reconnect, and leaves no port open', async () => {
  const listening = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
  const before = listening();
  const server = await startServer();
  const session = { capabilities: { ...SERVER_CAPABILITIES, capsEx: CAPS_EX.reconnect } };
  const publisher = await publishTo(server.rtmp('live/movie'), { session });
  const player = await playFrom(server.rtmp('live/movie'), { session });
  const plain = await connectDialogue(server.port());
  const streamId = await plain.createStream();
  plain.call('play', 3, ['movie'], { streamId });
  await plain.status();
  await plain.status();
  const port = server.port();
  await within(server.stop(), 'the server to stop');
  await Promise.all([publisher.gone(), player.gone(), plain.gone()]);
  expect([publisher.reconnectRequests, player.reconnectRequests]).toEqual([1, 1]);
  expect(player.codes.indexOf('NetConnection.Connect.ReconnectRequest')).toBeLessThan(
    player.codes.indexOf('NetStream.Play.Stop'),
  );
  const codes = [(await plain.status()).code, (await plain.status()).code];
  expect(codes).toEqual(['NetStream.Play.Stop', 'NetConnection.Connect.Closed']);
  expect(server.server.connections).toBe(0);
  expect(server.server.sessions.length).toBe(0);
  await expect.poll(listening).toBeLessThanOrEqual(before);
  await expect(publishTo(`rtmp://127.0.0.1:${port}/live/movie`)).rejects.toThrow();
});

test('a client that does not close cannot hold up a stopping server', async () => {
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/movie'));
  const stubborn = await playFrom(server.rtmp('live/movie'));
  await publisher.sendAll([avcHeader(), avcFrame('key', 0, 1, 4_000_000)]);
  stubborn.socket.pause();
  await within(server.stop(), 'the server to stop');
  await expect.poll(() => server.server.connections).toBe(0);
});

test('sessions from before and after a reload of the options share the time of a turn', async () => {
  const hasTime = vi.spyOn(SharedTurn.prototype, 'hasTime');
  onTestFinished(() => hasTime.mockRestore());
  const server = await startServer();
  await publishTo(server.rtmp('live/before'));
  const known = hasTime.mock.contexts.length;
  await server.reload({ rtmp: { port: '127.0.0.1:0', chunkSize: 5000 } });
  await publishTo(server.rtmp('live/after'));
  expect(known).toBeGreaterThan(0);
  expect(hasTime.mock.contexts.length).toBeGreaterThan(known);
  expect(new Set(hasTime.mock.contexts).size).toBe(1);
});
