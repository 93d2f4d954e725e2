// The processes of workers, with processes that are none.
import { EventEmitter, once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WorkerProcesses } from '../../../cli/serve/worker-processes.ts';
import type { FirstMessage } from '../../../cli/serve/worker-messages.ts';

const PLACE = { worker: 1, run: 1, socketPath: '/none', secret: '', generation: 1 };
const EVENTS = { message: () => {}, ended: () => {} };

class FakeProcess extends EventEmitter {
  readonly connected = true;
  readonly sent: FirstMessage[] = [];
  readonly send = (message: FirstMessage): void => void this.sent.push(message);
  readonly ref = (): void => {};
  readonly unref = (): void => {};
  readonly kill = (): void => void this.emit('exit', null, 'SIGKILL');
}

/** As Node's for a process without a channel. */
function channelless(code: string): EventEmitter {
  const child = new EventEmitter();
  process.nextTick(() => child.emit('error', new Error(`spawn ${code}`)));
  return Object.assign(child, { ref: () => {}, unref: () => {}, kill: () => false });
}

type Start = () => EventEmitter;

/** Each process is started by the next of `starts`; behind them by the last. */
function processes(...starts: readonly [Start, ...Start[]]) {
  const started: EventEmitter[] = [];
  const lines: string[] = [];
  let calls = 0;
  const start = (): ChildProcess => {
    const child = starts[Math.min(calls++, starts.length - 1)]!();
    started.push(child);
    return child as ChildProcess;
  };
  const workers = new WorkerProcesses({
    command: ['livego'],
    log: { error: (...given: unknown[]) => void lines.push(String(given[1])) },
    start,
  });
  return { workers, started, lines, calls: () => calls };
}

const FAULTS: readonly (readonly [code: string, start: Start])[] = [
  ['EMFILE', () => channelless('EMFILE')],
  [
    'ENOMEM',
    () => {
      throw new Error('spawn ENOMEM');
    },
  ],
];

test.each(FAULTS)(
  'where the system starts no process (%s), one is made ready later, and that is told once',
  async (_code, fail) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { workers, started, lines, calls } = processes(fail, fail, fail, () => new FakeProcess());
    workers.prepare(2);
    for (const times of [2, 3, 4]) {
      await vi.advanceTimersByTimeAsync(5000);
      expect(calls()).toBe(times);
    }
    expect(started.at(-1)).toBeInstanceOf(FakeProcess);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls()).toBe(4);
    expect(lines).toEqual(['a process for a worker cannot be started; it is tried again']);
  },
);

test.each(FAULTS)('a worker that cannot be started (%s) has ended', async (code, fail) => {
  const { workers } = processes(fail);
  const how = await new Promise((resolve) => {
    const worker = workers.spawn(PLACE, { ...EVENTS, ended: resolve });
    worker.kill();
  });
  expect(how).toBe(`spawn ${code}`);
});

test.each(FAULTS)(
  'without a process (%s) a config is not loaded, and the next one is',
  async (_code, fail) => {
    const child = new FakeProcess();
    const { workers } = processes(fail, () => child);
    await expect(workers.load('{}')).rejects.toThrow('cannot be started');
    const next = workers.load('{}');
    await vi.waitUntil(() => child.sent.length > 0);
    child.emit('message', { ok: true });
    expect(await next).toEqual({ ok: true });
  },
);

test('each of two configs that are loaded at once gets its own answer', async () => {
  const child = new FakeProcess();
  const { workers } = processes(() => child);
  const asked = new EventEmitter();
  const send = (message: FirstMessage): void => void asked.emit('load', message);
  Object.assign(child, { send });
  const first = once(asked, 'load');
  const loads = [workers.load('one'), workers.load('two')];
  for (const [question] of [await first]) {
    const second = once(asked, 'load');
    child.emit('message', { ok: true, of: question.text });
    const [next] = await second;
    child.emit('message', { ok: true, of: next.text });
  }
  expect(await Promise.all(loads)).toEqual([
    { ok: true, of: 'one' },
    { ok: true, of: 'two' },
  ]);
});
