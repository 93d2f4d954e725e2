// HLS: the right is asked for once for each viewer, and its session ends with the right.
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { resolve, startHls, uris } from '../hls/hls-kit.ts';
import { metricOf, SECRET } from './auth-kit.ts';

const START = Date.parse('2026-11-25T12:00:00Z');

beforeEach(
  () =>
    void vi.useFakeTimers({ toFake: ['Date', 'performance', 'setInterval', 'clearInterval'], now: START }),
);
afterEach(() => void vi.useRealTimers());

test('a signed link opens the stream, its playlists and segments until it expires, and nothing behind it', async () => {
  const hls = await startHls({}, { config: { auth: { play: { sign: { secret: SECRET } } } } });
  const publisher = await hls.publish();
  publisher.headers().run(5);
  const expires = START / 1000 + 60;
  const sign = createHmac('sha256', SECRET).update(`play live/movie ${expires}`).digest('hex');
  expect((await hls.get('/live/movie.m3u8')).statusCode).toBe(401);
  const { url, text } = await hls.media(`/live/movie.m3u8?expires=${expires}&sign=${sign}`);
  for (const uri of uris(text)) expect((await hls.get(resolve(url, uri))).statusCode).toBe(200);
  for (let second = 0; second < 58; second++) {
    await vi.advanceTimersByTimeAsync(1000);
    expect((await hls.get(url)).statusCode).toBe(200);
  }
  const admissions = metricOf(hls.test.server, 'auth_admissions_total');
  expect(admissions).toMatchObject({ 'play sign': 1 });
  await vi.advanceTimersByTimeAsync(3000);
  for (const each of [url, resolve(url, uris(text)[0]!)]) {
    const answer = await hls.get(each);
    expect([answer.statusCode, answer.json().reason]).toEqual([
      403,
      'this session was closed: the link has expired',
    ]);
  }
  expect((await hls.get(`/live/movie.m3u8?expires=${expires}&sign=${sign}`)).statusCode).toBe(403);
  expect(hls.test.stream('live/movie').viewerCount).toBe(0);
});
