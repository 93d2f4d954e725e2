// Viewers of recordings that pause without saying so: how long each may stay, and how many.
import { expect, test } from 'vitest';
import { PausedViewers, type WatchedViewer } from '../../../../core/session/stored/paused-viewers.ts';

const NAMES = { limitMs: 'replay.pauseSeconds', most: 'replay.maxPaused' };

function room(limitMs: number, most: number) {
  const pauses = new PausedViewers({ limitMs, most, names: NAMES });
  const closed: string[] = [];
  const join = (name: string) => {
    const viewer = pauses.watch(({ code, message }) => void closed.push(`${name} ${code}: ${message}`));
    return { viewer, takenBytes: 0, queuedBytes: 1000 };
  };
  return { pauses, closed, join };
}

/** Looks at the viewers each second, as their owners do. */
function pass(
  fromMs: number,
  toMs: number,
  ...viewers: readonly { viewer: WatchedViewer; takenBytes: number; queuedBytes: number }[]
): void {
  for (let now = fromMs; now <= toMs; now += 1000)
    for (const { viewer, ...bytes } of viewers) viewer.look(bytes, now);
}

test('a viewer that takes nothing is paused after ten seconds, and closed when the limit is over', () => {
  const { pauses, closed, join } = room(60_000, 10);
  const viewer = join('a');
  pass(1000, 10_000, viewer);
  expect(pauses.count).toBe(0);
  pass(11_000, 60_000, viewer);
  expect([pauses.count, closed]).toEqual([1, []]);
  pass(61_000, 70_000, viewer);
  expect(closed).toEqual(['a slow: it took nothing for 60 s (replay.pauseSeconds)']);
  expect(pauses.count).toBe(0);
});

test('one byte that is taken, or a queue that is empty, is the end of a pause', () => {
  const { pauses, closed, join } = room(20_000, 10);
  const viewer = join('a');
  pass(0, 19_000, viewer);
  viewer.takenBytes = 1;
  pass(20_000, 39_000, viewer);
  expect(pauses.count).toBe(1);
  viewer.queuedBytes = 0;
  pass(40_000, 100_000, viewer);
  expect([pauses.count, closed]).toEqual([0, []]);
});

test('of more viewers than may pause, the one that has paused for longest is closed', () => {
  const { pauses, closed, join } = room(0, 2);
  const [a, b, c] = [join('a'), join('b'), join('c')];
  pass(0, 1000, a);
  pass(2000, 3000, b, a);
  pass(4000, 13_000, b, a, c);
  expect([pauses.count, closed]).toEqual([2, []]);
  pass(14_000, 14_000, b, a, c);
  expect(closed).toEqual(['a slow: it had paused for longest of more than 2 viewers (replay.maxPaused)']);
  c.viewer.leave();
  expect(pauses.count).toBe(1);
});

test('time in which the process stood still is no pause', () => {
  const { pauses, closed, join } = room(60_000, 10);
  const viewer = join('a');
  pass(0, 5000, viewer);
  pass(600_000, 609_000, viewer);
  expect([pauses.count, closed]).toEqual([0, []]);
});

test('without a limit a viewer stays', () => {
  const { closed, join } = room(0, 1);
  pass(0, 10_000_000, join('a'));
  expect(closed).toEqual([]);
});
