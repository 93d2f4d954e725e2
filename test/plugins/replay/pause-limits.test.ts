// The viewers of recordings that may pause are so many in all workers together.
import { expect, test } from 'vitest';
import { Pauses } from '../../../plugins/replay/pauses.ts';

test('each worker has its part of replay.maxPaused, also when there are more workers than before', () => {
  let workers = 2;
  const everywhere = { partOf: (amount: number) => Math.ceil(amount / workers) };
  const state = new Pauses();
  state.use({ options: { pauseSeconds: 3600, maxPaused: 8 }, everywhere });
  const pauses = state.viewers;
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

test('viewers that have paused keep their places over a reload, under the limits of the new config', () => {
  const everywhere = { partOf: (amount: number) => amount };
  const state = new Pauses();
  state.use({ options: { pauseSeconds: 3600, maxPaused: 8 }, everywhere });
  const causes: string[] = [];
  const viewers = Array.from({ length: 4 }, () =>
    state.viewers.watch(({ message }) => void causes.push(message)),
  );
  const look = (now: number): void => {
    for (const viewer of viewers) viewer.look({ takenBytes: 0, queuedBytes: 1 }, now);
  };
  for (let now = 1000; now <= 12_000; now += 1000) look(now);
  state.use({ options: { pauseSeconds: 3600, maxPaused: 3 }, everywhere });
  look(13_000);
  expect(causes).toEqual(['it had paused for longest of more than 3 viewers (replay.maxPaused)']);
  state.use({ options: { pauseSeconds: 13, maxPaused: 3 }, everywhere });
  look(14_000);
  expect(new Set(causes.slice(1))).toEqual(new Set(['it took nothing for 13 s (replay.pauseSeconds)']));
});
