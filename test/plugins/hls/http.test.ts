// HTTP as players and caches want it.
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parseTransportStream } from '../../core/media/mpegts/transport-stream.ts';
import { numbers, resolve, startHls, tag, uris } from './hls-kit.ts';

describe('the address of a stream', () => {
  test('leads through a master playlist with the stream’s codecs, size and rates to segments that can be read', async () => {
    const hls = await startHls();
    const publisher = await hls.publish();
    publisher.headers().run(9);
    const master = await hls.get('/live/movie.m3u8');
    expect(master.statusCode).toBe(200);
    expect(master.headers).toMatchObject({
      'content-type': 'application/vnd.apple.mpegurl',
      'cache-control': 'private, no-store',
      'access-control-allow-origin': '*',
    });
    expect(tag(master.body, 'EXT-X-STREAM-INF')).toMatch(
      /^BANDWIDTH=\d+,AVERAGE-BANDWIDTH=\d+,CODECS="avc1\.640015,mp4a\.40\.2",RESOLUTION=\d+x\d+/,
    );
    const { url, text } = await hls.media();
    expect(url).toMatch(/^\/live\/movie\/~[\w-]{22}\/index\.m3u8$/);
    expect(text).toContain('#EXT-X-INDEPENDENT-SEGMENTS');
    expect(text).not.toContain('DISCONTINUITY');
    expect(tag(text, 'EXT-X-TARGETDURATION')).toBe('2');
    expect(numbers(text)).toHaveLength(4);
    for (const uri of uris(text)) {
      const segment = await hls.get(resolve(url, uri));
      expect(segment.statusCode).toBe(200);
      expect(segment.headers['content-type']).toBe('video/mp2t');
      expect(segment.headers['cache-control']).toBe('private, max-age=31536000, immutable');
      parseTransportStream(segment.rawPayload, new Map());
    }
  });

  test('without a publisher is answered 404 with the reason', async () => {
    const hls = await startHls({}, { config: { waitForPublisherMs: 0 } });
    for (const [path, reason] of [
      ['/live/nobody.m3u8', 'nobody publishes live/nobody'],
      ['/other/movie.m3u8', 'there is no application "other" (servers[].servername)'],
      ['/live/nobody/5.ts', 'nobody publishes live/nobody'],
      ['/live/nobody/5.key', 'nobody publishes live/nobody'],
    ] as const) {
      const answer = await hls.get(path);
      expect([answer.statusCode, answer.json()]).toEqual([404, { error: 'not-found', reason }]);
      expect(answer.headers['access-control-allow-origin']).toBe('*');
    }
    expect((await hls.get('/live/x/first.ts')).statusCode).toBe(400);
    expect((await hls.get('/movie.m3u8')).statusCode).toBe(400);
  });

  test('may be of a name with slashes, spaces and characters of any language', async () => {
    const hls = await startHls();
    (await hls.publish('room 1/фильм:#?')).headers().run(3);
    const { url, text } = await hls.media(
      `/live/${['room 1', 'фильм:#?'].map(encodeURIComponent).join('/')}.m3u8`,
    );
    expect((await hls.get(resolve(url, uris(text)[0]!))).statusCode).toBe(200);
  });

  test('passes its query on to the viewer’s playlist, for which gates may ask again', async () => {
    const hls = await startHls();
    (await hls.publish()).headers().run(3);
    expect((await hls.media('/live/movie.m3u8?token=a%20b')).url).toMatch(/\?token=a%20b$/);
  });
});

describe('playlists', () => {
  test('are not sent again to clients that have them, until there is another', async () => {
    const hls = await startHls();
    const publisher = await hls.publish();
    publisher.headers().run(3);
    const { url } = await hls.media();
    const first = await hls.get(url);
    const etag = first.headers['etag'] as string;
    expect(etag).toMatch(/^"[\w-]+"$/);
    expect(first.headers['cache-control']).toBe('private, no-cache');
    const again = await hls.get(url, { 'if-none-match': `W/${etag}, "other"` });
    expect([again.statusCode, again.body, again.headers['etag']]).toEqual([304, '', etag]);
    publisher.run(2);
    expect((await hls.get(url, { 'if-none-match': etag })).statusCode).toBe(200);
  });

  test('are compressed for clients that ask for it, with a tag of their own', async () => {
    const hls = await startHls();
    (await hls.publish()).headers().run(9);
    const { url, text } = await hls.media();
    const compressed = await hls.get(url, { 'accept-encoding': 'br, gzip;q=0.5' });
    expect(compressed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(gunzipSync(compressed.rawPayload).toString()).toBe(text);
    expect(compressed.headers['etag']).not.toBe((await hls.get(url)).headers['etag']);
    const unwanted = await hls.get(url, { 'accept-encoding': 'gzip;q=0' });
    expect(unwanted.headers['content-encoding']).toBeUndefined();
  });

  test('have no body for HEAD, and the headers that GET has', async () => {
    const hls = await startHls();
    (await hls.publish()).headers().run(3);
    const { url } = await hls.media();
    const [head, get] = [await hls.get(url, {}, 'HEAD'), await hls.get(url)];
    expect([head.statusCode, head.body, head.headers['content-length']]).toEqual([
      200,
      '',
      get.headers['content-length'],
    ]);
    expect((await hls.get('/live/movie.m3u8', {}, 'HEAD')).statusCode).toBe(200);
  });

  test('may be read by pages of the allowed origins only', async () => {
    const hls = await startHls({ allowOrigin: ['https://tv.example'] });
    (await hls.publish()).headers().run(3);
    const allowed = await hls.get('/live/movie.m3u8', { origin: 'https://tv.example' });
    expect(allowed.headers['access-control-allow-origin']).toBe('https://tv.example');
    expect(allowed.headers['vary']).toBe('Origin, Accept-Encoding');
    const other = await hls.get('/live/movie.m3u8', { origin: 'https://other.example' });
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
    const preflight = await hls.get('/live/movie.m3u8', { origin: 'https://tv.example' }, 'OPTIONS');
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers['access-control-allow-methods']).toBe('GET, HEAD, OPTIONS');
  });

  test('are built once for a thousand viewers that poll at the same time', async () => {
    const hls = await startHls();
    const publisher = await hls.publish();
    publisher.headers().run(9);
    const viewers = await Promise.all(Array.from({ length: 1000 }, () => hls.media()));
    const before = hls.metric('hls_playlists_built_total');
    const answers = await Promise.all(viewers.map(({ url }) => hls.get(url)));
    expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
    expect(hls.metric('hls_playlists_built_total')).toBe(before);
    expect(before).toBe(1);
    publisher.run(2);
    await Promise.all(viewers.map(({ url }) => hls.get(url)));
    expect(hls.metric('hls_playlists_built_total')).toBe(2);
    expect(hls.metric('hls_viewers')).toBe(1000);
    expect(hls.test.stream('live/movie').viewerCount).toBe(1000);
  });
});

describe('segments', () => {
  test('are sent in parts to clients that ask for a range', async () => {
    const hls = await startHls();
    (await hls.publish()).headers().run(3);
    const { url, text } = await hls.media();
    const address = resolve(url, uris(text)[0]!);
    const whole = await hls.get(address);
    const { length } = whole.rawPayload;
    const etag = whole.headers['etag'] as string;
    for (const [range, start, end] of [
      ['bytes=0-187', 0, 188],
      ['bytes=188-', 188, length],
      ['bytes=-188', length - 188, length],
      [`bytes=376-${length + 9}`, 376, length],
    ] as const) {
      const part = await hls.get(address, { range, 'if-range': etag });
      expect(part.statusCode).toBe(206);
      expect(part.headers['content-range']).toBe(`bytes ${start}-${end - 1}/${length}`);
      expect(part.rawPayload.equals(whole.rawPayload.subarray(start, end))).toBe(true);
    }
    const beyond = await hls.get(address, { range: `bytes=${length}-` });
    expect([beyond.statusCode, beyond.headers['content-range']]).toEqual([416, `bytes */${length}`]);
    for (const range of ['bytes=5-2', 'bytes=0-1,5-6', 'frames=0-1', 'bytes=-'])
      expect((await hls.get(address, { range })).statusCode).toBe(200);
    expect((await hls.get(address, { range: 'bytes=0-1', 'if-range': '"old"' })).statusCode).toBe(200);
    expect((await hls.get(address, { 'if-none-match': etag })).statusCode).toBe(304);
    const head = await hls.get(address, {}, 'HEAD');
    expect([head.rawPayload.length, head.headers['content-length']]).toEqual([0, `${length}`]);
  });

  test('stay available for a while after they have left the playlist, then are removed', async () => {
    const hls = await startHls({ playlistSegments: 3, retainedSegments: 2 });
    const publisher = await hls.publish();
    publisher.headers().run(9);
    const { url, text } = await hls.media();
    const first = numbers(text)[0]!;
    publisher.run(4);
    const later = numbers((await hls.get(url)).body);
    expect(later).toEqual([first + 2, first + 3, first + 4]);
    expect((await hls.get(resolve(url, `${later[0]! - 2}.ts`))).statusCode).toBe(200);
    publisher.run(20);
    expect((await hls.get(resolve(url, `${first}.ts`))).statusCode).toBe(404);
  });
});
