// Commands of a connection run in order, also while one of them waits for a gate.
import { expect, test } from 'vitest';
import { CommandQueue } from '../../../plugins/rtmp/command-queue.ts';

function recorded() {
  const told: string[] = [];
  let resumed = (): void => {};
  const idle = new Promise<void>((resolve) => (resumed = resolve));
  const work = new CommandQueue({
    paused: () => void told.push('paused'),
    resumed: () => {
      told.push('resumed');
      resumed();
    },
    failed: (error) => void told.push(String(error)),
  });
  return { work, told, idle };
}

test('work that is added while other work takes time runs after it, in order', async () => {
  const { work, told, idle } = recorded();
  let allow = (): void => {};
  const gate = new Promise<void>((resolve) => (allow = resolve));
  work.add(() => void told.push('first'));
  work.add(async () => {
    await gate;
    told.push('publish');
  });
  work.add(() => void told.push('media'));
  work.add(async () => void told.push('play'));
  work.add(() => void told.push('last'));
  expect(told).toEqual(['first', 'paused']);
  expect(work.busy).toBe(true);
  allow();
  await idle;
  expect(told).toEqual(['first', 'paused', 'publish', 'media', 'play', 'paused', 'last', 'resumed']);
});

test('an error of work that had to wait is reported, and the queue is not left busy', async () => {
  const { work, told, idle } = recorded();
  work.add(() => Promise.reject(new Error('gate')));
  work.add(() => {
    throw new Error('command');
  });
  await idle;
  expect(told).toEqual(['paused', 'Error: gate', 'Error: command', 'resumed']);
  expect(work.busy).toBe(false);
});

test('work that waits when the connection ends never runs', async () => {
  const { work, told, idle } = recorded();
  work.add(async () => void told.push('publish'));
  work.add(() => void told.push('media'));
  work.clear();
  await idle;
  expect(told).toEqual(['publish', 'paused', 'resumed']);
});

test('a thousand commands at once run in order, a few in each turn of the event loop', async () => {
  const { work, told, idle } = recorded();
  const ran: number[] = [];
  for (let index = 0; index < 1000; index++) work.add(() => void ran.push(index));
  expect(ran.length).toBeLessThan(20);
  let turns = 0;
  let most = 0;
  for (let before = ran.length; ran.length < 1000; before = ran.length, turns++) {
    await new Promise(setImmediate);
    most = Math.max(most, ran.length - before);
  }
  await idle;
  expect(ran).toEqual(Array.from({ length: 1000 }, (_, index) => index));
  expect(turns).toBeGreaterThan(50);
  expect(most).toBeLessThan(20);
  expect(told.at(-1)).toBe('resumed');
});
