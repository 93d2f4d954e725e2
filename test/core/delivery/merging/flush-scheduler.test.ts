import { beforeEach, afterEach, describe, expect, test, vi } from 'vitest';
import { autoWindowMs, FlushScheduler } from '../../../../core/delivery/merging/flush-scheduler.ts';

describe('the window that "auto" chooses', () => {
  test.each([
    [0, 0],
    [1, 0],
    [32, 0],
    [33, 12],
    [71, 25],
    [100, 35],
    [250, 88],
    [500, 175],
    [999, 350],
    [1000, 350],
    [100_000, 350],
  ])('is, with %i viewers, %i ms', (viewers, milliseconds) => {
    expect(autoWindowMs(viewers)).toBe(milliseconds);
  });

  test('never shrinks as viewers join', () => {
    for (let viewers = 1; viewers < 1000; viewers++)
      expect(autoWindowMs(viewers)).toBeGreaterThanOrEqual(autoWindowMs(viewers - 1));
  });
});

describe('a scheduler', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function flushable(): { count: number; flush(): void } {
    return {
      count: 0,
      flush() {
        this.count++;
      },
    };
  }

  test('with a window of 0 flushes in the same turn of the loop, all that was scheduled in it', () => {
    const scheduler = new FlushScheduler();
    const [one, other] = [flushable(), flushable()];
    scheduler.schedule(one, 0);
    scheduler.schedule(other, scheduler.windowMs('auto'));
    expect(one.count + other.count).toBe(0);
    vi.advanceTimersByTime(0);
    expect([one.count, other.count]).toEqual([1, 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('flushes when the window is over, not before, and an earlier one first', () => {
    const scheduler = new FlushScheduler();
    const [slow, fast] = [flushable(), flushable()];
    scheduler.schedule(slow, 100);
    scheduler.schedule(fast, 20);
    vi.advanceTimersByTime(18);
    expect([slow.count, fast.count]).toEqual([0, 0]);
    vi.advanceTimersByTime(3);
    expect([slow.count, fast.count]).toEqual([0, 1]);
    vi.advanceTimersByTime(80);
    expect([slow.count, fast.count]).toEqual([1, 1]);
  });

  test('flushes windows that fall due together by one timer', () => {
    const scheduler = new FlushScheduler();
    const targets = Array.from({ length: 50 }, flushable);
    for (const target of targets) scheduler.schedule(target, 33);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(35);
    expect(targets.every((target) => target.count === 1)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('keeps to the earlier time of a target that is scheduled again', () => {
    const scheduler = new FlushScheduler();
    const [grown, shrunk] = [flushable(), flushable()];
    scheduler.schedule(grown, 20);
    scheduler.schedule(shrunk, 350);
    vi.advanceTimersByTime(5);
    scheduler.schedule(grown, 350);
    scheduler.schedule(shrunk, 15);
    vi.advanceTimersByTime(16);
    expect([grown.count, shrunk.count]).toEqual([1, 1]);
    vi.advanceTimersByTime(400);
    expect([grown.count, shrunk.count]).toEqual([1, 1]);
  });

  test('serves what is scheduled while it flushes', () => {
    const scheduler = new FlushScheduler();
    const next = flushable();
    scheduler.schedule({ flush: () => scheduler.schedule(next, 20) }, 10);
    vi.advanceTimersByTime(12);
    expect(next.count).toBe(0);
    vi.advanceTimersByTime(22);
    expect(next.count).toBe(1);
  });

  test('counts viewers of all processes for "auto"', () => {
    const scheduler = new FlushScheduler();
    const target = flushable();
    for (let count = 0; count < 100; count++) scheduler.countViewers(1);
    scheduler.countElsewhere(40);
    scheduler.schedule(target, scheduler.windowMs('auto'));
    vi.advanceTimersByTime(46);
    expect(target.count).toBe(0);
    vi.advanceTimersByTime(5);
    expect(target.count).toBe(1);
  });

  test('flushes what another process waits for first, and the others behind what that writes in a tick', () => {
    const scheduler = new FlushScheduler();
    const order: string[] = [];
    const link = {
      goesFirst: true,
      flush: () => {
        order.push('copy');
        process.nextTick(() => order.push('link'));
      },
    };
    const viewers = { flush: () => void order.push('viewers') };
    scheduler.schedule(viewers, 0);
    scheduler.schedule(link, 0);
    vi.advanceTimersByTime(1);
    scheduler.schedule(viewers, 0);
    return new Promise<void>((resolve) => process.nextTick(resolve)).then(() => {
      expect(order).toEqual(['copy', 'link', 'viewers']);
      vi.advanceTimersByTime(1);
      expect(order).toEqual(['copy', 'link', 'viewers', 'viewers']);
    });
  });

  test('does not flush what is cancelled, and flushes the others', () => {
    const scheduler = new FlushScheduler();
    const [cancelled, other] = [flushable(), flushable()];
    scheduler.schedule(cancelled, 20);
    scheduler.schedule(other, 30);
    scheduler.cancel(cancelled);
    vi.advanceTimersByTime(33);
    expect([cancelled.count, other.count]).toEqual([0, 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that is stopped leaves no timer and flushes no more', () => {
    const scheduler = new FlushScheduler();
    const target = flushable();
    scheduler.schedule(target, 0);
    scheduler.schedule(target, 50);
    scheduler.stop();
    vi.advanceTimersByTime(100);
    expect(target.count).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
