// The directory of streams: names of all workers, and the workers that want to know of them.
import { expect, test } from 'vitest';
import { Directory } from '../../../core/workers/supervisor/directory.ts';
import { Turns } from '../../../core/workers/supervisor/turns.ts';
import type { NameRequest } from '../../../core/workers/messages.ts';

const REQUEST: NameRequest = {
  key: 'live/movie',
  app: 'live',
  duplicate: 'replace',
  remote: '192.0.2.1:5000',
  maxStreams: 0,
  maxStreamsPerApplication: 0,
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Test {
  readonly directory: Directory;
  readonly told: string[];
}

function directoryForTest(giveUp: () => Promise<'given' | 'taken'> = () => Promise.resolve('given')): Test {
  const told: string[] = [];
  const directory = new Directory({
    giveUp: (worker) => {
      told.push(`${worker} gives up`);
      return giveUp();
    },
    tellHome: (worker, _, home) => void told.push(`${worker}: home is ${home ?? 'nowhere'}`),
    askPlugins: (worker) => void told.push(`${worker} asks plugins`),
  });
  return { directory, told };
}

test('one worker at a time asks its plugins for a stream, and the next one when it has no viewer any more', () => {
  const { directory, told } = directoryForTest();
  expect(directory.find(1, 'live/movie')).toBe('here');
  expect(directory.find(2, 'live/movie')).toBe('waiting');
  expect(directory.find(3, 'live/movie')).toBe('waiting');
  directory.forget(1, 'live/movie');
  expect(told).toEqual(['2 asks plugins']);
  directory.lost(2);
  expect(told).toEqual(['2 asks plugins', '3 asks plugins']);
});

test('workers that want a stream are told where it is, and when it has ended', async () => {
  const { directory, told } = directoryForTest();
  directory.find(2, 'live/movie');
  directory.find(3, 'live/movie');
  const claim = await directory.claim(1, REQUEST);
  expect(told).toEqual(['2: home is 1', '3: home is 1']);
  if (typeof claim === 'string') throw new Error(claim);
  directory.release('live/movie', claim.ticket);
  expect(told.slice(2)).toEqual(['2: home is nowhere', '3: home is nowhere']);
  expect(directory.locate('live/movie')).toBeUndefined();
});

test('a late release does not free the name of a newer stream', async () => {
  const { directory } = directoryForTest();
  const first = await directory.claim(1, REQUEST);
  await directory.claim(2, REQUEST);
  if (typeof first === 'string') throw new Error(first);
  directory.release('live/movie', first.ticket);
  expect(directory.locate('live/movie')).toBe(2);
});

test('a name stays with a publisher that its worker keeps', async () => {
  const { directory } = directoryForTest(() => Promise.resolve('taken'));
  await directory.claim(1, REQUEST);
  expect(await directory.claim(2, { ...REQUEST, duplicate: 'reject' })).toBe('taken');
  expect(directory.locate('live/movie')).toBe(1);
});

test('a worker that is lost while it claims gets nothing, and the next one does', async () => {
  let answer: (given: 'given') => void = () => {};
  const { directory } = directoryForTest(() => new Promise((resolve) => (answer = resolve)));
  await directory.claim(1, REQUEST);
  const lost = directory.claim(2, REQUEST);
  const next = directory.claim(3, REQUEST);
  await turn();
  directory.lost(2);
  answer('given');
  expect(await lost).toBe('closing');
  await turn();
  answer('given');
  expect(await next).toMatchObject({ ticket: expect.any(Number) });
  expect(directory.locate('live/movie')).toBe(3);
});

test('a name that was given up for a worker that is lost meanwhile is free', async () => {
  let answer: (given: 'given') => void = () => {};
  const { directory, told } = directoryForTest(() => new Promise((resolve) => (answer = resolve)));
  directory.find(3, 'live/movie');
  await directory.claim(1, REQUEST);
  const lost = directory.claim(2, REQUEST);
  await turn();
  directory.lost(2);
  answer('given');
  expect(await lost).toBe('closing');
  expect(directory.locate('live/movie')).toBeUndefined();
  expect(told).toEqual(['3: home is 1', '1 gives up', '3: home is nowhere']);
});

test('each claim of a name has a higher first number than the one before', async () => {
  const { directory } = directoryForTest();
  const numbers: number[] = [];
  for (const worker of [1, 2, 1]) {
    const claim = await directory.claim(worker, REQUEST);
    if (typeof claim === 'string') throw new Error(claim);
    numbers.push(claim.firstSequence);
  }
  expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other));
});

test('a turn goes to one worker, and on to the next when that one passes it or ends', () => {
  const told: number[] = [];
  const turns = new Turns((worker) => void told.push(worker));
  for (const worker of [2, 1, 3]) turns.take(worker, 'relay live/loop');
  expect(told).toEqual([2]);
  turns.pass(1, 'relay live/loop');
  expect(told).toEqual([2]);
  turns.lost(2);
  expect(told).toEqual([2, 3]);
});
