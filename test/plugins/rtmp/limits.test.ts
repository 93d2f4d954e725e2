// Silent, greedy and hostile peers: each ends its own connection, by a limit that has a name.
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ClientHandshake } from '../../../core/protocol/rtmp/handshake/handshake.ts';
import { avcFrame, avcHeader, describePackets, isKeyframe, shortStream } from '../../helpers/media/media.ts';
import { connectTo, readToEnd, waitForEvent } from '../../helpers/net.ts';
import {
  connectDialogue,
  openDialogue,
  openPlayer,
  playFrom,
  publishTo,
  RtmpDialogue,
} from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';
import { stepClock } from '../../helpers/step-clock.ts';

test('a publisher that vanishes without closing times out after read_timeout, and its name is free', async () => {
  const step = stepClock();
  const server = await startServer({ config: { read_timeout: 10, duplicate: 'reject' } });
  const publisher = await publishTo(server.rtmp('live/movie'));
  const player = await playFrom(server.rtmp('live/movie'));
  await publisher.sendAll(shortStream());
  await player.received(22);
  step(9_500);
  expect(server.stream('live/movie').state).toBe('live');
  const ended = server.saw('streamStop');
  step(2_000);
  await ended;
  await publisher.gone();
  await player.gone();
  expect(player.codes.slice(-2)).toEqual(['NetStream.Play.UnpublishNotify', 'NetStream.Play.Stop']);
  const reason = 'the publisher has disconnected: the publisher sent nothing for 10 s (read_timeout)';
  expect(server.log.map((line) => line.msg)).toContainEqual(
    expect.stringMatching(/^live\/movie viewer disconnected after \d+ s and [\d.]+ MB: /),
  );
  expect(server.log.some(({ msg }) => msg.endsWith(`MB: ${reason}`))).toBe(true);
  await publishTo(server.rtmp('live/movie'));
});

test('the time in which a publisher’s bytes lie unread does not count as silence', async () => {
  const step = stepClock();
  // A publisher without viewers and sinks is read every 400 ms.
  const server = await startServer({
    config: { read_timeout: 1, servers: [{ servername: 'live', hls: 'disable' }] },
  });
  const publisher = await publishTo(server.rtmp('live/movie'));
  step(1_200);
  expect(server.stream('live/movie').state).toBe('live');
  step(1_000);
  await publisher.gone();
});

test('with read_timeout: 0 a publisher may be silent for ever, and a player always may', async () => {
  const step = stepClock();
  const server = await startServer({ config: { read_timeout: 0, write_timeout: 0 } });
  const publisher = await publishTo(server.rtmp('live/movie'));
  const player = await playFrom(server.rtmp('live/movie'));
  step(3_600_000);
  const packets = shortStream();
  await publisher.sendAll(packets);
  expect(describePackets(await player.received(packets.length))).toEqual(describePackets(packets));
});

test.each([
  ['says nothing', () => {}],
  ['stops in the middle of its handshake', (socket: Socket) => void socket.write(Buffer.alloc(1000, 3))],
])('a connection that %s is closed after handshakeTimeoutMs', async (_what, begin) => {
  const step = stepClock();
  const server = await startServer({ config: { rtmp: { handshakeTimeoutMs: 5000 } } });
  const socket = await connectTo(server.port());
  begin(socket);
  await expect.poll(() => server.server.connections).toBe(1);
  const end = readToEnd(socket);
  step(7_000);
  await end;
});

test.each(['before connect', 'after connect', 'after createStream'])(
  'a connection that does nothing %s is closed after commandTimeoutMs',
  async (stage) => {
    const step = stepClock();
    const server = await startServer({ config: { rtmp: { commandTimeoutMs: 20_000 } } });
    const dialogue = await openDialogue(server.port());
    if (stage !== 'before connect') await dialogue.connect('live');
    if (stage === 'after createStream') await dialogue.createStream();
    step(19_000);
    expect(dialogue.closed).toBe(false);
    step(3_000);
    await dialogue.gone();
  },
);

test('a client that pings without end and never reads the responses is cut off, and memory stays bounded', async () => {
  const server = await startServer();
  const socket = connect({ port: server.port(), host: '127.0.0.1' });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  socket.pause();
  socket.write(new ClientHandshake().start());
  socket.write(Buffer.alloc(1536));
  const ping = Buffer.from('020000000000060400000000000600000001', 'hex');
  const flood = Buffer.concat(Array.from({ length: 4096 }, () => ping));
  const closed = waitForEvent(socket, 'close');
  const pour = (): void => {
    while (!socket.destroyed && socket.write(flood));
  };
  socket.on('drain', pour);
  pour();
  await closed;
  await expect.poll(() => server.server.connections).toBe(0);
});

test('a message longer than maxMessageBytes ends the connection before its bytes arrive', async () => {
  const server = await startServer({ config: { rtmp: { maxMessageBytes: 100_000 } } });
  const publisher = await publishTo(server.rtmp('live/movie'));
  // The type 0 header of a video message of 100,001 bytes, without a byte of it.
  publisher.socket.write(Buffer.from('060000000186a10901000000', 'hex'));
  await publisher.gone();
  const reason = server.log.find((line) => line['code'] === 'LVG_RTMP_CHUNK');
  expect(reason?.msg).toContain('100001');
});

test('a chunk size above maxChunkBytes ends the connection', async () => {
  const server = await startServer({ config: { rtmp: { maxChunkBytes: 65_536 } } });
  const dialogue = await connectDialogue(server.port());
  dialogue.connection.setChunkSize(65_537);
  await dialogue.gone();
});

test('createStream beyond maxStreamsPerConnection gets _error, and the connection lives on', async () => {
  const server = await startServer({ config: { rtmp: { maxStreamsPerConnection: 2 } } });
  const dialogue = await connectDialogue(server.port());
  expect([await dialogue.createStream(2), await dialogue.createStream(3)]).toEqual([1, 2]);
  dialogue.call('createStream', 4);
  const response = await dialogue.answer(4);
  expect(response).toMatchObject({ name: '_error' });
  dialogue.call('deleteStream', 0, [1]);
  expect(await dialogue.createStream(5)).toBe(1);
});

test('a client that invents the number of a message stream is closed, and the log says which there are', async () => {
  const server = await startServer();
  await publishTo(server.rtmp('live/movie'));
  const dialogue = await connectDialogue(server.port());
  dialogue.call('play', 2, ['movie'], { streamId: 1000 });
  await dialogue.gone();
  expect(JSON.stringify(server.log)).toContain(
    'message stream 1000 was never created; createStream gives 1 to 16 (rtmp.maxStreamsPerConnection)',
  );
});

test('players that play on every message stream cost the memory of few GOP caches', async () => {
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/movie'));
  const early = await playFrom(server.rtmp('live/movie'));
  await publisher.sendAll(shortStream({ groups: 1 }));
  await early.received(12);
  const dialogue = await connectDialogue(server.port());
  const joined = server.saw('playStart', 16);
  for (let streamId = 1; streamId <= 16; streamId++) dialogue.call('play', 0, ['movie'], { streamId });
  await joined;
  publisher.send(avcFrame('key', 400, 9));
  const keyframes = (at: number): number[] =>
    dialogue.heard.flatMap((heard) =>
      heard.kind === 'media' && isKeyframe(heard.packet) && heard.packet.timestamp === at
        ? [heard.streamId]
        : [],
    );
  await expect.poll(() => keyframes(400).length).toBe(16);
  expect(keyframes(0)).toEqual([1, 2, 3, 4]);
});

test('connections beyond maxConnections are closed at once, and places become free again', async () => {
  const server = await startServer({ config: { maxConnections: 2 } });
  const [one] = [await publishTo(server.rtmp('live/one')), await publishTo(server.rtmp('live/two'))];
  await readToEnd(await connectTo(server.port()));
  await one.leave();
  await expect.poll(() => server.server.connections).toBe(1);
  await publishTo(server.rtmp('live/three'));
});

test('a publisher beyond maxStreams is denied, and is told the limit', async () => {
  const server = await startServer({ config: { maxStreams: 1 } });
  await publishTo(server.rtmp('live/one'));
  await expect(publishTo(server.rtmp('live/two'))).rejects.toThrow('maxStreams');
});

test('a viewer beyond maxViewersPerStream is denied, and is told the limit', async () => {
  const server = await startServer({ config: { maxViewersPerStream: 1 } });
  await publishTo(server.rtmp('live/one'));
  const joined = server.saw('playStart');
  await playFrom(server.rtmp('live/one'));
  await joined;
  const second = await openPlayer(server.rtmp('live/one'));
  expect((await second.refused()).description).toContain('maxViewersPerStream');
});

test('a denied client that neither closes nor stops sending is cut off', async () => {
  const step = stepClock();
  const server = await startServer({ config: { duplicate: 'reject' } });
  await publishTo(server.rtmp('live/movie'));
  const socket = connect({ port: server.port(), host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  const dialogue = await new RtmpDialogue(socket).handshake();
  await dialogue.connect('live');
  const streamId = await dialogue.createStream();
  const ended = waitForEvent(socket, 'end');
  dialogue.call('publish', 3, ['movie', 'live'], { streamId });
  expect((await dialogue.status()).code).toBe('NetStream.Publish.BadName');
  await ended;
  dialogue.send(avcFrame('key', 0), streamId);
  expect(server.server.connections).toBe(2);
  step(4_000);
  await expect.poll(() => server.server.connections).toBe(1);
});

test('a viewer that reads nothing is closed after write_timeout, and another gets everything', async () => {
  const step = stepClock();
  const server = await startServer({ config: { read_timeout: 0, write_timeout: 10 } });
  const publisher = await publishTo(server.rtmp('live/movie'));
  const stalled = await playFrom(server.rtmp('live/movie'));
  const healthy = await playFrom(server.rtmp('live/movie'));
  stalled.socket.pause();
  const gone = server.saw('playStop');
  const packets = [avcHeader()];
  for (let index = 0; index < 120; index++)
    packets.push(avcFrame(index % 10 === 0 ? 'key' : 'inter', index * 40, index, 200_000));
  for (const [index, packet] of packets.entries()) {
    publisher.send(packet);
    if (index % 10 === 9) await healthy.received(index + 1);
  }
  const got = await healthy.received(packets.length);
  step(1_000);
  step(11_000);
  await gone;
  expect(describePackets(got)).toEqual(describePackets(packets));
  expect(server.log.map((line) => line.msg)).toContainEqual(expect.stringContaining('write_timeout'));
});

test('bytes that are not RTMP end their connection and nothing else', async () => {
  const server = await startServer();
  for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\u0016\u0003\u0001\u0002\u0000', '\u0006RTMPE']) {
    const socket = await connectTo(server.port());
    socket.write(bytes, 'latin1');
    await readToEnd(socket);
  }
  expect(server.log.filter((line) => line.level > 30)).toEqual([]);
});
