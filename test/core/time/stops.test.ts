// A stop of the process, or a pause of its machine, brings no deadline forward.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { after, timeoutSignal } from '../../../core/time/after.ts';
import { Ticker } from '../../../core/time/ticker.ts';
import { withTimeout } from '../../../core/time/timeout.ts';
import { stoppableProcess } from '../../helpers/programs/stopped-process.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const HOUR = 3_600_000;

function makeTicker(): Ticker {
  return new Ticker((error) => expect.unreachable(String(error)));
}

test('a timeout ends after its time, to the millisecond', () => {
  for (const limitMs of [1, 30, 999, 1000, 10_000, 86_400_000]) {
    const ended = vi.fn();
    after(limitMs, ended);
    vi.advanceTimersByTime(limitMs - 1);
    expect(ended).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(ended).toHaveBeenCalledOnce();
  }
});

test('a timeout that is cancelled never ends, also after a part of its time', () => {
  const ended = vi.fn();
  const cancel = after(1000, ended);
  vi.advanceTimersByTime(500);
  cancel();
  vi.advanceTimersByTime(HOUR);
  expect(ended).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test.each([0, 1, 500, 5000, 9000, 9999])('a timeout of 10 s is as long with a stop after %i ms', (before) => {
  const stop = stoppableProcess();
  const ended = vi.fn();
  after(10_000, ended);
  vi.advanceTimersByTime(before);
  stop(HOUR);
  // What has arrived during the stop can be read before the time is over.
  vi.advanceTimersByTime(200);
  expect(ended).not.toHaveBeenCalled();
  vi.advanceTimersByTime(Math.max(0, 8000 - before));
  expect(ended).not.toHaveBeenCalled();
  vi.advanceTimersByTime(4000);
  expect(ended).toHaveBeenCalledOnce();
});

test('a gate, a start or any other work that is waited for gets its whole time', async () => {
  const stop = stoppableProcess();
  const late = withTimeout(1000, new Promise(() => {}), 'too late');
  const outcome = vi.fn();
  late.catch(outcome);
  await vi.advanceTimersByTimeAsync(900);
  stop(20_000);
  await vi.advanceTimersByTimeAsync(100);
  expect(outcome).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1000);
  expect(outcome).toHaveBeenCalledWith(new Error('too late'));
});

test('the signal of a request aborts with an error that says how long it waited', () => {
  const { signal, release } = timeoutSignal(1500);
  vi.advanceTimersByTime(1499);
  expect(signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(signal.reason).toMatchObject({ name: 'TimeoutError', message: 'no answer within 1.5 s' });
  release();
});

test('the clock of all sessions stands still during a stop, and runs on afterwards', () => {
  const stop = stoppableProcess();
  const ticker = makeTicker();
  const start = ticker.now();
  vi.advanceTimersByTime(10_000);
  expect(ticker.now() - start).toBe(10_000);
  stop(20_000);
  expect(ticker.now() - start).toBe(10_000);
  vi.advanceTimersByTime(1000);
  expect(ticker.now() - start).toBeGreaterThanOrEqual(10_750);
  expect(ticker.now() - start).toBeLessThanOrEqual(11_250);
  ticker.stop();
});

test('no tick is called at the end of a stop: what has arrived is read first', () => {
  const stop = stoppableProcess();
  const ticker = makeTicker();
  const seen: number[] = [];
  ticker.add((now) => seen.push(now));
  const start = ticker.now();
  vi.advanceTimersByTime(900);
  stop(HOUR);
  vi.advanceTimersByTime(200);
  expect(seen).toEqual([]);
  vi.advanceTimersByTime(1000);
  expect(seen.length).toBe(1);
  expect(seen[0]! - start).toBeLessThan(1500);
  ticker.stop();
});

test('a loop that is always late still has a time that passes', () => {
  const stop = stoppableProcess();
  const ticker = makeTicker();
  const start = ticker.now();
  const ended = vi.fn();
  after(1000, ended);
  for (let beat = 0; beat < 100; beat++) {
    stop(900);
    vi.advanceTimersByTime(250);
  }
  expect(ticker.now() - start).toBeGreaterThan(20_000);
  expect(ended).toHaveBeenCalledOnce();
  ticker.stop();
});

test('the clock never runs backwards, whatever the moment of a stop', () => {
  const stop = stoppableProcess();
  const ticker = makeTicker();
  let before = ticker.now();
  for (let step = 1; step < 400; step++) {
    vi.advanceTimersByTime((step * 37) % 320);
    if (step % 5 === 0) stop((step * 613) % 3000);
    const now = ticker.now();
    expect(now).toBeGreaterThanOrEqual(before);
    before = now;
  }
  ticker.stop();
});

test('a jump of the wall clock changes nothing', () => {
  const ticker = makeTicker();
  const start = ticker.now();
  const ended = vi.fn();
  after(1000, ended);
  for (const jump of [HOUR, -2 * HOUR]) {
    vi.setSystemTime(Date.now() + jump);
    vi.advanceTimersByTime(400);
  }
  expect(ended).not.toHaveBeenCalled();
  expect(ticker.now() - start).toBe(800);
  vi.advanceTimersByTime(200);
  expect(ended).toHaveBeenCalledOnce();
  ticker.stop();
});
