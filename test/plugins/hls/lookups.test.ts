// How often workers are asked for streams that nobody publishes: clients may invent names.
import type { ServerContext } from 'livego';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { LeftStreams, type LeftStream } from '../../../plugins/hls/elsewhere/left-streams.ts';
import type { Snapshot } from '../../../plugins/hls/elsewhere/snapshot.ts';

const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type Answer = readonly (LeftStream | undefined)[];

function left(nextSequence: number, numbers: readonly number[] = []): LeftStream {
  const snapshot = { window: { nextSequence } } as unknown as Snapshot;
  return { home: 2, snapshot, leftForMs: 0, numbers };
}

/** Worker 1 of a server. The questions to the others are answered by hand, or at once. */
function lookUps(others: readonly number[], at?: (worker: number, key: string) => LeftStream | undefined) {
  const asked: { readonly worker: number; readonly keys: readonly string[]; answer(all: Answer): void }[] =
    [];
  let now = 0;
  const context = {
    everywhere: { worker: 1, others },
    now: () => now,
    question: () => ({
      ask: (worker: number, keys: readonly string[]) =>
        new Promise<Answer>((resolve) => {
          asked.push({ worker, keys, answer: resolve });
          if (at) resolve(keys.map((key) => at(worker, key)));
        }),
    }),
  } as unknown as ServerContext;
  return { streams: new LeftStreams(context, () => undefined), asked, pass: (ms: number) => (now += ms) };
}

const invented = (count: number): string[] => Array.from({ length: count }, (_, index) => `live/${index}`);

test('names that are asked for at the same time share one question to each worker', async () => {
  const { streams, asked } = lookUps([2, 3]);
  const found = invented(50).map((key) => streams.find(key));
  // The first name has a question of its own, and the others wait for its answers.
  expect(asked.map(({ worker, keys }) => [worker, keys.length])).toEqual([
    [2, 1],
    [3, 1],
  ]);
  for (const { answer } of asked.splice(0)) answer([]);
  await turns();
  expect(asked.map(({ worker, keys }) => [worker, keys.length])).toEqual([
    [2, 49],
    [3, 49],
  ]);
  for (const { answer } of asked) answer([]);
  expect(await Promise.all(found)).toEqual(found.map(() => undefined));
});

test('names beyond a hundred at the same time cost nothing', async () => {
  const { streams, asked } = lookUps([2]);
  for (const key of invented(1000)) void streams.find(key);
  asked.shift()!.answer([]);
  await turns();
  expect(asked.map(({ keys }) => keys.length)).toEqual([99]);
});

test('a name that is left nowhere is asked for once a second', async () => {
  const { streams, asked, pass } = lookUps([2], () => undefined);
  for (let each = 0; each < 10; each++) await streams.find('live/movie');
  expect(asked).toHaveLength(1);
  pass(999);
  expect(streams.mayHave('live/movie')).toBe(false);
  pass(1);
  await streams.find('live/movie');
  expect(asked).toHaveLength(2);
});

test('the newest of several answers counts, with the segments of all', async () => {
  const answers = new Map([
    [2, left(8, [5, 6])],
    [3, left(9, [7, 8])],
  ]);
  const { streams } = lookUps([2, 3, 4], (worker) => answers.get(worker));
  const found = await streams.find('live/movie');
  expect(found?.snapshot.window?.nextSequence).toBe(9);
  const holders = [
    [5, 2],
    [6, 2],
    [7, 3],
    [8, 3],
  ] as const;
  expect(found?.holders).toEqual(new Map(holders));
});

test('a worker that does not answer in a second holds up nobody', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { streams, asked } = lookUps([2, 3]);
  const found = streams.find('live/movie');
  asked.find(({ worker }) => worker === 3)!.answer([left(4)]);
  await vi.advanceTimersByTimeAsync(1000);
  expect((await found)?.snapshot.window?.nextSequence).toBe(4);
});

test('a server of one worker asks nobody', async () => {
  const { streams, asked } = lookUps([]);
  expect([await streams.find('live/movie'), asked.length]).toEqual([undefined, 0]);
});

describe('shortly after a worker has ended', () => {
  /** Worker 3 has ended, and worker 2 notices it after a look. */
  function ending(answer: (count: number) => LeftStream | undefined) {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const others = [2, 3];
    let count = 0;
    const test = lookUps(others, () => answer(++count));
    test.streams.sweep();
    others.pop();
    return test;
  }

  test('a name is looked for again at once, since others may notice it later', async () => {
    const { streams, asked } = ending((count) => (count === 2 ? left(4) : undefined));
    const found = streams.find('live/movie');
    await vi.advanceTimersByTimeAsync(250);
    expect((await found)?.snapshot.window?.nextSequence).toBe(4);
    expect(asked).toHaveLength(2);
  });

  test('one that is left nowhere is looked for three times, and by the next request as well', async () => {
    const { streams, asked, pass } = ending(() => undefined);
    const found = streams.find('live/movie');
    await vi.advanceTimersByTimeAsync(500);
    expect([await found, asked.length, streams.mayHave('live/movie')]).toEqual([undefined, 3, true]);
    pass(3000);
    await streams.find('live/movie');
    expect([asked.length, streams.mayHave('live/movie')]).toEqual([4, false]);
  });
});
