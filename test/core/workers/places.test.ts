// Places of the whole server: counted once, whichever worker takes them.
import { expect, test } from 'vitest';
import { givingBack, localPlaces, Places } from '../../../core/collections/places.ts';
import { WorkerPlaces } from '../../../core/workers/supervisor/worker-places.ts';
import { CountedPlaces } from '../../../core/workers/worker/counted-places.ts';
import type { SupervisorTalk } from '../../../core/workers/worker/names.ts';

test('as many are taken as there are, of each name', () => {
  const places = new Places();
  expect([places.take('a', 2), places.take('a', 2), places.take('a', 2)]).toEqual([true, true, false]);
  expect([places.take('b', 1), places.take('none', 0), places.take('b', Infinity)]).toEqual([
    true,
    false,
    true,
  ]);
  places.free('a');
  expect([places.take('a', 2), places.take('a', 2)]).toEqual([true, false]);
});

test('those who wait get theirs in the order in which they came, and one that no longer waits holds nobody up', () => {
  const places = new Places();
  const got: string[] = [];
  places.take('a', 1);
  places.wait('a', 1, () => got.push('first'));
  const stop = places.wait('a', 1, () => got.push('second'));
  places.wait('a', 1, () => got.push('third'));
  expect(got).toEqual([]);
  places.free('a');
  stop();
  places.free('a');
  expect(got).toEqual(['first', 'third']);
  expect(places.take('a', 1)).toBe(false);
  places.wait('a', 3, () => got.push('a larger limit'));
  expect(got).toEqual(['first', 'third', 'a larger limit']);
});

test('a limit that is raised lets those in who wait, before whoever takes a place then; one that is lowered keeps them out', () => {
  const places = new Places();
  const got: string[] = [];
  places.take('a', 1);
  for (const name of ['first', 'second', 'third']) places.wait('a', 1, () => got.push(name));
  expect(places.take('a', 3)).toBe(false);
  expect(got).toEqual(['first', 'second']);
  expect(places.take('a', 1)).toBe(false);
  for (let left = 2; left > 0; left--) places.free('a');
  expect(got).toEqual(['first', 'second']);
  places.free('a');
  expect(got).toEqual(['first', 'second', 'third']);
});

test('a place is given back once, however often that is said', async () => {
  let count = 0;
  const giveBack = givingBack(() => count++);
  giveBack();
  giveBack();
  expect(count).toBe(1);
  const places = localPlaces();
  const [first, second] = [await places.take('a', 2), await places.take('a', 2)];
  first!();
  first!();
  expect(await places.take('a', 2)).toBeDefined();
  expect(await places.take('a', 2)).toBeUndefined();
  second!();
  expect(await places.take('a', 2)).toBeDefined();
});

test('one that gets a place may give it back at once and take another, which counts', () => {
  const places = new Places();
  places.take('a', 1);
  places.wait('a', 1, () => {
    places.free('a');
    places.take('a', 1);
  });
  places.free('a');
  expect(places.take('a', 1)).toBe(false);
});

test('a worker that is lost while it waits by two limits keeps no place', () => {
  const places = new WorkerPlaces();
  places.take(2, 'a', 1);
  void places.wait(1, 'a', 1);
  // With a config that allows more. It has its turn when the one before it ends.
  void places.wait(1, 'a', 2);
  places.lost(1);
  expect([places.take(2, 'a', 2), places.take(2, 'a', 2)]).toEqual([true, false]);
});

test('those of a worker that is lost are free for the others, and what it waits for goes to them', async () => {
  const places = new WorkerPlaces();
  expect([places.take(1, 'a', 2), places.take(1, 'a', 2), places.take(2, 'a', 2)]).toEqual([
    true,
    true,
    false,
  ]);
  const got: number[] = [];
  void places.wait(1, 'a', 2).then(() => got.push(1));
  const second = places.wait(2, 'a', 2).then(() => got.push(2));
  places.lost(1);
  await second;
  expect(got).toEqual([2]);
  // Late words of the lost worker change nothing.
  places.free(1, 'a');
  expect([places.take(3, 'a', 2), places.take(3, 'a', 2)]).toEqual([true, false]);
});

test('the supervisor is told of places without a limit when a config is staged, and of each until the reload is over', () => {
  const told: unknown[] = [];
  const tell = (name: string, input: unknown): void => void told.push([name, input]);
  const places = new CountedPlaces(() => ({ tell }) as unknown as SupervisorTalk);
  const before = places.takeUncounted('a');
  places.countAll();
  const meanwhile = places.takeUncounted('a');
  places.reloaded();
  const after = places.takeUncounted('a');
  for (const giveBack of [before, meanwhile, after]) giveBack();
  expect(told).toEqual([
    ['holdPlaces', { counts: [['a', 1]] }],
    ['holdPlaces', { counts: [['a', 1]] }],
    ['freePlace', { name: 'a' }],
    ['freePlace', { name: 'a' }],
  ]);
});
