// Playlists without sessions are answered without making a session for each request. Nobody can tell from outside: a stream
// with a limit of viewers is answered in the other way, and the bytes are the same.
import type { Response } from 'light-my-request';
import { describe, expect, test } from 'vitest';
import { Denial } from '../../../core/session/denial.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { connectTo, readToEnd } from '../../helpers/net.ts';
import { copyOfMovie, startHls, TestPublication, uris, type HlsServer } from './hls-kit.ts';

const CLOSE = 'Connection: close\r\n';

async function send(hls: HlsServer, text: string): Promise<string> {
  const socket = await connectTo(hls.test.port('hls.port'));
  socket.write(text);
  const answer = await readToEnd(socket);
  return answer.toString('latin1').replaceAll(/^Date: .*$/gm, 'Date: *');
}

function request(start: string, ...headers: string[]): string {
  return `${start}\r\nHost: x\r\n${headers.map((line) => `${line}\r\n`).join('')}`;
}

const REQUESTS: Readonly<Record<string, (etag: string) => string>> = {
  GET: () => `${request('GET /live/movie.m3u8 HTTP/1.1')}${CLOSE}\r\n`,
  'GET with a query': () => `${request('GET /live/movie.m3u8?a=b HTTP/1.1')}${CLOSE}\r\n`,
  HEAD: () => `${request('HEAD /live/movie.m3u8 HTTP/1.1')}${CLOSE}\r\n`,
  'HTTP/1.0': () => `${request('GET /live/movie.m3u8 HTTP/1.0')}\r\n`,
  'HTTP/1.0 with keep-alive': (etag) =>
    `${request('GET /live/movie.m3u8 HTTP/1.0', 'Connection: keep-alive', `If-None-Match: ${etag}`)}\r\n` +
    `${request('GET /live/movie.m3u8 HTTP/1.0')}\r\n`,
  gzip: () => `${request('GET /live/movie.m3u8 HTTP/1.1', 'Accept-Encoding: gzip, deflate')}${CLOSE}\r\n`,
  'what the client has': (etag) =>
    `${request('GET /live/movie.m3u8 HTTP/1.1', `If-None-Match: W/${etag}`)}${CLOSE}\r\n`,
  'a page of another origin': () =>
    `${request('GET /live/movie.m3u8 HTTP/1.1', 'Origin: https://a.example')}${CLOSE}\r\n`,
  'three in one write': () =>
    `${request('GET /live/movie.m3u8 HTTP/1.1')}\r\n${request('HEAD /live/movie.m3u8 HTTP/1.1')}\r\n` +
    `${request('GET /live/movie.m3u8 HTTP/1.1')}${CLOSE}\r\n`,
  'a body that nobody reads': () =>
    `${request('GET /live/movie.m3u8 HTTP/1.1', 'Content-Length: 5')}\r\nhello` +
    `${request('GET /live/movie.m3u8 HTTP/1.1')}${CLOSE}\r\n`,
  'a name that is no stream': () => `${request('GET /live/nobody.m3u8 HTTP/1.1')}${CLOSE}\r\n`,
  'a path that names none': () => `${request('GET /live.m3u8 HTTP/1.1')}${CLOSE}\r\n`,
};

describe.each(['*', 'https://a.example', ''])('with allowOrigin "%s"', (allowOrigin) => {
  test('every answer has the bytes that one with a session has', async () => {
    const config = { waitForPublisherMs: 0 };
    const hls = await startHls({ sessionTokens: 'none', allowOrigin }, { config });
    (await hls.publish()).headers().run(5);
    const etag = String((await hls.get('/live/movie.m3u8')).headers['etag']);
    const answersOf = async (): Promise<Record<string, string>> => {
      const all: Record<string, string> = {};
      for (const [name, build] of Object.entries(REQUESTS)) all[name] = await send(hls, build(etag));
      return all;
    };
    const shared = await answersOf();
    await hls.apply({ ...config, maxViewersPerStream: 1000 });
    expect(await answersOf()).toEqual(shared);
    expect(shared['GET']).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(shared['GET']).toContain('\r\n\r\n#EXTM3U\n');
    expect(shared['three in one write']!.split('#EXTM3U')).toHaveLength(3);
    expect(shared['what the client has']).toMatch(/^HTTP\/1\.1 304 /);
  });
});

test('gates are asked for each request, and what they deny is denied at once', async () => {
  let asked = 0;
  const denials: Denial[] = [];
  const gate = pluginForTest('gate', {
    server: ({ hooks }) => hooks.play.tap(() => (asked++, denials[0])),
  });
  const hls = await startHls({ sessionTokens: 'none' }, { plugins: [gate] });
  (await hls.publish()).headers().run(3);
  for (let count = 1; count <= 3; count++) {
    expect((await hls.get('/live/movie.m3u8')).statusCode).toBe(200);
    expect(asked).toBe(count);
  }
  denials.push(new Denial('limit', 'enough'));
  const denied = await hls.get('/live/movie.m3u8');
  expect([denied.statusCode, denied.json(), denied.headers['retry-after']]).toEqual([
    503,
    { error: 'limit', reason: 'enough' },
    '1',
  ]);
});

test('a name that a plugin resolves to another stream gets the playlist of that one', async () => {
  const alias = pluginForTest('alias', {
    server: ({ hooks }) => hooks.resolveName.tap((name) => (name === 'movie' ? 'other' : undefined)),
  });
  const hls = await startHls({ sessionTokens: 'none' }, { plugins: [alias] });
  (await hls.publish('other')).headers().run(3);
  const answer = await hls.get('/live/movie.m3u8');
  expect(answer.statusCode).toBe(200);
  expect(answer.body).toMatch(/^other\/\d+\.ts$/m);
});

test('a stream that ends while a gate works is answered with its last playlist, as one that has ended before', async () => {
  let admit = (): void => {};
  const asked: string[] = [];
  const gate = pluginForTest('gate', {
    server: ({ hooks }) =>
      hooks.play.tap(({ name }) => {
        asked.push(name);
        return asked.length > 1
          ? undefined
          : new Promise<undefined>((done) => (admit = () => done(undefined)));
      }),
  });
  const config = { waitForPublisherMs: 0 };
  const hls = await startHls({ sessionTokens: 'none' }, { config, plugins: [gate] });
  const publisher = await hls.publish();
  publisher.headers().run(3);
  const answer = hls.get('/live/movie.m3u8');
  await expect.poll(() => asked).toEqual(['movie']);
  publisher.leave(true);
  admit();
  expect((await answer).body).toContain('#EXT-X-ENDLIST');
  expect((await hls.get('/live/movie.m3u8')).body).toBe((await answer).body);
});

test.each([
  ['for good', true, '#EXT-X-ENDLIST'],
  ['and may return', false, '#EXTINF'],
])('the last playlist of a publisher that has left %s is sent at once', async (_, deliberate, line) => {
  let asked = 0;
  const plugin = pluginForTest('asked', {
    server: ({ hooks }) => hooks.streamMissing.tap(() => void asked++),
  });
  const config = { waitForPublisherMs: 600_000 };
  const hls = await startHls(
    { sessionTokens: 'none', publisherGraceSeconds: 20 },
    { config, plugins: [plugin] },
  );
  const publisher = await hls.publish();
  publisher.headers().run(3);
  publisher.leave(deliberate);
  for (let count = 1; count <= 3; count++) expect((await hls.get('/live/movie.m3u8')).body).toContain(line);
  // It is looked for all the same, once.
  await expect.poll(() => asked).toBe(1);
  (await hls.publish()).headers().run(5);
  expect((await hls.get('/live/movie.m3u8')).body).not.toContain('#EXT-X-ENDLIST');
});

test('a playlist without sessions takes no place of maxSessionsPerAddress, and is served when none is free', async () => {
  const hls = await startHls(
    { maxSessionsPerAddress: 2 },
    { config: { servers: [{ servername: 'live' }, { servername: 'open', hls: { sessionTokens: 'none' } }] } },
  );
  (await hls.publish()).headers().run(3);
  (await hls.publish('movie', 'open')).headers().run(3);
  await hls.media();
  expect((await hls.get('/open/movie.m3u8')).statusCode).toBe(200);
  await hls.media();
  expect((await hls.get('/open/movie.m3u8')).statusCode).toBe(200);
  expect((await hls.get('/live/movie.m3u8')).statusCode).toBe(503);
});

test('a master playlist for all viewers is the same until a segment follows, and each address has its own', async () => {
  const hls = await startHls({ sessionTokens: 'none' });
  const publisher = (await hls.publish()).headers().run(3);
  const master = (query = ''): Promise<Response> => hls.get(`/live/movie.m3u8?playlist=master${query}`);
  const first = await master();
  expect(first.body).toMatch(/^#EXT-X-STREAM-INF:.*\nmovie\.m3u8$/m);
  expect(
    (await hls.get('/live/movie.m3u8?playlist=master', { 'if-none-match': etagOf(first) })).statusCode,
  ).toBe(304);
  expect((await master('&a=b')).body).toMatch(/^movie\.m3u8\?a=b$/m);
  expect((await master()).body).toBe(first.body);
  publisher.run(1, 100).run(3);
  const later = await master();
  expect(etagOf(later)).not.toBe(etagOf(first));
  expect(bandwidthOf(later)).toBeGreaterThan(bandwidthOf(first));
});

test('a copy in another quality is in the master playlist as soon as it can be played, and for as long', async () => {
  const { copy, copies } = copyOfMovie();
  const hls = await startHls({ sessionTokens: 'none' }, { plugins: [copy] });
  (await hls.publish()).headers().run(3);
  const namesOf = async (): Promise<string[]> =>
    uris((await hls.get('/live/movie.m3u8?playlist=master')).body);
  expect(await namesOf()).toEqual(['movie.m3u8']);
  await expect.poll(() => copies.length).toBe(1);
  const [publication] = copies;
  new TestPublication({
    publication: publication!,
    ended: undefined,
    send: (...packets) => packets.forEach((packet) => publication!.write(packet)),
    leave: () => {},
  })
    .headers()
    .run(3);
  await expect.poll(namesOf).toEqual(['movie.m3u8', 'low.m3u8']);
  publication!.end({ code: 'left', message: 'the copy ends' });
  await expect.poll(namesOf).toEqual(['movie.m3u8']);
});

function etagOf({ headers }: Response): string {
  return String(headers['etag']);
}

function bandwidthOf({ body }: Response): number {
  return Number(/BANDWIDTH=(\d+)/.exec(body)?.[1]);
}
