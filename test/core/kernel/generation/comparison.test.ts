// Options that thousands of applications share are compared once.
import { expect, test } from 'vitest';
import { Comparison } from '../../../../core/kernel/generation/comparison.ts';

/** Counts how often the option is read. */
function options(value: unknown, reads: { count: number }) {
  return {
    get value() {
      reads.count++;
      return value;
    },
  };
}

test('a pair of options is compared once, however many applications have it', () => {
  const reads = { count: 0 };
  const [old, equal, other] = [options([1], reads), options([1], reads), options([2], reads)];
  const compare = new Comparison();
  expect(compare.isEqual(old, equal)).toBe(true);
  const once = reads.count;
  expect(once).toBeGreaterThan(0);
  for (let application = 0; application < 100; application++) expect(compare.isEqual(old, equal)).toBe(true);
  expect(reads.count).toBe(once);
  expect(compare.isEqual(old, other)).toBe(false);
  expect(compare.isEqual(old, equal)).toBe(true);
  expect(compare.isEqual(other, equal)).toBe(false);
});

test('an object is equal to itself unread', () => {
  const reads = { count: 0 };
  const same = options(1, reads);
  expect(new Comparison().isEqual(same, same)).toBe(true);
  expect(new Comparison().isEqual(undefined, undefined)).toBe(true);
  expect(reads.count).toBe(0);
});
