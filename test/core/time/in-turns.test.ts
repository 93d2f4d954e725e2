// Long work leaves the event loop to others in between.
import { afterEach, expect, test, vi } from 'vitest';
import { eachInTurns, mapInTurns, Pace } from '../../../core/time/in-turns.ts';

afterEach(() => void vi.restoreAllMocks());

/** Every look at the clock finds it a millisecond on. Returns how many turns have passed. */
function countTurns(): () => number {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now++);
  let turns = 0;
  const count = (): void => {
    turns++;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  return () => {
    clearImmediate(timer);
    return turns;
  };
}

test('work of many milliseconds is done in order, and in many turns', async () => {
  const turns = countTurns();
  const items = Array.from({ length: 100 }, (_, index) => index);
  await expect(mapInTurns(items, (item) => item * 2)).resolves.toEqual(items.map((item) => item * 2));
  expect(turns()).toBeGreaterThan(20);
});

test('short work is done at once', async () => {
  vi.spyOn(performance, 'now').mockReturnValue(0);
  let isLater = false;
  const timer = setImmediate(() => (isLater = true));
  await expect(mapInTurns([1, 2, 3], (item) => item)).resolves.toEqual([1, 2, 3]);
  expect(isLater).toBe(false);
  clearImmediate(timer);
});

test('items are taken when their turn comes, and none is no work', async () => {
  const seen: string[] = [];
  function* items() {
    for (const item of ['one', 'two']) {
      seen.push(`take ${item}`);
      yield item;
    }
  }
  await eachInTurns(items(), (item) => void seen.push(`use ${item}`));
  expect(seen).toEqual(['take one', 'use one', 'take two', 'use two']);
  await expect(mapInTurns([], (item) => item)).resolves.toEqual([]);
});

test('a promise of one item is waited for before the next', async () => {
  const seen: string[] = [];
  await eachInTurns(['one', 'two'], async (item) => {
    await Promise.resolve();
    seen.push(item);
  });
  expect(seen).toEqual(['one', 'two']);
});

test('behind a long step the next one has a turn of its own, behind a short one it has not', async () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(0);
  const pace = new Pace();
  let isLater = false;
  setImmediate(() => (isLater = true));
  await pace.next();
  expect(isLater).toBe(false);
  now.mockReturnValue(2);
  await pace.next();
  expect(isLater).toBe(true);
});

test('a fault of one item ends it', async () => {
  const fail = (): void => {
    throw new Error('no such stream');
  };
  await expect(eachInTurns([1], fail)).rejects.toThrow('no such stream');
});
