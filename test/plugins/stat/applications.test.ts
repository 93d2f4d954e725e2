// The list of applications: which streams count for which entry of servers[], and what that costs.
import { expect, test } from 'vitest';
import { FiguresEverywhere } from '../../../plugins/stat/figures/everywhere.ts';

const streamOf = (app: string, viewers = 1) => ({
  key: `${app}/movie`,
  figures: { app, viewers, publisher: viewers > 1 ? {} : null },
});

function figuresOf(apps: readonly object[], streams: readonly object[]): FiguresEverywhere {
  const answer = { streams, viewers: new Map() };
  const context = {
    question: () => ({ askAll: () => Promise.resolve([{ worker: 1, answer }]) }),
    config: { current: () => ({ apps }) },
  };
  return new FiguresEverywhere(context as never, {} as never);
}

test('a stream counts for the first entry that its application has', async () => {
  const apps = ['event-1', 'event-*', 'live'].map((servername) => ({ servername, plugins: {} }));
  const streams = [streamOf('event-1', 5), streamOf('event-2'), streamOf('event-3', 2), streamOf('gone')];
  expect(await figuresOf(apps, streams).applications()).toEqual([
    { servername: 'event-1', streams: 1, publishers: 1, viewers: 5, plugins: [] },
    { servername: 'event-*', streams: 2, publishers: 1, viewers: 3, plugins: [] },
    { servername: 'live', streams: 0, publishers: 0, viewers: 0, plugins: [] },
  ]);
});

test('entries are looked through once for each application that has streams', async () => {
  let looks = 0;
  const apps = Array.from({ length: 100 }, (_, index) => ({
    get servername() {
      looks++;
      return `app-${index}`;
    },
    plugins: {},
  }));
  const streams = Array.from({ length: 1000 }, (_, index) => streamOf(`app-${index % 10}`));
  const listed = await figuresOf(apps, streams).applications();
  expect(listed.filter((each) => each.streams === 100)).toHaveLength(10);
  expect(looks).toBeLessThanOrEqual(apps.length * 20);
});
