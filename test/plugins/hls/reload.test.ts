// Reloads as viewers of live streams see them.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { numbers, startHls } from './hls-kit.ts';

describe('a reload', () => {
  test('that changes options keeps numbers, segments, viewers and the half-built segment', async () => {
    const hls = await startHls();
    const publisher = await hls.publish();
    publisher.headers().run(3);
    const { url, text } = await hls.media();
    await hls.reload({ segmentSeconds: 4, allowOrigin: 'https://tv.example' });
    publisher.run(4);
    const after = await hls.get(url, { origin: 'https://tv.example' });
    expect(after.headers['access-control-allow-origin']).toBe('https://tv.example');
    expect(numbers(after.body)).toEqual([numbers(text)[0]!, numbers(text)[0]! + 1]);
    expect(after.body).not.toContain('DISCONTINUITY');
    // The segment under construction has continued, and ended by the new rule.
    expect(after.body.match(/#EXTINF:(.*),/g)).toEqual(['#EXTINF:2.000,', '#EXTINF:4.000,']);
    expect(hls.metric('hls_viewers')).toBe(1);
  });

  test('that switches HLS on meets streams that are live, from the cached group of pictures on', async () => {
    const hls = await startHls();
    await hls.reload(false);
    const publisher = await hls.publish();
    publisher.headers().run(2.5);
    await hls.reload({});
    // Streams that are live already start one in each turn of the loop.
    await new Promise((resolved) => setImmediate(resolved));
    publisher.run(2);
    const { text } = await hls.media();
    expect(numbers(text)).toHaveLength(1);
    expect(text).not.toContain('DISCONTINUITY');
    expect(text).toContain('#EXTINF:2.000,');
  });

  test('that switches HLS off and on again in mid-stream uses no number twice', async () => {
    const hls = await startHls();
    const publisher = await hls.publish();
    publisher.headers().run(9);
    const before = numbers((await hls.media()).text);
    await hls.reload(false);
    await hls.reload({});
    await new Promise((resolved) => setImmediate(resolved));
    publisher.run(3);
    expect(numbers((await hls.media()).text)[0]).toBeGreaterThan(before.at(-1)!);
  });

  test('that is rejected leaves streams and viewers alone', async () => {
    const hls = await startHls();
    const publisher = await hls.publish();
    publisher.headers().run(3);
    const { url, text } = await hls.media();
    const path = join(import.meta.filename, 'below a file');
    await expect(hls.reload({ path, segmentSeconds: 1 })).rejects.toThrow('hls.path');
    publisher.run(2);
    expect(numbers((await hls.get(url)).body)).toEqual([numbers(text)[0]!, numbers(text)[0]! + 1]);
    expect([hls.metric('hls_viewers'), hls.test.stream('live/movie').viewerCount]).toEqual([1, 1]);
  });

  test('that switches HLS off does not wait for publishers to return', async () => {
    const apps = [{ servername: 'live' }, { servername: 'other' }];
    const hls = await startHls({ publisherGraceSeconds: 20 }, { config: { servers: apps } });
    const publisher = await hls.publish();
    publisher.headers().run(3);
    const { url } = await hls.media();
    publisher.leave();
    await hls.apply({ servers: [{ servername: 'live', hls: 'disable' }, { servername: 'other' }] });
    expect((await hls.get(url)).body).toMatch(/#EXT-X-ENDLIST\n$/);
  });

  test('that switches HLS off for an application ends its playlists, or takes them away', async () => {
    for (const onRemove of ['drain', 'close'] as const) {
      const apps = [{ servername: 'live' }, { servername: 'other' }];
      const hls = await startHls({}, { config: { servers: apps } });
      (await hls.publish()).headers().run(3);
      const { url } = await hls.media();
      await hls.apply({ servers: [{ servername: 'live', onRemove }, { servername: 'other' }] });
      await hls.apply({
        servers: [{ servername: 'live', onRemove, hls: 'disable' }, { servername: 'other' }],
      });
      const answer = await hls.get(url);
      if (onRemove === 'drain') expect(answer.body).toMatch(/#EXT-X-ENDLIST\n$/);
      else expect(answer.statusCode).toBe(403);
      expect((await hls.get('/live/movie.m3u8')).statusCode).toBe(404);
    }
  });
});
