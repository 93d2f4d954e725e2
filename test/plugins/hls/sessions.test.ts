// Viewers as sessions: counted, admitted by the gates once, closed, forgotten; and playlists without sessions.
import { createDecipheriv } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { StreamRequest } from '../../../core/session/requests.ts';
import { Denial } from '../../../core/session/denial.ts';
import { definePlugin, type PluginDefinition } from '../../../core/plugin/plugin.ts';
import { parseTransportStream } from '../../core/media/mpegts/transport-stream.ts';
import { numbers, resolve, startHls, tag, uris, type HlsServer } from './hls-kit.ts';

afterEach(() => void vi.useRealTimers());

interface Door {
  readonly plugin: PluginDefinition;
  readonly asked: StreamRequest[];
}

/** Admits viewers with `?token=good`. */
function door(): Door {
  const asked: StreamRequest[] = [];
  const plugin = definePlugin({
    name: 'door',
    schema: { type: 'object', properties: {} },
    app({ hooks }) {
      hooks.play.tap((request) => {
        asked.push(request);
        return request.query.get('token') === 'good' ? undefined : new Denial('unauthorized', 'no token');
      });
      hooks.resolveName.tap((name) => (name === 'alias' ? 'movie' : name));
    },
  });
  return { plugin, asked };
}

function viewerOf(hls: HlsServer) {
  const sessions = hls.test.server.sessions.filter(({ role }) => role === 'play');
  expect(sessions).toHaveLength(1);
  return sessions[0]!;
}

describe('the play gate', () => {
  test('is asked once for each viewer, with what the address says', async () => {
    const { plugin, asked } = door();
    const hls = await startHls({}, { plugins: [plugin] });
    const publisher = await hls.publish();
    publisher.headers().run(5);
    const { url, text } = await hls.media('/live/alias.m3u8?token=good');
    for (const uri of uris(text)) expect((await hls.get(resolve(url, uri))).statusCode).toBe(200);
    await hls.get(url);
    expect(asked.map(({ app, name, query }) => [app, name, query.get('token')])).toEqual([
      ['live', 'movie', 'good'],
    ]);
    expect(asked[0]!.client).toMatchObject({ plugin: 'hls', protocol: 'http-hls' });
  });

  test('keeps viewers that may not play from playlists, segments and keys', async () => {
    const { plugin } = door();
    const hls = await startHls({ encrypt: { enabled: true } }, { plugins: [plugin] });
    (await hls.publish()).headers().run(5);
    const { text } = await hls.media('/live/movie.m3u8?token=good');
    const [number] = numbers(text);
    const made_up = '~AAAAAAAAAAAAAAAAAAAAAA';
    for (const [path, status] of [
      ['/live/movie.m3u8', 401],
      ['/live/movie.m3u8?token=bad', 401],
      [`/live/movie/${made_up}/index.m3u8`, 401],
      [`/live/movie/${made_up}/${number}.ts`, 401],
      [`/live/movie/${made_up}/${number}.key`, 401],
      [`/live/movie/${number}.key`, 401],
      [`/live/movie/${number}.ts`, 403],
    ] as const)
      expect([path, (await hls.follow(path)).statusCode]).toEqual([path, status]);
  });
});

describe('a token', () => {
  test('that was invented is looked up nowhere, and counts nobody', async () => {
    const hls = await startHls();
    (await hls.publish()).headers().run(3);
    const invented = '/live/movie/~AAAAAAAAAAAAAAAAAAAAAA/index.m3u8?key=1';
    const first = await hls.get(invented);
    expect([first.statusCode, first.body]).toEqual([302, '']);
    expect(first.headers.location).toMatch(/^\.\.\/~[\w-]{22}\/index\.m3u8\?key=1$/);
    // The same player gets the same one again.
    expect((await hls.get(invented)).headers.location).toBe(first.headers.location);
    expect(hls.metric('hls_viewers')).toBe(0);
    expect(hls.test.server.sessions.filter(({ role }) => role === 'play')).toEqual([]);
  });

  test('is good after a reload that replaces HLS', async () => {
    const hls = await startHls();
    (await hls.publish()).headers().run(3);
    const { url } = await hls.media();
    await hls.reload({ pendingTimeoutSeconds: 3 });
    expect((await hls.get(url)).statusCode).toBe(200);
    expect(hls.metric('hls_viewers')).toBe(1);
  });

  test('is given to no more players of one address than maxSessionsPerAddress', async () => {
    const hls = await startHls({ maxSessionsPerAddress: 2 });
    (await hls.publish()).headers().run(3);
    const players = [await hls.media(), await hls.media()];
    const third = await hls.get('/live/movie.m3u8');
    expect([third.statusCode, third.json().reason]).toEqual([
      503,
      'this address has 2 HLS sessions already (maxSessionsPerAddress)',
    ]);
    for (const { url } of players) expect((await hls.get(url)).statusCode).toBe(200);
  });
});

describe('a session', () => {
  test('has its bytes counted, and is logged when it starts and ends', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance', 'setInterval', 'clearInterval'] });
    const hls = await startHls({ sessionTimeoutSeconds: 5 });
    const publisher = await hls.publish();
    publisher.headers().run(3);
    const { url, text } = await hls.media();
    const segment = await hls.get(resolve(url, uris(text)[0]!));
    expect(hls.test.stream('live/movie').viewerCount).toBe(1);
    expect(hls.test.log.some(({ msg }) => msg === 'live/movie viewer connected')).toBe(true);
    await vi.advanceTimersByTimeAsync(7000);
    const line = hls.test.log.find(({ msg }) => msg.startsWith('live/movie viewer disconnected'));
    expect(line!['sentBytes']).toBe(Buffer.byteLength(text) + segment.rawPayload.length);
    expect(hls.test.stream('live/movie').viewerCount).toBe(0);
    // A player that returns does not notice.
    publisher.run(2);
    expect((await hls.get(url)).statusCode).toBe(200);
    expect(hls.metric('hls_viewers')).toBe(1);
  });

  test('that is closed is denied from then on', async () => {
    const hls = await startHls();
    (await hls.publish()).headers().run(3);
    const { url, text } = await hls.media();
    viewerOf(hls).close({ code: 'kicked', message: 'enough' });
    for (const each of [url, resolve(url, uris(text)[0]!)]) {
      const answer = await hls.get(each);
      expect([answer.statusCode, answer.json().reason]).toEqual([403, 'this session was closed: enough']);
    }
    expect(hls.test.stream('live/movie').viewerCount).toBe(0);
  });

  test('of an earlier run of the server continues, if the gates admit it', async () => {
    const { plugin } = door();
    const hls = await startHls({}, { plugins: [plugin] });
    (await hls.publish()).headers().run(3);
    const address = '/live/movie/~BBBBBBBBBBBBBBBBBBBBBB/index.m3u8';
    expect((await hls.follow(`${address}?token=good`)).statusCode).toBe(200);
    expect((await hls.follow(address)).statusCode).toBe(200);
    expect(hls.metric('hls_viewers')).toBe(1);
  });

  test('of an earlier run of the server is told that times have restarted', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 2) });
    const hls = await startHls();
    (await hls.publish()).headers().run(3);
    const again = await hls.follow('/live/movie/~BBBBBBBBBBBBBBBBBBBBBB/index.m3u8');
    const first = await hls.media();
    expect(tag(again.body, 'EXT-X-DISCONTINUITY-SEQUENCE')).toBe('1440');
    expect(again.body.replace('#EXT-X-DISCONTINUITY-SEQUENCE:1440\n', '')).toBe(first.text);
  });

  test('connects and disconnects as a client does, also when it is denied, times out or is closed', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance', 'setInterval', 'clearInterval'] });
    const { plugin } = door();
    const clients: string[] = [];
    const observer = definePlugin({
      name: 'clients',
      schema: { type: 'object', properties: {} },
      app({ hooks }) {
        hooks.connect.tap(({ id }) => void clients.push(id));
        hooks.disconnect.tap(({ id }) => void clients.splice(clients.indexOf(id), 1));
      },
    });
    const options = { sessionTimeoutSeconds: 5, encrypt: { enabled: true } };
    const hls = await startHls(options, { plugins: [plugin, observer], config: { waitForPublisherMs: 0 } });
    await hls.get('/live/movie.m3u8?token=good');
    const publisher = await hls.publish();
    publisher.headers().run(3);
    clients.length = 0;
    const { url, text } = await hls.media('/live/movie.m3u8?token=good');
    expect(clients).toHaveLength(1);
    await hls.get('/live/movie.m3u8?token=good', {}, 'HEAD');
    await hls.get(`/live/movie/${numbers(text)[0]}.key?token=good`);
    await hls.get('/live/movie.m3u8');
    expect(clients).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(7000);
    expect(clients).toEqual([]);
    publisher.run(1);
    await hls.get(url);
    expect(clients).toHaveLength(1);
    viewerOf(hls).close();
    expect(clients).toEqual([]);
  });

  test('is denied to more viewers than a stream may have', async () => {
    const hls = await startHls({}, { config: { maxViewersPerStream: 1 } });
    (await hls.publish()).headers().run(3);
    await hls.media();
    expect((await hls.get('/live/movie.m3u8')).statusCode).toBe(503);
  });

  test('is denied beyond the limit of the server', async () => {
    const hls = await startHls({ maxSessions: 2 });
    (await hls.publish()).headers().run(3);
    await hls.media();
    await hls.media();
    const answer = await hls.get('/live/movie.m3u8');
    expect([answer.statusCode, answer.json().reason]).toEqual([
      503,
      'the server has 2 HLS viewers already (maxSessions)',
    ]);
  });
});

describe('for caches', () => {
  test('segments have the same URL for all viewers while playlists are counted', async () => {
    const hls = await startHls({ sessionTokens: 'playlists' });
    (await hls.publish()).headers().run(3);
    const { url, text } = await hls.media();
    const segment = resolve(url, uris(text)[0]!);
    expect(segment).toBe(`/live/movie/${numbers(text)[0]}.ts`);
    const answer = await hls.get(segment);
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(hls.metric('hls_viewers')).toBe(1);
  });

  test('without sessions the address gives the media playlist, and the gates are asked each time', async () => {
    const { plugin, asked } = door();
    const hls = await startHls({ sessionTokens: 'none' }, { plugins: [plugin] });
    (await hls.publish()).headers().run(5);
    const playlist = await hls.get('/live/movie.m3u8?token=good');
    expect(playlist.headers['cache-control']).toBe('public, max-age=1');
    const segment = resolve('/live/movie.m3u8', uris(playlist.body)[0]!);
    expect(segment).toBe(`/live/movie/${numbers(playlist.body)[0]}.ts`);
    expect((await hls.get(segment)).statusCode).toBe(200);
    const master = await hls.get('/live/movie.m3u8?token=good&playlist=master');
    expect(uris(master.body)).toEqual(['movie.m3u8?token=good']);
    expect(asked).toHaveLength(2);
    expect((await hls.get('/live/movie.m3u8')).statusCode).toBe(401);
    expect(hls.metric('hls_viewers')).toBe(0);
  });
});

describe('encryption', () => {
  test('opens with the keys and vectors of the playlist, which change as asked for', async () => {
    const hls = await startHls({ encrypt: { enabled: true, rotateSegments: 2 } });
    (await hls.publish()).headers().run(9);
    const { url, text } = await hls.media();
    const lines = text.split('\n');
    const keys: string[] = [];
    const vectors: string[] = [];
    const continuity = new Map();
    for (const uri of uris(text)) {
      const line = lines.slice(0, lines.indexOf(uri)).findLast((each) => each.startsWith('#EXT-X-KEY'))!;
      const [, keyUri, iv] = /METHOD=AES-128,URI="(.+)",IV=0x([0-9A-F]{32})$/.exec(line)!;
      const key = await hls.get(resolve(url, keyUri!));
      expect(key.headers['cache-control']).toBe('private, no-store');
      const encrypted = (await hls.get(resolve(url, uri))).rawPayload;
      const decipher = createDecipheriv('aes-128-cbc', key.rawPayload, Buffer.from(iv!, 'hex'));
      parseTransportStream(Buffer.concat([decipher.update(encrypted), decipher.final()]), continuity);
      keys.push(key.rawPayload.toString('hex'));
      vectors.push(iv!);
    }
    expect(keys[0]).toBe(keys[1]);
    expect(new Set(keys).size).toBe(2);
    expect(new Set(vectors).size).toBe(4);
    expect(tag(text, 'EXT-X-VERSION')).toBe('3');
  });
});
