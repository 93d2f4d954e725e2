// Stream time that is in no file.
import { expect, test } from 'vitest';
import { LostTime } from '../../../plugins/record-flv/lost-time.ts';

test('what several failed tries have lost is told together, once', () => {
  const lost = new LostTime();
  lost.lose(1000);
  lost.lose(1040);
  lost.resume(3000);
  lost.lose(3500);
  lost.resume(7500);
  expect(lost.resume(8000)).toBe(0);
  expect([lost.tell(), lost.tell(), lost.totalMs]).toEqual([6000, 0, 6000]);
});

test('time is lost while the disk is away, and not only when it is back', () => {
  const lost = new LostTime();
  // Audio comes a little behind the video.
  const steps = [1000, 1040, 1020, 5000].map((timestamp) => lost.lose(timestamp));
  expect(steps).toEqual([0, 40, 0, 3960]);
  expect(lost.totalMs).toBe(4000);
  expect(lost.resume(5010)).toBe(10);
});
