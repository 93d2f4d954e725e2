// The segments that are left of a stream whose worker has ended.
import { expect, test } from 'vitest';
import {
  fillWindow,
  takeOver,
  type HandedWindow,
  type KnownWindow,
} from '../../../plugins/hls/segments/handed-window.ts';

const NUMBERS = { nextSequence: 14, discontinuities: 3, targetDuration: 2, keys: [] };

function segments(numbers: readonly number[]): KnownWindow['listed'] {
  return numbers.map((sequence) => ({
    sequence,
    uri: `${sequence}.ts`,
    durationMs: 2000,
    discontinuity: false,
    independent: true,
    byteLength: 1,
    data: { key: undefined },
  }));
}

function found(numbers: readonly number[]): HandedWindow {
  const known = { ...NUMBERS, retained: segments([10, 11]), listed: segments([12, 13]) };
  return fillWindow(known, new Map(numbers.map((number) => [number, { bytes: Buffer.from([number]) }])));
}

test('segments before the first that was found are left out, and the numbers stay', () => {
  const { retained, listed, ...numbers } = found([11, 12, 13]);
  expect(retained.map(({ sequence }) => sequence)).toEqual([11]);
  expect(listed.map(({ data }) => data.source)).toEqual([
    { bytes: Buffer.from([12]) },
    { bytes: Buffer.from([13]) },
  ]);
  expect(numbers).toEqual(NUMBERS);
});

test('one that nobody has is a gap between those that were found, and behind them', () => {
  const { retained, listed } = takeOver(found([10, 12]));
  const gaps = [...retained, ...listed].map(({ sequence, gap }) => [sequence, gap ?? false]);
  expect(gaps).toEqual([
    [10, false],
    [11, true],
    [12, false],
    [13, true],
  ]);
});

test('numbers go on where nothing was found', () => {
  expect(found([])).toEqual({ ...NUMBERS, retained: [], listed: [] });
});
