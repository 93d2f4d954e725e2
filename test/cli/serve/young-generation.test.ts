import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { V8_YOUNG_HEAP, YoungGeneration, type YoungHeap } from '../../../cli/serve/young-generation.ts';

const MEGABYTE = 2 ** 20;

class FakeHeap implements YoungHeap {
  megabytes = 1;
  readonly told: (boolean | 'watched' | 'unwatched')[] = [];
  collected = (): void => {};

  size(): number {
    return this.megabytes * MEGABYTE;
  }

  allowGrowth(allowed: boolean): void {
    this.told.push(allowed);
  }

  watchCollections(callback: () => void): () => void {
    this.told.push('watched');
    this.collected = callback;
    return () => {
      this.told.push('unwatched');
      this.collected = () => {};
    };
  }
}

test('a young generation may grow up to its limit, and again when V8 has made it smaller', () => {
  const heap = new FakeHeap();
  const young = new YoungGeneration(heap);
  for (const megabytes of [1, 2, 4, 7, 8, 16, 2, 2]) {
    heap.megabytes = megabytes;
    young.check();
  }
  expect(heap.told).toEqual([true, 'watched', false, 'unwatched', true, 'watched']);
});

test('while it may grow, its size is looked at after each collection', () => {
  const heap = new FakeHeap();
  new YoungGeneration(heap).check();
  heap.megabytes = 4;
  heap.collected();
  expect(heap.told).toEqual([true, 'watched']);
  heap.megabytes = 8;
  heap.collected();
  expect(heap.told).toEqual([true, 'watched', false, 'unwatched']);
});

test('one that is large from the start is left alone', () => {
  const heap = new FakeHeap();
  heap.megabytes = 32;
  new YoungGeneration(heap).check();
  expect(heap.told).toEqual([]);
});

test('this version of Node tells the size of its young generation, and each collection', async () => {
  expect(V8_YOUNG_HEAP.size()).toBeGreaterThanOrEqual(MEGABYTE / 2);
  expect(V8_YOUNG_HEAP.size()).toBeLessThan(1024 * MEGABYTE);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: object) => void;
  await new Promise<void>((resolve) => {
    onTestFinished(V8_YOUNG_HEAP.watchCollections(resolve));
    collect({ type: 'minor' });
  });
});
