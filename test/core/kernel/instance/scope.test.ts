import { describe, expect, test } from 'vitest';
import type { Route } from '../../../../core/http/router.ts';
import { handoverKey } from '../../../../core/plugin/handover.ts';
import { HOOK_NAMES } from '../../../../core/plugin/hooks.ts';
import type { ServerContext, StopCause } from '../../../../core/plugin/plugin.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import { contextOf, kernelForTest } from '../kernel-kit.ts';
import { lifePlugin } from '../plugin-kit.ts';

const ROUTE: Route = { methods: ['GET'], path: '/', handler: () => {} };

describe('once a plugin is declared', () => {
  test.each(HOOK_NAMES)('it can no longer tap %s', async (hook) => {
    const { context } = await contextOf();
    expect(() => context.hooks[hook].tap(() => undefined)).toThrow(
      `one: hooks.${hook}.tap may only be called while the plugin is declared, not later`,
    );
  });

  test.each<readonly [string, (context: ServerContext) => void]>([
    ['listen', (context) => context.listen({ port: 0 }, () => {})],
    ['serve', (context) => context.serve({ port: 0 }, [ROUTE])],
    ['metric', (context) => context.metric({ name: 'one_things', type: 'gauge', help: 'Things.' })],
    ['command', (context) => context.command({ name: 'x', description: 'x', input: {}, run: () => {} })],
    ['everySecond', (context) => context.everySecond(() => {})],
    ['onStart', (context) => context.onStart(() => {})],
    ['onActivate', (context) => context.onActivate(() => {})],
    ['onStop', (context) => context.onStop(() => {})],
    [
      'handover',
      (context) =>
        context.handover(handoverKey('x'), { give: () => ({ state: 1, dispose: () => {} }), take: () => {} }),
    ],
  ])('it can no longer call %s', async (name, call) => {
    const { context } = await contextOf();
    expect(() => call(context)).toThrow(
      `one: ${name} may only be called while the plugin is declared, not later`,
    );
  });

  test('nor in onStart, where the config is rejected for it', async () => {
    const plugin = pluginForTest('one', {
      server: (context) => context.onStart(() => context.hooks.stat.tap(() => {})),
    });
    const report = await kernelForTest().reload({ definitions: [plugin] });
    expect(report).toMatchObject({ outcome: 'rejected', generation: 0 });
    expect(report.error).toContain('hooks.stat.tap');
  });
});

describe('an instance is stopped with its cause', () => {
  /** Notes the causes of the plugin "one"; the plugin "two" can make a start fail. */
  function noting(): { causes: string[]; definitions: ReturnType<typeof pluginForTest>[] } {
    const causes: string[] = [];
    const note = (who: string) => (cause: StopCause) => void causes.push(`${who}: ${cause}`);
    const one = pluginForTest('one', {
      server: (context, { value }) => context.onStop(note(`server ${String(value)}`)),
      app: (context, { value }) => context.onStop(note(`${context.servername} ${String(value)}`)),
    });
    return { causes, definitions: [one, lifePlugin('two', [])] };
  }

  test('replaced, when a successor with other options has taken over', async () => {
    const { causes, definitions } = noting();
    const test = kernelForTest();
    await test.apply({ definitions, plugins: { one: { value: 'a' } } });
    await test.apply({ definitions, plugins: { one: { value: 'b' } } });
    expect(causes).toEqual(['live a: replaced', 'server a: replaced']);
  });

  test('removed, when it is switched off, or its application is removed', async () => {
    const { causes, definitions } = noting();
    const test = kernelForTest();
    await test.apply({ definitions, plugins: { one: { value: 'a' } }, apps: { live: {}, event: {} } });
    await test.apply({ definitions, plugins: { one: { value: 'a' } }, apps: { live: {} } });
    expect(causes).toEqual(['event a: removed']);
    causes.length = 0;
    await test.apply({ definitions, plugins: { one: false } });
    expect(causes).toEqual(['live a: removed', 'server a: removed']);
  });

  test('replaced and removed in one reload, each by its own fate', async () => {
    const { causes, definitions } = noting();
    const test = kernelForTest();
    await test.apply({ definitions, plugins: { one: { value: 'a' } }, apps: { live: {}, event: {} } });
    await test.apply({ definitions, plugins: { one: { value: 'b' } }, apps: { live: {} } });
    expect(causes).toEqual(['event a: removed', 'live a: replaced', 'server a: replaced']);
  });

  test('rejected, when its config was rejected; the current instance is not stopped', async () => {
    const { causes, definitions } = noting();
    const test = kernelForTest();
    await test.apply({ definitions, plugins: { one: { value: 'a' }, two: { value: 1 } } });
    await test.reload({ definitions, plugins: { one: { value: 'b' }, two: { value: 2, fail: true } } });
    expect(causes).toEqual(['live b: rejected', 'server b: rejected']);
  });

  test('shutdown, when the server stops', async () => {
    const { causes, definitions } = noting();
    const test = kernelForTest();
    await test.apply({ definitions, plugins: { one: { value: 'a' } } });
    await test.kernel.stop('over');
    expect(causes).toEqual(['live a: shutdown', 'server a: shutdown']);
  });
});

test('clean-ups run in reverse, each once, and a failing one does not keep the rest from running', async () => {
  const stopped: string[] = [];
  const { test } = await contextOf((context) => {
    context.onStop(() => void stopped.push('first'));
    context.onStop(() => {
      stopped.push('second');
      throw new Error('stuck');
    });
    context.onStop(async () => void stopped.push('third'));
  });
  await test.kernel.stop('over');
  await test.kernel.stop('over');
  expect(stopped).toEqual(['third', 'second', 'first']);
  expect(test.log.messages('error')).toEqual(['one failed to stop cleanly']);
});

test('the signal of onStart aborts when the server stops, and what was started is stopped', async () => {
  const noted: string[] = [];
  const test = kernelForTest();
  let started: () => void = () => {};
  const starting = new Promise<void>((resolve) => (started = resolve));
  const plugin = pluginForTest('one', {
    server: (context) => {
      context.onStart((signal) => {
        started();
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            noted.push('aborted');
            reject(signal.reason as Error);
          }),
        );
      });
      context.onStop((cause) => void noted.push(`stop ${cause}`));
    },
  });
  const report = test.reload({ definitions: [plugin] });
  await starting;
  await test.kernel.stop('over');
  expect(await report).toMatchObject({ outcome: 'rejected', error: 'the server is shutting down' });
  expect(noted).toEqual(['aborted', 'stop rejected']);
});

test('an instance is known as its plugin, or its plugin and application; its lines in the log carry both', async () => {
  const plugin = pluginForTest('hls', {
    server: (context) => context.log.info('hello from the server'),
    app: (context) => context.log.info(`hello from ${context.servername}`),
  });
  const test = kernelForTest();
  const report = await test.apply({ definitions: [plugin], apps: { live: {}, 'event-*': {} } });
  expect(report.changes.added).toEqual(['hls', 'hls of live', 'hls of event-*']);
  expect(test.log.lines).toMatchObject([
    { msg: 'hello from the server', plugin: 'hls' },
    { msg: 'hello from live', plugin: 'hls', app: 'live' },
    { msg: 'hello from event-*', plugin: 'hls', app: 'event-*' },
  ]);
});

test('of several starts none begins after the server has stopped during the one before', async () => {
  const begun: string[] = [];
  let finish = (): void => {};
  let reached = (): void => {};
  const first = new Promise<void>((resolve) => (reached = resolve));
  const plugin = pluginForTest('one', {
    server: (context) => {
      context.onStart(() => {
        begun.push('first');
        reached();
        return new Promise<void>((resolve) => (finish = resolve));
      });
      context.onStart(() => void begun.push('second'));
    },
  });
  const { kernel, reload } = kernelForTest();
  const report = reload({ definitions: [plugin] });
  await first;
  await kernel.stop('over');
  finish();
  expect((await report).outcome).toBe('rejected');
  expect(begun).toEqual(['first']);
});
