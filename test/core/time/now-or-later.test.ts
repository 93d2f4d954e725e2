import { expect, test } from 'vitest';
import { andThen, lastly } from '../../../core/time/now-or-later.ts';

test('what is known is passed on in the same turn', () => {
  expect(andThen(1, (value) => value + 1)).toBe(2);
  expect(andThen(undefined, () => 'next')).toBe('next');
});

test('what is known later is passed on then, also where the next answer takes time', async () => {
  const later = andThen(Promise.resolve(1), (value) => Promise.resolve(value + 1));
  expect(later).toBeInstanceOf(Promise);
  expect(await later).toBe(2);
  const failing = andThen(Promise.reject(new Error('no')), () => 1);
  await expect(failing).rejects.toThrow('no');
});

test('what has to be done lastly is done once, whether the work is known now or later, throws or rejects', async () => {
  let ends = 0;
  const end = (): void => void ends++;
  expect(lastly(() => 1, end)).toBe(1);
  expect(ends).toBe(1);
  let settle = (_value: number): void => {};
  const later = lastly(() => new Promise<number>((resolve) => (settle = resolve)), end);
  expect(ends).toBe(1);
  settle(2);
  expect(await later).toBe(2);
  expect(ends).toBe(2);
  const fail = (): never => {
    throw new Error('no');
  };
  expect(() => lastly(fail, end)).toThrow('no');
  expect(ends).toBe(3);
  await expect(lastly(() => Promise.reject(new Error('no')), end)).rejects.toThrow('no');
  expect(ends).toBe(4);
});
