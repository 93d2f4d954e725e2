import { expect, test } from 'vitest';
import { V8_YOUNG_HEAP, YoungGeneration } from '../../../cli/serve/young-generation.ts';

const MEGABYTE = 2 ** 20;

function heapOf(bytes: number) {
  const heap = {
    bytes,
    told: [] as boolean[],
    size: () => heap.bytes,
    allowGrowth: (allowed: boolean) => heap.told.push(allowed),
  };
  return { heap, young: new YoungGeneration(heap) };
}

test('a young generation may grow up to its limit, and again when V8 has made it smaller', () => {
  const { heap, young } = heapOf(MEGABYTE);
  for (const megabytes of [1, 2, 4, 7, 8, 16, 2, 2, 32]) {
    heap.bytes = megabytes * MEGABYTE;
    young.check();
  }
  expect(heap.told).toEqual([true, false, true, false]);
});

test('one that is large from the start is left alone', () => {
  const { heap, young } = heapOf(32 * MEGABYTE);
  young.check();
  expect(heap.told).toEqual([]);
});

test('this version of Node tells the size of its young generation', () => {
  expect(V8_YOUNG_HEAP.size()).toBeGreaterThanOrEqual(MEGABYTE / 2);
  expect(V8_YOUNG_HEAP.size()).toBeLessThan(1024 * MEGABYTE);
});
