// Requests by HTTP: their URLs, their methods and the responses other than media.
import { get } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { Denial } from '../../../core/session/denial.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { fetchText, openHttp } from '../../helpers/flv-viewer.ts';
import { createGate } from '../../helpers/gate.ts';
import { shortStream } from '../../helpers/media/media.ts';
import { connectTo, readToEnd } from '../../helpers/net.ts';
import { publishTo } from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';
import { liveStream } from './live-stream.ts';

test('?only= with anything else is a bad request', async () => {
  const { server } = await liveStream();
  const { status, body } = await fetchText(server.http('live/movie.flv?only=pictures'));
  expect([status, JSON.parse(body)]).toEqual([
    400,
    { error: 'invalid', reason: 'only=pictures is unknown; use only=audio or only=video' },
  ]);
});

test('a stream without a publisher within waitForPublisherMs is 404, with the reason as JSON, readable by pages', async () => {
  const server = await startServer({ config: { waitForPublisherMs: 20 } });
  const { status, headers, body } = await fetchText(server.http('live/nothing.flv'));
  expect(status).toBe(404);
  expect(headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'access-control-allow-origin': '*',
    'cache-control': 'no-store',
  });
  expect(JSON.parse(body)).toEqual({ error: 'not-found', reason: 'nobody publishes live/nothing' });
  expect(server.server.sessions.length).toBe(0);
});

test('"..", in any spelling, never leaves the application', async () => {
  const server = await startServer({ config: { waitForPublisherMs: 0 } });
  for (const path of ['/live/../movie.flv', '/live/..%2fmovie.flv', '/live/%2E./movie.flv']) {
    const socket = await connectTo(server.port('httpflv.port'));
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect((await readToEnd(socket)).toString()).toMatch(/^HTTP\/1\.1 400 /);
  }
});

test('HEAD has the headers of GET and no body, and leaves no viewer behind', async () => {
  const { server } = await liveStream(shortStream(), { waitForPublisherMs: 0 });
  const here = await fetchText(server.http('live/movie.flv'), { method: 'HEAD' });
  expect([here.status, here.headers['content-type'], here.body]).toEqual([200, 'video/x-flv', '']);
  const missing = await fetchText(server.http('live/nothing.flv'), { method: 'HEAD' });
  expect([missing.status, missing.body]).toEqual([404, '']);
  await expect.poll(() => server.stream('live/movie').viewerCount).toBe(0);
});

test('a second request on the connection of a stream does not disturb it, and leaves nothing behind', async () => {
  const { server, publisher } = await liveStream(shortStream());
  const socket = await connectTo(server.port('httpflv.port'));
  let asked = 0;
  server.events.on('play', () => asked++);
  const joined = server.saw('playStart');
  socket.write('GET /live/movie.flv HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2));
  const reading = readToEnd(socket);
  await joined;
  await publisher.leave();
  const bytes = await reading;
  // A stream has no end that the second request could wait for, so no gate is asked about it.
  expect(asked).toBe(1);
  const body = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
  // One whole chunked body, and not a byte of a second response behind it.
  expect(body.subarray(10, 13).toString()).toBe('FLV');
  expect(body.indexOf('0\r\n\r\n', body.length - 5)).toBe(body.length - 5);
  expect(server.log.filter((line) => line.level > 30)).toEqual([]);
  expect(server.server.sessions.length).toBe(0);
});

test('a denial by a gate is an HTTP status with its reason', async () => {
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

test('a viewer beyond maxViewersPerStream is 503, and is told the limit', async () => {
  const { server } = await liveStream(shortStream(), { maxViewersPerStream: 1 });
  await expect.poll(() => server.stream('live/movie').viewerCount).toBe(0);
  const first = await openHttp(server.http('live/movie.flv'));
  await first.received(1);
  const { status, body } = await fetchText(server.http('live/movie.flv'));
  expect([status, body]).toEqual([503, expect.stringContaining('maxViewersPerStream')]);
});

test('of two viewers that wait for one place, the second is 503', async () => {
  const server = await startServer({ config: { maxViewersPerStream: 1 } });
  const asked = server.saw('play', 2);
  const both = [openHttp(server.http('live/movie.flv')), openHttp(server.http('live/movie.flv'))];
  await asked;
  await publishTo(server.rtmp('live/movie'));
  const statuses = (await Promise.all(both)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200, 503]));
});

test('a stream behind other responses on the same connection starts when they have been sent', async () => {
  const { server, publisher } = await liveStream(shortStream());
  const socket = await connectTo(server.port('httpflv.port'));
  const paths = ['streams', 'nothing/at-all.flv', 'live/movie.flv'];
  const joined = server.saw('playStart');
  socket.write(paths.map((path) => `GET /${path} HTTP/1.1\r\nhost: x\r\n\r\n`).join(''));
  const reading = readToEnd(socket);
  await joined;
  await publisher.leave();
  const text = (await reading).toString('latin1');
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
  expect(text).toContain('\r\nFLV');
  expect(text.endsWith('0\r\n\r\n')).toBe(true);
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

test('/streams shows nobody a name that may be a secret, of a publisher, a viewer or one that waits', async () => {
  const keys = pluginForTest('keys', {
    server: ({ hooks }) => hooks.resolveName.tap(() => undefined, { secret: true }),
  });
  const server = await startServer({ plugins: [keys], config: { waitForPublisherMs: 60_000 } });
  await publishTo(server.rtmp('live/sk_live_9f8e7d'));
  const waiting = get(server.http('live/sk_live_waits.flv'));
  onTestFinished(() => void waiting.destroy());
  waiting.on('error', () => {});
  await expect.poll(() => server.server.sessions.length).toBe(2);
  const { body } = await fetchText(server.http('streams'));
  expect(body).not.toContain('sk_live');
  expect(JSON.parse(body)).toMatchObject({
    publishers: [{ key: 'live/***' }],
    players: [{ key: 'live/***' }],
  });
});

test.each([
  ['nothing/movie.flv', 404, 'there is no application "nothing" (servers[].servername)'],
  ['movie.flv', 400, '/movie.flv names no stream; the URL is /APP/NAME.flv'],
  ['live/.flv', 400, '/live/.flv names no stream; the URL is /APP/NAME.flv'],
  ['live/a%5Cb.flv', 400, '/live/a%5Cb.flv names no stream; the URL is /APP/NAME.flv'],
  ['live/a%00b.flv', 400, '/live/a%00b.flv names no stream; the URL is /APP/NAME.flv'],
  ['live/movie.html', 404, 'nothing is served at GET /live/movie.html'],
  ['nothing', 404, 'nothing is served at GET /nothing'],
])('GET /%s is %i, with the reason', async (path, status, reason) => {
  const server = await startServer({ config: { waitForPublisherMs: 0 } });
  const reply = await fetchText(server.http(path));
  expect([reply.status, (JSON.parse(reply.body) as { reason: string }).reason]).toEqual([status, reason]);
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
