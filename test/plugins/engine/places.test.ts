// An engine that waits for its place among those of all workers.
import type { StreamView } from 'livego';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Engine, type EngineServices } from '../../../plugins/engine/engine.ts';
import { makeState } from '../../../plugins/engine/state.ts';

/** With media, so that it asks for a place at once. */
const STREAM = { app: 'live', displayKey: 'live/movie', tracks: {}, headers: [], gopFigures: { packets: 1 } };

function engineWith(takePlace: () => Promise<(() => void) | undefined>) {
  const state = makeState();
  const failures: string[] = [];
  const services = {
    context: { now: () => 0, everywhere: { takePlace }, log: {} },
    options: { profile: 'command', command: ['true'], maxPrograms: 1 },
    program: { path: 'true', extraArguments: [] },
    failures: { warn: (_facts: object, message: string) => void failures.push(message) },
    state,
  };
  const engine = new Engine(STREAM as unknown as StreamView, services as unknown as EngineServices);
  return { engine, state, failures };
}

test('an engine that is stopped while it waits starts nothing, fails nothing, and gives its place back', async () => {
  for (const given of [true, false]) {
    let free = 0;
    let answer = (_place?: () => void): void => {};
    const { engine, state, failures } = engineWith(() => new Promise((resolve) => (answer = resolve)));
    const stopped = engine.stop();
    answer(given ? () => void free++ : undefined);
    await stopped;
    expect(free).toBe(given ? 1 : 0);
    expect(failures).toEqual([]);
    expect(state.counters).toMatchObject({ starts: 0, failures: 0 });
    expect(state.engines.size).toBe(0);
  }
});

test('an engine that is not told whether there is a place asks again later', async () => {
  const { engine, failures } = engineWith(() => Promise.reject(new Error('too many questions')));
  onTestFinished(() => engine.stop());
  await vi.waitUntil(() => engine.status.state === 'resting');
  expect(failures).toEqual([
    expect.stringContaining('the engine of live/movie has failed: too many questions; it starts again in'),
  ]);
});
