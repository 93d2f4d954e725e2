// Stream time that is in no file.
import { expect, test } from 'vitest';
import { LostTime } from '../../../plugins/record-flv/lost-time.ts';

test('what several failed tries have lost is told together, once', () => {
  const lost = new LostTime();
  lost.lose(1000);
  lost.lose(1040);
  expect(lost.resume(3000)).toBe(2000);
  lost.lose(3500);
  expect(lost.resume(7500)).toBe(4000);
  expect(lost.resume(8000)).toBe(0);
  expect([lost.tell(), lost.tell(), lost.totalMs]).toEqual([6000, 0, 6000]);
});
