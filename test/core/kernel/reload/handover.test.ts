import { describe, expect, test } from 'vitest';
import { handoverKey, type Handover } from '../../../../core/plugin/handover.ts';
import type { PluginDefinition, ServerContext } from '../../../../core/plugin/plugin.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import { kernelForTest } from '../kernel-kit.ts';
import { lifePlugin } from '../plugin-kit.ts';

const ENGINES = handoverKey<string[]>('engines');

/** A plugin whose option `version` says what its instance declares. */
function versions(declare: Readonly<Record<string, (context: ServerContext) => void>>): PluginDefinition {
  return pluginForTest('one', { server: (context, { version }) => declare[String(version)]?.(context) });
}

async function replace(plugin: PluginDefinition) {
  const test = kernelForTest();
  await test.apply({ definitions: [plugin], plugins: { one: { version: 'old' } } });
  const report = await test.apply({ definitions: [plugin], plugins: { one: { version: 'new' } } });
  return { test, report };
}

function keep(note: string[], who: string, take: (state: string[]) => void): Handover<string[]> {
  return {
    give: () => {
      note.push(`${who} gives`);
      return { state: ['ffmpeg'], dispose: () => void note.push(`${who}’s state is disposed of`) };
    },
    take: (state) => {
      note.push(`${who} takes ${state.join()}`);
      take(state);
    },
  };
}

describe('a handover', () => {
  test('of an instance without a predecessor takes nothing', async () => {
    const life: string[] = [];
    const test = kernelForTest();
    await test.apply({ definitions: [lifePlugin('one', life)] });
    expect(life).toEqual(['one 1: declare', 'one 1: start', 'one 1: activate']);
  });

  test('passes the state on between the successor’s start and its activation, and the predecessor leaves it alone', async () => {
    const noted: string[] = [];
    const engines = new Set<string>();
    const { report } = await replace(
      versions({
        old: (context) => {
          let mine = ['ffmpeg'];
          engines.add('ffmpeg');
          context.handover(ENGINES, {
            give: () => {
              const state = mine;
              mine = [];
              return { state, dispose: () => noted.push('disposed') };
            },
            take: () => {},
          });
          context.onStop(() => mine.forEach((engine) => engines.delete(engine)));
        },
        new: (context) => {
          context.onStart(() => void noted.push('start'));
          context.onActivate(() => void noted.push('activate'));
          context.handover(
            ENGINES,
            keep(noted, 'new', () => {}),
          );
        },
      }),
    );
    expect(report.outcome).toBe('applied');
    expect(noted).toEqual(['start', 'new takes ffmpeg', 'activate']);
    expect([...engines]).toEqual(['ffmpeg']);
  });

  test('whose state cannot be taken has it disposed of, once, before the predecessor stops', async () => {
    const noted: string[] = [];
    const { test, report } = await replace(
      versions({
        old: (context) => {
          context.handover(
            ENGINES,
            keep(noted, 'old', () => {}),
          );
          context.onStop((cause) => void noted.push(`old stops: ${cause}`));
        },
        new: (context) => {
          context.handover(
            ENGINES,
            keep(noted, 'new', () => {
              throw new Error('unreadable');
            }),
          );
          context.onActivate(() => void noted.push('new is current'));
        },
      }),
    );
    expect(report.outcome).toBe('applied');
    expect(noted).toEqual([
      'old gives',
      'new takes ffmpeg',
      'old’s state is disposed of',
      'new is current',
      'old stops: replaced',
    ]);
    expect(test.log.messages('error')).toEqual([
      'one could not take over from its predecessor and starts without its state',
    ]);
    expect(test.log.lines.find(({ level }) => level === 'error')).toMatchObject({ handover: 'engines' });
  });

  test('that cannot give is logged; its successor takes nothing, and there is nothing to dispose of', async () => {
    const noted: string[] = [];
    const { test } = await replace(
      versions({
        old: (context) =>
          context.handover(ENGINES, {
            give: () => {
              throw new Error('lost');
            },
            take: () => {},
          }),
        new: (context) => {
          context.handover(
            ENGINES,
            keep(noted, 'new', () => {}),
          );
          context.onActivate(() => void noted.push('new is current'));
        },
      }),
    );
    expect(noted).toEqual(['new is current']);
    expect(test.log.messages('error')).toEqual([
      'one could not take over from its predecessor and starts without its state',
    ]);
  });

  test.each([
    ['does not know', () => {}],
    [
      'has under another name only',
      (context: ServerContext) =>
        context.handover(
          handoverKey<string[]>('other'),
          keep([], 'new', () => {}),
        ),
    ],
  ])(
    'whose key the successor %s is not given: the predecessor keeps the state and releases it',
    async (_, declare) => {
      const noted: string[] = [];
      const { test, report } = await replace(
        versions({
          old: (context) => {
            context.handover(
              ENGINES,
              keep(noted, 'old', () => {}),
            );
            context.onStop((cause) => void noted.push(`old stops: ${cause}`));
          },
          new: declare,
        }),
      );
      expect(report.outcome).toBe('applied');
      expect(noted).toEqual(['old stops: replaced']);
      expect(test.log.messages('error')).toEqual([]);
    },
  );

  test('of several keys goes on after one that fails', async () => {
    const noted: string[] = [];
    const [first, second] = [handoverKey<string[]>('first'), handoverKey<string[]>('second')];
    await replace(
      versions({
        old: (context) => {
          context.handover(
            first,
            keep(noted, 'old first', () => {}),
          );
          context.handover(
            second,
            keep(noted, 'old second', () => {}),
          );
        },
        new: (context) => {
          context.handover(
            first,
            keep(noted, 'new first', () => {
              throw new Error('unreadable');
            }),
          );
          context.handover(
            second,
            keep(noted, 'new second', () => {}),
          );
        },
      }),
    );
    expect(noted).toEqual([
      'old first gives',
      'new first takes ffmpeg',
      'old first’s state is disposed of',
      'old second gives',
      'new second takes ffmpeg',
    ]);
  });

  test('is between instances of one place: those of an application never take another’s', async () => {
    const noted: string[] = [];
    const plugin = pluginForTest('one', {
      app: (context) =>
        context.handover(handoverKey<string>('place'), {
          give: () => ({ state: context.servername, dispose: () => {} }),
          take: (state) => void noted.push(`${context.servername} takes ${state}’s`),
        }),
    });
    const test = kernelForTest();
    await test.apply({
      definitions: [plugin],
      plugins: { one: { version: 1 } },
      apps: { live: {}, event: {} },
    });
    await test.apply({
      definitions: [plugin],
      plugins: { one: { version: 2 } },
      apps: { live: {}, other: {}, event: {} },
    });
    expect(noted).toEqual(['live takes live’s', 'event takes event’s']);
  });
});

test('a config that is rejected hands nothing over', async () => {
  const life: string[] = [];
  const test = kernelForTest();
  const definitions = [lifePlugin('one', life), lifePlugin('two', life)];
  await test.apply({ definitions, plugins: { one: { value: 'a' }, two: { value: 'a' } } });
  life.length = 0;
  await test.reload({ definitions, plugins: { one: { value: 'b' }, two: { value: 'b', fail: true } } });
  expect(life.filter((line) => /give|take|activate|dispose/.test(line))).toEqual([]);
});

test('a handover that is declared twice rejects the config', async () => {
  const key = handoverKey<number>('count');
  const handover = { give: () => ({ state: 1, dispose: () => {} }), take: () => {} };
  const plugin = pluginForTest('one', {
    server: (context) => {
      context.handover(key, handover);
      context.handover(handoverKey<number>('count'), handover);
    },
  });
  const report = await kernelForTest().reload({ definitions: [plugin] });
  expect(report).toMatchObject({
    outcome: 'rejected',
    error: 'plugin one declares the handover "count" twice',
  });
});
