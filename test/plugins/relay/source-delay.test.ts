import { expect, test } from 'vitest';
import { SourceDelay } from '../../../plugins/relay/relays/source-delay.ts';

const WRAP = 2 ** 32;

test('The delay is how much later than the soonest packet one comes', () => {
  const delay = new SourceDelay();
  delay.note(1000, 50_000);
  delay.note(2500, 51_000);
  expect(delay.milliseconds).toBe(500);
  delay.note(2600, 51_600);
  expect(delay.milliseconds).toBe(0);
});

test('Audio that comes a little behind video is no delay of the source', () => {
  const delay = new SourceDelay();
  delay.note(1000, 50_000);
  delay.note(1001, 49_400);
  expect(delay.milliseconds).toBe(601);
  delay.note(1041, 50_040);
  expect(delay.milliseconds).toBe(1);
});

test.each([
  ['begins again', 5_400_000, 0],
  ['is set back', 5_400_000, 5_000_000],
  ['wraps', WRAP - 10, 30],
  ['jumps ahead', 1000, 5_400_000],
])('A source whose clock %s is not late from then on', (_what, before, after) => {
  const delay = new SourceDelay();
  delay.note(1000, before);
  delay.note(1040, after);
  delay.note(1240, after + 40);
  expect(delay.milliseconds).toBe(160);
});
