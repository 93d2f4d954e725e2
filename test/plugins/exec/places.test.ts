// Places of commands that run and of those that wait: each is given back as soon as it is free.
import { expect, test, vi } from 'vitest';
import { CommandRunner } from '../../../plugins/exec/command-runner.ts';

test('a command that has waited leaves its place in the queue when it starts', async () => {
  const taken = new Map<string, number>();
  const queue: (() => void)[] = [];
  const log: string[] = [];
  const take = (name: string): (() => void) => {
    taken.set(name, (taken.get(name) ?? 0) + 1);
    return () => void taken.set(name, taken.get(name)! - 1);
  };
  const everywhere = {
    takePlace: (name: string, most: number) =>
      Promise.resolve((taken.get(name) ?? 0) < most ? take(name) : undefined),
    // Its turn comes when the test says so.
    awaitPlace: (name: string) => new Promise((resolve) => queue.push(() => resolve(take(`${name} later`)))),
  };
  const context = {
    log: { warn: (_: object, line: string) => void log.push(line) },
    now: () => 0,
    servername: 'live',
    everywhere,
  };
  const counters = { started: 0, failed: 0, dropped: 0 };
  const options = { maxRunning: 1, maxWaiting: 1, timeoutSeconds: 60 };
  const runner = new CommandRunner(options as never, context as never, counters, new Map());
  const hold = ['sh', '-c', 'exit 0'];
  // The only place is taken all the time.
  take('exec.running live');
  runner.run('push', [hold], {});
  await vi.waitUntil(() => queue.length === 1);
  runner.run('push', [hold], {});
  await vi.waitUntil(() => counters.dropped === 1);
  queue.shift()!();
  await vi.waitUntil(() => counters.started === 1);
  expect(taken.get('exec.waiting live')).toBe(0);
  runner.run('push', [hold], {});
  await vi.waitUntil(() => queue.length === 1);
  queue.shift()!();
  await runner.settled();
  expect([counters, taken.get('exec.running live later')]).toEqual([
    { started: 2, failed: 0, dropped: 1 },
    0,
  ]);
});

test('new options ask for a place only where a command may wait', async () => {
  const asked: string[] = [];
  const answers: ((free: (() => void) | undefined) => void)[] = [];
  const everywhere = {
    takePlace: (name: string) => {
      asked.push(name);
      return new Promise((resolve) => answers.push(resolve));
    },
  };
  const waiting = new Map<string, number>();
  const runnerOf = (servername: string) =>
    new CommandRunner(
      { maxRunning: 1, maxWaiting: 1, timeoutSeconds: 60 } as never,
      { log: { warn: () => {} }, now: () => 0, servername, everywhere } as never,
      { started: 0, failed: 0, dropped: 0 },
      waiting,
    );
  for (let index = 0; index < 100; index++) runnerOf(`app${index}`).proceed();
  expect(asked).toEqual([]);
  const earlier = runnerOf('live');
  earlier.run('push', ['true'], {});
  await vi.waitUntil(() => asked.length === 1);
  for (const servername of ['live', 'other']) runnerOf(servername).proceed();
  expect(asked).toEqual(['exec.running live', 'exec.running live']);
  answers.shift()!(() => {});
  answers.shift()!(undefined);
  await earlier.settled();
  runnerOf('live').proceed();
  expect([asked.length, waiting.size]).toEqual([2, 0]);
});
