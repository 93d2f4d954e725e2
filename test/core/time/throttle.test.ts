import { expect, test } from 'vitest';
import { Throttle } from '../../../core/time/throttle.ts';

test('a throttle admits the first call, and one in each interval from the last one it admitted', () => {
  const throttle = new Throttle(10_000);
  const admitted = [0, 1, 9999, 10_000, 19_999, 25_000, 34_999, 35_000].filter((now) => throttle.admits(now));
  expect(admitted).toEqual([0, 10_000, 25_000, 35_000]);
});
