// An engine that is stopped, or refused, while it asks all workers for the place of a program.
import { LimitedLog, type StreamView } from 'livego';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Engine, type EngineServices } from '../../../plugins/engine/engine.ts';
import { makeState } from '../../../plugins/engine/state.ts';
import { memoryLog } from '../../helpers/memory-log.ts';

function start() {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { log, messages } = memoryLog();
  let resolve: (place: (() => void) | undefined) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const place = new Promise<(() => void) | undefined>((...settle) => ([resolve, reject] = settle));
  const services = {
    options: { profile: 'command', command: ['false'], maxPrograms: 1 },
    program: { path: 'false', version: undefined, extraArguments: [], user: undefined },
    state: makeState(),
    failures: new LimitedLog(log, () => 0, 60),
    context: { peerLog: log, now: () => 0, everywhere: { takePlace: () => place } },
  } as unknown as EngineServices;
  const stream = {
    app: 'live',
    name: 'movie',
    displayKey: 'live/movie',
    gopFigures: { packets: 1 },
    tracks: {},
    headers: [],
  } as unknown as StreamView;
  const engine = new Engine(stream, services);
  return {
    engine,
    asked: { resolve, reject },
    warnings: () => messages('warn'),
    counters: services.state.counters,
    engines: services.state.engines,
  };
}

test('one that is stopped before it is told that there is none does not start again', async () => {
  const { engine, asked, warnings, engines } = start();
  const stopped = engine.stop();
  asked.resolve(undefined);
  await stopped;
  expect([vi.getTimerCount(), warnings(), engines.size]).toEqual([0, [], 0]);
});

test('one that is stopped before it gets one gives it back', async () => {
  const { engine, asked } = start();
  const giveBack = vi.fn();
  const stopped = engine.stop();
  asked.resolve(giveBack);
  await stopped;
  expect([giveBack.mock.calls.length, vi.getTimerCount()]).toEqual([1, 0]);
});

test('one whose question is not answered asks again later', async () => {
  const { engine, asked, warnings, counters } = start();
  asked.reject(new Error('50000 questions wait for an answer already'));
  await vi.advanceTimersByTimeAsync(0);
  const reason = 'no place for a program: 50000 questions wait for an answer already; it asks again';
  expect(warnings()).toEqual([expect.stringContaining(reason)]);
  expect(engine.status.lastError).toContain('50000 questions');
  expect(counters).toMatchObject({ starts: 0, restarts: 0, failures: 0 });
  expect(vi.getTimerCount()).toBe(1);
  await engine.stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('one that waits for a place has not failed, and has not been restarted', async () => {
  const { engine, asked, warnings, counters } = start();
  asked.resolve(undefined);
  await vi.advanceTimersByTimeAsync(3000);
  const reason =
    'the engine of live/movie waits: 1 programs run already (engine.maxPrograms); it asks again in';
  expect(warnings().length).toBeGreaterThan(1);
  expect(warnings().every((each) => each.startsWith(reason))).toBe(true);
  expect(engine.status).toMatchObject({ state: 'resting', restarts: 0 });
  expect(counters).toMatchObject({ starts: 0, restarts: 0, failures: 0 });
  await engine.stop();
});
