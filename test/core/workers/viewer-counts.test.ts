import { expect, test } from 'vitest';
import { ViewerCounts } from '../../../core/workers/supervisor/viewer-counts.ts';

function countsForTest() {
  const told: [worker: number, elsewhere: number][] = [];
  const counts = new ViewerCounts((worker, elsewhere) => told.push([worker, elsewhere]));
  const tellAll = (...workers: readonly number[]): typeof told => {
    counts.tellAll(workers);
    return told.splice(0);
  };
  return { counts, tellAll };
}

test('each worker is told the sum of the others, once', () => {
  const { counts, tellAll } = countsForTest();
  counts.note(1, 10);
  counts.note(2, 5);
  expect(tellAll(1, 2, 3)).toEqual([
    [1, 5],
    [2, 10],
    [3, 15],
  ]);
  expect(tellAll(1, 2, 3)).toEqual([]);
  counts.note(1, 11);
  expect(tellAll(1, 2, 3)).toEqual([
    [2, 11],
    [3, 16],
  ]);
});

test('one that ends has no viewers any more, and its successor knows of none', () => {
  const { counts, tellAll } = countsForTest();
  counts.note(1, 10);
  counts.note(2, 5);
  tellAll(1, 2);
  counts.lost(1);
  expect(tellAll(2)).toEqual([[2, 0]]);
  expect(tellAll(1, 2)).toEqual([[1, 5]]);
});
