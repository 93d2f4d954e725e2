// Viewers that connect before there is a playlist they can play.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { numbers, resolve, startHls, uris, type TestPublication } from './hls-kit.ts';

afterEach(() => void vi.useRealTimers());

const CLOCK = ['Date', 'performance', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const;

function stopClock(): void {
  vi.useFakeTimers({ toFake: [...CLOCK] });
}

describe('a viewer that connects before the first segment', () => {
  test('waits for the publisher and its first segment, then plays', async () => {
    const hls = await startHls();
    const opening = hls.get('/live/movie.m3u8');
    const publisher = await hls.publish();
    publisher.headers().run(1);
    await vi.waitFor(() => expect(hls.metric('hls_pending_requests')).toBe(1));
    publisher.run(1.04);
    expect((await opening).statusCode).toBe(200);
    expect(hls.metric('hls_pending_requests')).toBe(0);
  });

  test('is told to try again when there is no segment in time', async () => {
    const hls = await startHls({ pendingTimeoutSeconds: 0.05 });
    (await hls.publish()).headers().run(1);
    const answer = await hls.get('/live/movie.m3u8');
    expect([answer.statusCode, answer.headers['retry-after'], answer.json()]).toEqual([
      503,
      '1',
      { error: 'unavailable', reason: 'the first segment of live/movie is not complete yet' },
    ]);
    expect(hls.metric('hls_viewers')).toBe(0);
  });

  test('starts half a segment after the first is complete, so that it does not run dry before it finds the second', async () => {
    stopClock();
    const hls = await startHls({ startupDelaySeconds: 10 });
    (await hls.publish()).headers().run(2.04);
    const opening = hls.get('/live/movie.m3u8');
    await vi.advanceTimersByTimeAsync(499);
    expect(hls.metric('hls_pending_requests')).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    const master = await opening;
    const loading = hls.get(resolve('/live/movie.m3u8', uris(master.body)[0]!));
    await vi.advanceTimersByTimeAsync(499);
    expect(hls.metric('hls_pending_requests')).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(numbers((await loading).body)).toHaveLength(1);
    expect(hls.metric('hls_pending_requests')).toBe(0);
  });

  test.each<[string, (publisher: TestPublication) => unknown]>([
    ['the second segment is complete', (publisher) => publisher.run(20)],
    ['the stream ends', (publisher) => publisher.leave()],
  ])('starts when %s', async (_, happen) => {
    const hls = await startHls({ startupDelaySeconds: 10, segmentSeconds: 20 });
    const publisher = await hls.publish();
    publisher.headers().run(20.04);
    const opening = hls.get('/live/movie.m3u8');
    await vi.waitFor(() => expect(hls.metric('hls_pending_requests')).toBe(1));
    happen(publisher);
    expect((await opening).statusCode).toBe(200);
  });

  test('starts at once when too many wait for the second segment', async () => {
    const hls = await startHls({ startupDelaySeconds: 10, segmentSeconds: 20, maxPendingRequests: 1 });
    const publisher = await hls.publish();
    publisher.headers().run(20.04);
    const opening = hls.get('/live/movie.m3u8');
    await vi.waitFor(() => expect(hls.metric('hls_pending_requests')).toBe(1));
    expect((await hls.media()).text).toContain('#EXTINF:20.000,');
    expect(hls.metric('hls_pending_requests')).toBe(1);
    publisher.run(20);
    expect((await opening).statusCode).toBe(200);
  });

  test('is denied when too many wait', async () => {
    const hls = await startHls({ maxPendingRequests: 2 });
    const waiting = [hls.get('/live/movie.m3u8'), hls.get('/live/movie.m3u8')];
    await vi.waitFor(() => expect(hls.metric('hls_pending_requests')).toBe(2));
    expect((await hls.get('/live/movie.m3u8')).statusCode).toBe(503);
    (await hls.publish()).headers().run(3);
    expect((await Promise.all(waiting)).map((answer) => answer.statusCode)).toEqual([200, 200]);
  });
});
