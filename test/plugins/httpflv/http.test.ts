// The stream that viewers get by plain HTTP.
import { expect, test } from 'vitest';
import { buildSetDataFrame, parseMetadata } from '../../../core/media/flv/metadata.ts';
import { makeCertificate } from '../../helpers/programs/certificate.ts';
import { openHttp } from '../../helpers/flv-viewer.ts';
import { readFlvFile } from '../../helpers/media/flv-file.ts';
import {
  aacFrame,
  aacHeader,
  avcFrame,
  avcHeader,
  clipPackets,
  describePackets,
  isKeyframe,
  shortStream,
} from '../../helpers/media/media.ts';
import { connectTo, readToEnd, within } from '../../helpers/net.ts';
import { publishTo, type WirePacket } from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';
import { liveStream } from './live-stream.ts';

test('a viewer gets every packet of a file, unchanged, with its timestamps, and the connection ends with the stream', async () => {
  const server = await startServer();
  const asked = server.saw('play');
  const opening = openHttp(server.http('live/movie.flv'));
  await asked;
  const publisher = await publishTo(server.rtmp('live/movie'));
  const viewer = await opening;
  const packets = await clipPackets();
  await publisher.sendAll(packets);
  await publisher.leave();
  expect(describePackets(await viewer.all())).toEqual(describePackets(packets));
  expect(viewer.header).toMatchObject({ audio: true, video: true });
  expect(viewer.status).toBe(200);
  expect(viewer.headers).toMatchObject({
    'content-type': 'video/x-flv',
    'cache-control': 'no-cache, no-store',
    'access-control-allow-origin': '*',
    connection: 'close',
  });
  expect(viewer.headers['transfer-encoding']).toBe('chunked');
});

test('a late viewer gets metadata, headers and the last group, each once', async () => {
  const metadata: WirePacket = {
    kind: 'data',
    timestamp: 0,
    payload: buildSetDataFrame({ width: 320, height: 180, videocodecid: 7, audiocodecid: 10 }),
  };
  const packets = shortStream({ groups: 3 });
  const { server, publisher } = await liveStream([metadata, ...packets]);
  const viewer = await openHttp(server.http('live/movie.flv'));
  await publisher.leave();
  const got = await viewer.all();
  expect(parseMetadata(viewer.packets[0]!.payload)).toMatchObject({ width: 320, height: 180 });
  expect(viewer.packets.filter((packet) => packet.kind === 'data')).toHaveLength(1);
  const group = packets.slice(packets.findLastIndex(isKeyframe));
  expect(describePackets(got)).toEqual(describePackets([avcHeader(400), aacHeader(400), ...group]));
});

test.each([
  [
    'sound and picture',
    [avcHeader(), aacHeader(), avcFrame('key', 0), aacFrame(0)],
    { audio: true, video: true },
  ],
  ['picture only', [avcHeader(), avcFrame('key', 0), avcFrame('inter', 40)], { audio: false, video: true }],
  ['sound only', [aacHeader(), aacFrame(0), aacFrame(23)], { audio: true, video: false }],
])('the FLV header of a stream with %s says so', async (_what, packets, flags) => {
  const { server, publisher } = await liveStream(packets);
  const viewer = await openHttp(server.http('live/movie.flv'));
  await expect.poll(() => server.stream('live/movie').viewerCount).toBeGreaterThan(0);
  await publisher.sendAll(
    [aacFrame(100), avcFrame('key', 120)].filter(({ kind }) => flags[kind as 'audio' | 'video']),
  );
  await viewer.received(1);
  expect(viewer.header).toMatchObject(flags);
});

test('the FLV header counts on a track that metadata announces, for a limited time', async () => {
  const metadata: WirePacket = {
    kind: 'data',
    timestamp: 0,
    payload: buildSetDataFrame({ videocodecid: 7, audiocodecid: 10 }),
  };
  const { server, publisher } = await liveStream([metadata, avcHeader(), avcFrame('key', 0)]);
  const early = await openHttp(server.http('live/movie.flv'));
  await early.received(2);
  expect(early.header).toMatchObject({ audio: true, video: true });
  const more = [500, 1000, 1500, 2000].map((timestamp) => avcFrame('key', timestamp));
  await publisher.sendAll(more);
  await early.received(2 + more.length);
  const late = await openHttp(server.http('live/movie.flv'));
  await late.received(2);
  expect(late.header).toMatchObject({ audio: false, video: true });
});

test.each([
  ['audio', { audio: true, video: false }],
  ['video', { audio: false, video: true }],
] as const)('?only=%s gives only that track, in packets, header flags and metadata', async (only, flags) => {
  const metadata: WirePacket = {
    kind: 'data',
    timestamp: 0,
    payload: buildSetDataFrame({ width: 320, videocodecid: 7, audiocodecid: 10 }),
  };
  const packets = shortStream({ groups: 1 });
  const { server, publisher } = await liveStream([metadata, ...packets]);
  const viewer = await openHttp(server.http(`live/movie.flv?only=${only}`));
  const more = [avcFrame('key', 400), aacFrame(400)];
  await viewer.received(1);
  await publisher.sendAll(more);
  await publisher.leave();
  const wanted = [...packets, ...more].filter((packet) => packet.kind === only);
  expect(describePackets(await viewer.all())).toEqual(describePackets(wanted));
  expect(viewer.header).toMatchObject(flags);
  expect(parseMetadata(viewer.packets[0]!.payload)).toMatchObject({
    hasAudio: flags.audio,
    hasVideo: flags.video,
  });
});

test('an HTTP/1.0 client gets the same stream', async () => {
  const packets = shortStream({ groups: 1 });
  const { server, publisher } = await liveStream(packets);
  const socket = await connectTo(server.port('httpflv.port'));
  const joined = server.saw('playStart');
  socket.write('GET /live/movie.flv HTTP/1.0\r\n\r\n');
  const reading = readToEnd(socket);
  await joined;
  await publisher.leave();
  const bytes = await reading;
  const body = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
  const tags = readFlvFile(body).tags.map(({ type, timestamp, body: payload }) => ({
    kind: type === 'script' ? ('data' as const) : type,
    timestamp,
    payload,
  }));
  expect(describePackets(tags)).toEqual(describePackets(packets));
});

test('a viewer that reads nothing is dropped at its limit, and the others get everything', async () => {
  const slowViewer = { dropAfterBytes: 256 * 1024, closeAfterBytes: 2 * 1024 * 1024 };
  const { server, publisher } = await liveStream([], { slowViewer });
  const stalled = await openHttp(server.http('live/movie.flv'));
  stalled.response.pause();
  const healthy = await openHttp(server.http('live/movie.flv'));
  await expect.poll(() => server.stream('live/movie').viewerCount).toBeGreaterThanOrEqual(2);
  const dropped = server.saw('playStop');
  const packets = [avcHeader()];
  for (let index = 0; index < 150; index++)
    packets.push(avcFrame(index % 10 === 0 ? 'key' : 'inter', index * 40, index, 100_000));
  for (let index = 0; index < packets.length; index += 10) {
    await publisher.sendAll(packets.slice(index, index + 10));
    await healthy.received(Math.min(index + 10, packets.length));
  }
  await dropped;
  expect(describePackets(await healthy.received(packets.length))).toEqual(describePackets(packets));
  expect(server.log.map((line) => line.msg)).toContainEqual(
    expect.stringContaining('slowViewer.closeAfterBytes'),
  );
});

test('HTTPS serves the same stream beside HTTP', async () => {
  const files = makeCertificate('localhost');
  const packets = shortStream({ groups: 1 });
  const { server, publisher } = await liveStream(packets, {
    httpflv: { tls: { port: '127.0.0.1:0', ...files } },
  });
  const url = `https://127.0.0.1:${server.port('httpflv.tls.port')}/live/movie.flv`;
  const secure = await openHttp(url);
  const plain = await openHttp(server.http('live/movie.flv'));
  await Promise.all([secure.received(1), plain.received(1)]);
  await publisher.leave();
  for (const viewer of [secure, plain])
    expect(describePackets(await viewer.all())).toEqual(describePackets(packets));
});

test('viewers of a stopping server get everything that was published', async () => {
  const packets = shortStream();
  const { server } = await liveStream(packets);
  const viewer = await openHttp(server.http('live/movie.flv'));
  await viewer.received(1);
  await within(server.stop(), 'the server to stop');
  expect((await viewer.all()).at(-1)!.timestamp).toBe(packets.at(-1)!.timestamp);
});
