// Hooks that concern no application.
import { describe, expect, test } from 'vitest';
import type { AppContext, ServerContext } from '../../../core/plugin/plugin.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { kernelForTest, PROTOCOL, playFrom, publishTo } from './kernel-kit.ts';

/** Notes each call of its taps of `stat` and `configChange`, made in server() and in app(). */
function counter(told: string[]) {
  const tap = (where: string, { hooks }: ServerContext | AppContext): void => {
    hooks.stat.tap(() => void told.push(`${where}: stat`));
    hooks.configChange.tap(({ generation }) => void told.push(`${where}: config ${generation}`));
  };
  return pluginForTest('one', {
    server: (context) => tap('server', context),
    app: (context) => tap(context.servername, context),
  });
}

const APPS = { live: {}, event: {}, 'other-*': {} };
const PLACES = ['server', 'live', 'event', 'other-*'];

describe('with several applications', () => {
  test('configChange calls each tap once for each config, whether made in server() or in app()', async () => {
    const told: string[] = [];
    const test = kernelForTest();
    const config = { definitions: [counter(told)], apps: APPS };
    await test.apply(config);
    expect(told).toEqual(PLACES.map((place) => `${place}: config 1`));
    told.length = 0;
    await test.apply({ ...config, server: { maxStreams: 5 } });
    expect(told).toEqual(PLACES.map((place) => `${place}: config 2`));
  });

  test('stat calls each tap once for each collection, whether made in server() or in app()', async () => {
    const told: string[] = [];
    const test = kernelForTest();
    await test.apply({ definitions: [counter(told)], apps: APPS });
    for (let collection = 0; collection < 2; collection++) {
      told.length = 0;
      test.kernel.metrics();
      expect(told).toEqual(PLACES.map((place) => `${place}: stat`));
    }
  });

  test('a plugin that is switched off at the root and on in one application is told once for each of its instances', async () => {
    const told: string[] = [];
    const test = kernelForTest();
    await test.apply({
      definitions: [counter(told)],
      plugins: { one: false },
      apps: { live: { plugins: { one: true } }, event: {} },
    });
    expect(told).toEqual(['server: config 1', 'live: config 1']);
  });
});

describe('configChange', () => {
  test('is called after the old instances have stopped, with the report that the reload returns', async () => {
    const told: unknown[] = [];
    const plugin = pluginForTest('one', {
      server: (context) => {
        context.onStop((cause) => void told.push(cause));
        context.hooks.configChange.tap((report) => void told.push(report));
      },
    });
    const test = kernelForTest();
    await test.apply({ definitions: [plugin], plugins: { one: { value: 1 } } });
    told.length = 0;
    const report = await test.apply({ definitions: [plugin], plugins: { one: { value: 2 } } });
    expect(told).toEqual(['replaced', report]);
  });

  test('is not called for a config that is rejected', async () => {
    const told: string[] = [];
    const bad = pluginForTest('bad', {
      server: (context, options) =>
        context.onStart(() => {
          if (options['fail'] === true) throw new Error('no');
        }),
    });
    const test = kernelForTest();
    const definitions = [counter(told), bad];
    await test.apply({ definitions });
    told.length = 0;
    await test.reload({ definitions, plugins: { bad: { fail: true } } });
    expect(told).toEqual([]);
  });
});

test('metrics come from the kernel and from every plugin that taps stat', async () => {
  const plugin = pluginForTest('one', {
    server: (context) => {
      const answer = context.metric({ name: 'one_answer', type: 'gauge', help: 'The answer.' });
      context.hooks.stat.tap((write) => write.gauge(answer, 42));
    },
  });
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, plugin], apps: { live: {}, event: {} } });
  await publishTo(test);
  await playFrom(test);
  const values = test.kernel.metrics().map(({ metric, value }) => [metric.name, value] as const);
  expect(Object.fromEntries(values)).toMatchObject({
    process_cpu_seconds_total: expect.any(Number) as number,
    process_heap_bytes: expect.any(Number) as number,
    process_resident_memory_bytes: expect.any(Number) as number,
    process_start_time_seconds: performance.timeOrigin / 1000,
    server_fan_out_delay_seconds: { sum: expect.any(Number) as number },
    config_generation: 1,
    config_last_reload_seconds: test.kernel.lastReport!.at.getTime() / 1000,
    config_last_reload_successful: 1,
    server_connections: 0,
    server_streams: 1,
    server_viewers: 1,
    one_answer: 42,
  });
  expect(values).toHaveLength(12);
});
