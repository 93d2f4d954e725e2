// Viewers by plain HTTP.
import { expect, test } from 'vitest';
import { buildSetDataFrame, parseMetadata } from '../../../core/media/flv/metadata.ts';
import { makeCertificate } from '../../helpers/certificate.ts';
import { fetchText, openHttp } from '../../helpers/flv-viewer.ts';
import { readFlvFile } from '../../helpers/flv-file.ts';
import { createGate } from '../../helpers/gate.ts';
import { Denial } from '../../../core/session/denial.ts';
import {
  aacFrame,
  aacHeader,
  avcFrame,
  avcHeader,
  clipPackets,
  describePackets,
  isKeyframe,
  shortStream,
} from '../../helpers/media.ts';
import { connectTo, readToEnd, within } from '../../helpers/net.ts';
import { playFrom, publishTo, type WirePacket } from '../../helpers/rtmp-client.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';

/** A stream that is live, of which these packets have been published. */
async function liveStream(
  packets: readonly WirePacket[] = [],
  config = {},
): Promise<{ server: TestServer; publisher: Awaited<ReturnType<typeof publishTo>> }> {
  const server = await startServer({ config });
  const publisher = await publishTo(server.rtmp('live/movie'));
  const witness = await playFrom(server.rtmp('live/movie'));
  await publisher.sendAll(packets);
  const media = packets.filter((packet) => packet.kind !== 'data').length;
  if (packets.some(isKeyframe)) await witness.received(media);
  witness.vanish();
  return { server, publisher };
}

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
  ['picture alone', [avcHeader(), avcFrame('key', 0), avcFrame('inter', 40)], { audio: false, video: true }],
  ['sound alone', [aacHeader(), aacFrame(0), aacFrame(23)], { audio: true, video: false }],
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

test('the FLV header counts on a track that metadata announces, but not for ever', async () => {
  const metadata: WirePacket = {
    kind: 'data',
    timestamp: 0,
    payload: buildSetDataFrame({ videocodecid: 7, audiocodecid: 10 }),
  };
  const { server, publisher } = await liveStream([metadata, avcHeader(), avcFrame('key', 0)]);
  const early = await openHttp(server.http('live/movie.flv'));
  await early.received(2);
  expect(early.header).toMatchObject({ audio: true, video: true });
  await publisher.sendAll([avcFrame('key', 4000), avcFrame('inter', 4040)]);
  await early.received(4);
  const late = await openHttp(server.http('live/movie.flv'));
  await late.received(2);
  expect(late.header).toMatchObject({ audio: false, video: true });
});

test.each([
  ['audio', { audio: true, video: false }],
  ['video', { audio: false, video: true }],
] as const)('?only=%s gives that track alone, in packets, header flags and metadata', async (only, flags) => {
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

test('?only= with anything else is a bad request', async () => {
  const { server } = await liveStream();
  const { status, body } = await fetchText(server.http('live/movie.flv?only=pictures'));
  expect([status, JSON.parse(body)]).toEqual([
    400,
    { error: 'invalid', reason: 'only=pictures is unknown; use only=audio or only=video' },
  ]);
});

test('a stream that nobody publishes within waitForPublisherMs is 404, with the reason as JSON, readable by pages', async () => {
  const server = await startServer({ config: { waitForPublisherMs: 20 } });
  const { status, headers, body } = await fetchText(server.http('live/nothing.flv'));
  expect(status).toBe(404);
  expect(headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'access-control-allow-origin': '*',
    'cache-control': 'no-store',
  });
  expect(JSON.parse(body)).toEqual({ error: 'not-found', reason: 'nobody publishes live/nothing' });
  expect(server.server.kernel.hub.sessions.size).toBe(0);
});

test.each([
  ['nothing/movie.flv', 404, 'there is no application "nothing" (servers[].servername)'],
  ['movie.flv', 400, '/movie.flv names no stream; the URL is /APP/NAME.flv'],
  ['live/.flv', 400, '/live/.flv names no stream; the URL is /APP/NAME.flv'],
  ['live/a%5Cb.flv', 400, '/live/a%5Cb.flv names no stream; the URL is /APP/NAME.flv'],
  ['live/a%00b.flv', 400, '/live/a%00b.flv names no stream; the URL is /APP/NAME.flv'],
  ['live/movie.html', 404, 'nothing is served at GET /live/movie.html'],
  ['', 404, 'nothing is served at GET /'],
])('GET /%s is %i, with the reason', async (path, status, reason) => {
  const server = await startServer({ config: { waitForPublisherMs: 0 } });
  const reply = await fetchText(server.http(path));
  expect([reply.status, (JSON.parse(reply.body) as { reason: string }).reason]).toEqual([status, reason]);
});

test('"..", however it is written, never leaves the application', async () => {
  const server = await startServer({ config: { waitForPublisherMs: 0 } });
  for (const path of ['/live/../movie.flv', '/live/..%2fmovie.flv', '/live/%2E./movie.flv']) {
    const socket = await connectTo(server.port('httpflv.port'));
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect((await readToEnd(socket)).toString()).toMatch(/^HTTP\/1\.1 400 /);
  }
});

test.each([
  ['live/m%C3%BCnchen%20tv.flv', 'münchen tv'],
  [`live/${encodeURIComponent('直播间')}.flv`, '直播间'],
  ['live/room/movie.flv', 'room/movie'],
  ['live/room%2Fmovie.flv', 'room/movie'],
  ['live//movie.flv', 'movie'],
  ['live/v1.2.flv', 'v1.2'],
  ['live/movie.FLV', 'movie'],
])('/%s plays the stream "%s"', async (path, name) => {
  const server = await startServer({ config: { waitForPublisherMs: 0 } });
  await publishTo(server.rtmp('live/x'), { session: { name } });
  const viewer = await openHttp(server.http(path), { method: 'HEAD' });
  expect(viewer.status).toBe(200);
});

test('HEAD answers as GET would, without a body, and leaves no viewer behind', async () => {
  const { server } = await liveStream(shortStream(), { waitForPublisherMs: 0 });
  const here = await fetchText(server.http('live/movie.flv'), { method: 'HEAD' });
  expect([here.status, here.headers['content-type'], here.body]).toEqual([200, 'video/x-flv', '']);
  const missing = await fetchText(server.http('live/nothing.flv'), { method: 'HEAD' });
  expect([missing.status, missing.body]).toEqual([404, '']);
  await expect.poll(() => server.stream('live/movie').viewerCount).toBe(0);
});

test('OPTIONS answers a preflight for every stream, published or not', async () => {
  const server = await startServer();
  const headers = { origin: 'https://page.example', 'access-control-request-headers': 'range' };
  const reply = await fetchText(server.http('live/movie.flv'), { method: 'OPTIONS', headers });
  expect(reply.status).toBe(204);
  expect(reply.headers).toMatchObject({
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, HEAD, OPTIONS',
    'access-control-allow-headers': 'range',
    'access-control-max-age': '86400',
  });
});

test('with a list of origins, only their pages may read a stream', async () => {
  const allowOrigin = ['https://one.example', 'https://two.example'];
  const { server } = await liveStream([], { httpflv: { allowOrigin } });
  const ask = async (origin: string) =>
    (await fetchText(server.http('live/movie.flv'), { method: 'HEAD', headers: { origin } })).headers;
  expect(await ask('https://two.example')).toMatchObject({
    'access-control-allow-origin': 'https://two.example',
    vary: 'Origin',
  });
  expect((await ask('https://three.example'))['access-control-allow-origin']).toBeUndefined();
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

test('a second request on the connection of a stream disturbs nobody and leaves nothing behind', async () => {
  const { server, publisher } = await liveStream(shortStream());
  const socket = await connectTo(server.port('httpflv.port'));
  const asked = server.saw('play', 2);
  socket.write('GET /live/movie.flv HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2));
  const reading = readToEnd(socket);
  await asked;
  await publisher.leave();
  const bytes = await reading;
  const body = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
  // One whole chunked body, and not a byte of a second answer behind it.
  expect(body.subarray(10, 13).toString()).toBe('FLV');
  expect(body.indexOf('0\r\n\r\n', body.length - 5)).toBe(body.length - 5);
  expect(server.log.filter((line) => line.level > 30)).toEqual([]);
  expect(server.server.kernel.hub.sessions.size).toBe(0);
});

test('a gate that denies is an HTTP status with its reason', async () => {
  const gate = createGate('play');
  const server = await startServer({ plugins: [gate.plugin] });
  await publishTo(server.rtmp('live/movie'));
  const reply = fetchText(server.http('live/movie.flv?token=x'));
  expect((await gate.asked()).query.get('token')).toBe('x');
  gate.deny(new Denial('unauthorized', 'a token is wanted'));
  const { status, headers, body } = await reply;
  expect([status, headers['www-authenticate'], JSON.parse(body)]).toEqual([
    401,
    'Bearer',
    { error: 'unauthorized', reason: 'a token is wanted' },
  ]);
});

test('a viewer beyond maxViewersPerStream is 503, and hears which limit it was', async () => {
  const { server } = await liveStream(shortStream(), { maxViewersPerStream: 1 });
  await expect.poll(() => server.stream('live/movie').viewerCount).toBe(0);
  const first = await openHttp(server.http('live/movie.flv'));
  await first.received(1);
  const { status, body } = await fetchText(server.http('live/movie.flv'));
  expect([status, body]).toEqual([503, expect.stringContaining('maxViewersPerStream')]);
});

test('HTTP-FLV that is switched off for an application is 404 there', async () => {
  const config = { servers: [{ servername: 'live', httpflv: 'disable' }] };
  const server = await startServer({ config });
  await publishTo(server.rtmp('live/movie'));
  const { status, body } = await fetchText(server.http('live/movie.flv'));
  expect([status, body]).toEqual([404, expect.stringContaining('httpflv is switched off for application')]);
});

test('/streams lists publishers and players as the classic server did', async () => {
  const server = await startServer();
  expect(JSON.parse((await fetchText(server.http('streams'))).body)).toEqual({
    publishers: null,
    players: null,
  });
  await publishTo(server.rtmp('live/movie'));
  const { publishers, players } = JSON.parse((await fetchText(server.http('streams'))).body) as Record<
    string,
    unknown
  >;
  expect([publishers, players]).toEqual([[{ key: 'live/movie', id: expect.any(String) as string }], null]);
});

test('a stalled viewer is dropped at its limit, and the others get everything', async () => {
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

test('viewers of a stopping server reach the end of what was published', async () => {
  const packets = shortStream();
  const { server } = await liveStream(packets);
  const viewer = await openHttp(server.http('live/movie.flv'));
  await viewer.received(1);
  await within(server.stop(), 'the server to stop', 5_000);
  expect((await viewer.all()).at(-1)!.timestamp).toBe(packets.at(-1)!.timestamp);
});
