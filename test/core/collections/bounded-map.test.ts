import { expect, test } from 'vitest';
import { BoundedMap } from '../../../core/collections/bounded-map.ts';

test.each([1, 2, 10, 100])('a map of at most %i entries forgets those that were set longest ago', (limit) => {
  const map = new BoundedMap<number, string>(limit);
  for (let key = 0; key < limit * 5; key++) {
    map.set(key, `value ${key}`);
    expect(map.size).toBeLessThanOrEqual(limit);
    expect(map.get(key)).toBe(`value ${key}`);
  }
  const last = limit * 5 - 1;
  const keys = [...map.keys()];
  expect(keys).toEqual(Array.from(keys, (_, index) => last - keys.length + 1 + index));
  expect(map.size).toBeGreaterThanOrEqual(limit === 1 ? 1 : Math.floor(limit * 0.9));
});

test('an entry that is set again is the newest', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1).set('b', 2).set('a', 3).set('c', 4);
  expect([...map]).toEqual([
    ['a', 3],
    ['c', 4],
  ]);
});
