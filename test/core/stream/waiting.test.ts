import { describe, expect, test, vi } from 'vitest';
import { claim, hubForTest, never, useFakeTime } from './hub-kit.ts';

useFakeTime();

describe('a viewer that comes before the publisher', () => {
  test('waits, and is served as soon as it comes', async () => {
    const { hub } = hubForTest();
    const waiting = hub.waitFor('live/movie', 10_000, never());
    expect(hub.waitingFor('live/movie')).toBe(1);
    vi.advanceTimersByTime(9999);
    const { stream } = await claim(hub, 'p1');
    expect(await waiting).toBe(stream);
    expect(hub.waitingFor('live/movie')).toBe(0);
    vi.advanceTimersByTime(10_000);
    expect(vi.getTimerCount()).toBe(1);
  });

  test('waits for waitForPublisherMs and no longer, and not at all for 0', async () => {
    const { hub } = hubForTest();
    const waiting = hub.waitFor('live/movie', 10_000, never());
    vi.advanceTimersByTime(10_000);
    expect(await waiting).toBeUndefined();
    expect(await hub.waitFor('live/movie', 0, never())).toBeUndefined();
  });

  test('and leaves, leaves nothing behind', async () => {
    const { hub } = hubForTest();
    const abort = new AbortController();
    const waits = Array.from({ length: 10 }, () => hub.waitFor('live/movie', 10_000, abort.signal));
    abort.abort();
    expect(await Promise.all(waits)).toEqual(waits.map(() => undefined));
    expect(vi.getTimerCount()).toBe(1);
    expect(await hub.waitFor('live/movie', 10_000, abort.signal)).toBeUndefined();
  });

  test('of a name is not woken by another', async () => {
    const { hub } = hubForTest();
    const waiting = hub.waitFor('live/other', 5000, never());
    await claim(hub, 'p1');
    vi.advanceTimersByTime(5000);
    expect(await waiting).toBeUndefined();
  });

  test('is told at once if its stream will not come', async () => {
    const { hub } = hubForTest();
    const [waiting, other] = [
      hub.waitFor('live/movie', 5000, never()),
      hub.waitFor('live/other', 5000, never()),
    ];
    hub.failWait('live/movie', 'the origin has no such stream');
    expect(await waiting).toEqual({ failed: 'the origin has no such stream' });
    expect([hub.waitingFor('live/movie'), hub.waitingFor('live/other')]).toEqual([0, 1]);
    vi.advanceTimersByTime(5000);
    expect(await other).toBeUndefined();
  });
});
