// A config of many applications is applied beside the media: a few instances in each turn of the event loop.
import { afterEach, expect, test, vi } from 'vitest';
import { pluginForTest, type TestConfig } from '../../../helpers/config.ts';
import { kernelForTest } from '../kernel-kit.ts';

const APPLICATIONS = 40;

afterEach(() => void vi.restoreAllMocks());

/** Notes the turn of the event loop in which an instance does something. */
function noteTurns() {
  let turn = 0;
  let timer: NodeJS.Immediate | undefined;
  const count = (): void => {
    turn++;
    timer = setImmediate(count);
  };
  const turns: Record<string, Set<number>> = {};
  return {
    turns,
    note: (what: string): void => void (turns[what] ??= new Set()).add(turn),
    run: async (work: () => Promise<unknown>): Promise<void> => {
      // Every look at the clock finds it a millisecond on.
      let now = performance.now();
      vi.spyOn(performance, 'now').mockImplementation(() => now++);
      timer = setImmediate(count);
      await work();
      clearImmediate(timer);
      vi.restoreAllMocks();
    },
  };
}

test('instances are declared, started and stopped in many turns', async () => {
  const { turns, note, run } = noteTurns();
  const plugin = pluginForTest('one', {
    app: (context) => {
      note('declare');
      context.onStart(() => note('start'));
      context.onStop(() => note('stop'));
    },
  });
  const apps = Object.fromEntries(Array.from({ length: APPLICATIONS }, (_, index) => [`app-${index}`, {}]));
  const test = kernelForTest();
  const many: TestConfig = { definitions: [plugin], apps };
  await run(() => test.apply(many));
  expect(test.kernel.generation.apps).toHaveLength(APPLICATIONS);
  await run(() => test.apply({ definitions: [plugin], apps: {} }));
  for (const what of ['declare', 'start', 'stop'])
    expect(turns[what]?.size).toBeGreaterThan(APPLICATIONS / 4);
});
