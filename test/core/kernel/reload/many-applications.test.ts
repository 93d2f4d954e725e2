// A config of many applications is applied beside the media: a few instances in each turn of the event loop, and what is the
// same as before is left alone.
import { expect, test } from 'vitest';
import { pluginForTest, type TestConfig } from '../../../helpers/config.ts';
import { kernelForTest } from '../kernel-kit.ts';
import { inManyTurns, TurnCounter } from './slow-clock.ts';

const APPLICATIONS = 40;

/** Notes the turn of the event loop in which an instance does something. */
function noteTurns() {
  const turns: Record<string, number[]> = {};
  let counter: TurnCounter;
  const plugin = pluginForTest('one', {
    app: (context) => {
      const note = (what: string): void => void (turns[what] ??= []).push(counter.turn);
      note('declare');
      context.onStart(() => note('start'));
      context.onActivate(() => note('activate'));
      context.onStop(() => note('stop'));
    },
  });
  return {
    plugin,
    turns,
    run: async (work: () => Promise<unknown>): Promise<void> => {
      counter = new TurnCounter();
      await inManyTurns(work);
      counter.stop();
    },
  };
}

type Apps = NonNullable<TestConfig['apps']>;

function appsWith(entry: (index: number) => Apps[string]): Apps {
  return Object.fromEntries(
    Array.from({ length: APPLICATIONS }, (_, index) => [`app-${index}`, entry(index)]),
  );
}

test('instances are declared, started and stopped in many turns, and become current in one', async () => {
  const { turns, plugin, run } = noteTurns();
  const test = kernelForTest();
  await run(() => test.apply({ definitions: [plugin], apps: appsWith(() => ({})) }));
  expect(test.kernel.generation.apps.all).toHaveLength(APPLICATIONS);
  await run(() => test.apply({ definitions: [plugin], apps: {} }));
  for (const what of ['declare', 'start', 'stop'])
    expect(new Set(turns[what]).size).toBeGreaterThan(APPLICATIONS / 4);
  expect(turns['activate']).toHaveLength(APPLICATIONS);
  expect(new Set(turns['activate']).size).toBe(1);
});

test('the changes of many applications are looked for in many turns, before all of them are made in one', async () => {
  const { turns, plugin, run } = noteTurns();
  const test = kernelForTest();
  const config = (value: number): TestConfig => ({
    definitions: [plugin],
    apps: appsWith(() => ({ plugins: { one: { value } }, options: { gop_num: value } })),
  });
  await test.apply({ definitions: [plugin], apps: {} });
  await run(() => test.apply(config(1)));
  turns['start'] = [];
  turns['activate'] = [];
  await run(() => test.apply(config(2)));
  expect(new Set(turns['activate']).size).toBe(1);
  const [activate = 0] = turns['activate'];
  // Options of each application, options of each instance, sessions of each application.
  expect(activate - (turns['start'].at(-1) ?? 0)).toBeGreaterThan(3 * APPLICATIONS * 0.75);
});

test('a change in one application leaves the instances of all others alone', async () => {
  const { turns, plugin, run } = noteTurns();
  const test = kernelForTest();
  const config = (value: number): TestConfig => ({
    definitions: [plugin],
    apps: appsWith((index) => ({ plugins: { one: { value: index === 7 ? value : 0 } } })),
  });
  await run(() => test.apply(config(1)));
  const before = test.kernel.generation.scopes;
  for (const each of Object.values(turns)) each.length = 0;
  await run(() => test.apply(config(2)));
  expect(Object.values(turns).map(({ length }) => length)).toEqual([1, 1, 1, 1]);
  const after = test.kernel.generation.scopes;
  expect(after.filter((scope) => before.includes(scope))).toHaveLength(APPLICATIONS - 1);
});
