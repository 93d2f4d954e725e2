// The viewers of recordings that may pause are so many in all workers together.
import { expect, test } from 'vitest';
import { pausesOf } from '../../../plugins/replay/pauses.ts';

test('each worker has its part of replay.maxPaused, also when there are more workers than before', () => {
  let workers = 2;
  const everywhere = { partOf: (amount: number) => Math.ceil(amount / workers) };
  const pauses = pausesOf({ pauseSeconds: 3600, maxPaused: 8 }, everywhere);
  const closed: number[] = [];
  const viewers = Array.from({ length: 6 }, (_, index) => pauses.watch(() => void closed.push(index)));
  const look = (now: number): void => {
    for (const viewer of viewers) viewer.look({ takenBytes: 0, queuedBytes: 1 }, now);
  };
  for (let now = 1000; now <= 11_000; now += 1000) look(now);
  expect([closed, pauses.count]).toEqual([[0, 1], 4]);
  workers = 4;
  for (let now = 12_000; now <= 13_000; now += 1000) look(now);
  expect([closed, pauses.count]).toEqual([[0, 1, 2, 3], 2]);
});
