import { describe, expect, test } from 'vitest';
import {
  Histogram,
  type Metric,
  type MetricSpec,
  type MetricWriter,
} from '../../../../core/plugin/metrics.ts';
import type { AppContext, PluginContext, PluginDefinition } from '../../../../core/plugin/plugin.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import { kernelForTest, type TestKernel } from '../kernel-kit.ts';

interface Metrics {
  readonly gauge: Metric<'gauge'>;
  readonly wait: Metric<'histogram'>;
}

function plugin(name: string, server: (context: PluginContext) => void): PluginDefinition {
  return pluginForTest(name, { server });
}

async function rejection(...definitions: readonly PluginDefinition[]): Promise<string | undefined> {
  const report = await kernelForTest().reload({ definitions });
  expect(report.outcome).toBe('rejected');
  return report.error;
}

function samplesOf({ kernel }: TestKernel, prefix: string) {
  return kernel.metrics().filter(({ metric }) => metric.name.startsWith(prefix));
}

describe('a metric’s name', () => {
  const declare = (pluginName: string, spec: Partial<MetricSpec>) =>
    plugin(pluginName, (context) =>
      context.metric({ name: 'hls_segments_total', type: 'counter', help: 'Segments.', ...spec }),
    );

  test.each([
    ['of another plugin', { name: 'rtmp_segments_total' }],
    ['that only looks like the plugin’s', { name: 'hlsx_segments_total' }],
    ['with a capital letter', { name: 'hls_Segments_total' }],
    ['with a hyphen', { name: 'hls_segment-count_total' }],
    ['with a space', { name: 'hls_segments _total' }],
    ['that is the plugin’s alone', { name: 'hls' }],
  ])('%s is rejected, with how to write it', async (_, spec) => {
    expect(await rejection(declare('hls', spec))).toBe(
      `plugin hls: the metric "${spec.name}" must be called "hls_…", in small letters, digits and "_"`,
    );
  });

  test.each<Partial<MetricSpec>>([
    { name: 'hls_segments', type: 'counter' },
    { name: 'hls_segments_total', type: 'gauge' },
    { name: 'hls_segments_total', type: 'histogram' },
  ])('is rejected if "_total" and the type do not fit: %j', async (spec) => {
    expect(await rejection(declare('hls', spec))).toBe(
      `plugin hls: the metric "${spec.name}" must end in "_total" if it is a counter, and only then`,
    );
  });

  test('of a plugin with a hyphen begins with a "_" in its place', async () => {
    const test = kernelForTest();
    const spec = { name: 'record_flv_files_total' };
    await test.apply({ definitions: [declare('record-flv', spec)] });
    expect(await rejection(declare('record-flv', { name: 'record-flv_files_total' }))).toContain(
      'must be called "record_flv_…"',
    );
  });

  test('may be declared by every instance of a plugin, but only with the same facts', async () => {
    const pluginOf = (helpOf: (app: string) => string) =>
      pluginForTest('hls', {
        app: (context: AppContext) =>
          void context.metric({ name: 'hls_viewers', type: 'gauge', help: helpOf(context.servername) }),
      });
    const apps = { live: {}, event: {} };
    const test = kernelForTest();
    await test.apply({ definitions: [pluginOf(() => 'Viewers.')], apps });
    const report = await test.reload({ definitions: [pluginOf((app) => `Viewers of ${app}.`)], apps });
    expect(report.error).toBe(
      'plugin hls of event: the metric "hls_viewers" is declared twice, in different ways',
    );
  });

  test.each<readonly [string, Partial<MetricSpec>]>([
    ['type', { type: 'histogram' }],
    ['unit', { unit: 'seconds' }],
    ['labels', { labels: ['app'] }],
  ])('that is declared twice with another %s is rejected', async (_, other) => {
    const spec = { name: 'hls_age', type: 'gauge', help: 'Age.' } as const;
    const twice = plugin('hls', (context) => {
      context.metric(spec);
      context.metric({ ...spec, ...other });
    });
    expect(await rejection(twice)).toContain('is declared twice, in different ways');
  });
});

describe('the values of metrics', () => {
  test('carry their metric and their labels, in the order in which they were written', async () => {
    const test = kernelForTest();
    const bytes = {
      name: 'one_bytes_total',
      type: 'counter',
      help: 'Bytes.',
      unit: 'bytes',
      labels: ['app', 'stream'],
    } as const;
    const hls = plugin('one', (context) => {
      const declared = context.metric(bytes);
      context.hooks.stat.tap((write) => {
        write.counter(declared, 5, { app: 'live', stream: 'a' });
        write.counter(declared, 7, { stream: 'b', app: 'live' });
      });
    });
    await test.apply({ definitions: [hls] });
    expect(samplesOf(test, 'one_')).toEqual([
      { metric: bytes, value: 5, labels: { app: 'live', stream: 'a' } },
      { metric: bytes, value: 7, labels: { app: 'live', stream: 'b' } },
    ]);
  });

  test.each([
    ['a label is missing', { app: 'live' }],
    ['a label is not declared', { app: 'live', stream: 'a', codec: 'avc' }],
    ['no label is given', undefined],
  ])(
    'are not taken if %s; the log names the plugin, and the other plugins’ values are there',
    async (_, labels) => {
      const test = kernelForTest();
      const wrong = plugin('wrong', (context) => {
        const metric = context.metric({
          name: 'wrong_bytes',
          type: 'gauge',
          help: 'Bytes.',
          labels: ['app', 'stream'],
        });
        context.hooks.stat.tap((write) => write.gauge(metric, 1, labels));
      });
      const right = plugin('right', (context) => {
        const metric = context.metric({ name: 'right_things', type: 'gauge', help: 'Things.' });
        context.hooks.stat.tap((write) => write.gauge(metric, 2));
      });
      await test.apply({ definitions: [wrong, right] });
      const ofPlugins = samplesOf(test, '').filter(({ metric }) => /^(wrong|right)_/.test(metric.name));
      expect(ofPlugins).toMatchObject([{ metric: { name: 'right_things' }, value: 2 }]);
      expect(test.log.lines.filter(({ level }) => level === 'error')).toMatchObject([
        {
          msg: 'plugin wrong threw in stat',
          err: { message: expect.stringContaining('"wrong_bytes" has the labels app, stream') },
        },
      ]);
    },
  );

  test('are not taken of a metric that is not declared', async () => {
    const test = kernelForTest();
    const wrong = plugin('wrong', ({ hooks }) =>
      hooks.stat.tap((write) => write.gauge({ name: 'wrong_things', type: 'gauge', help: 'Things.' }, 1)),
    );
    await test.apply({ definitions: [wrong] });
    expect(samplesOf(test, 'wrong_')).toEqual([]);
    expect(test.log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { plugin: 'wrong', err: { message: 'the metric "wrong_things" is not declared' } },
    ]);
  });

  test.each<[string, (write: MetricWriter, metrics: Metrics) => void, string]>([
    ['nothing', (write, { gauge }) => write.gauge(gauge, undefined as never), 'the value undefined'],
    ['a text', (write, { gauge }) => write.gauge(gauge, '5' as never), 'the value 5'],
    ['no finite number', (write, { gauge }) => write.gauge(gauge, Number.NaN), 'the value NaN'],
    [
      'no histogram',
      (write, { wait }) => write.histogram(wait, 5 as never),
      'a number as its value; give a Histogram',
    ],
    [
      'half a histogram',
      (write, { wait }) => write.histogram(wait, { bounds: [1], counts: [1], sum: 1 }),
      'a histogram without one count more than bounds',
    ],
    [
      'a histogram without a sum',
      (write, { wait }) => write.histogram(wait, { bounds: [], counts: [1] } as never),
      'the value undefined',
    ],
  ])('that are %s are not taken, and the log says why', async (_, tap, fault) => {
    const test = kernelForTest();
    const wrong = plugin('wrong', ({ hooks, metric }) => {
      const gauge = metric({ name: 'wrong_things', type: 'gauge', help: 'Things.' });
      const wait = metric({ name: 'wrong_wait', type: 'histogram', help: 'Wait.' });
      hooks.stat.tap((write) => tap(write, { gauge, wait }));
    });
    await test.apply({ definitions: [wrong] });
    expect(samplesOf(test, 'wrong_')).toEqual([]);
    const errors = test.log.lines.filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([{ err: { message: expect.stringContaining(`has ${fault}`) as string } }]);
  });

  test('of a histogram count each value in the bucket whose upper bound it does not exceed', async () => {
    const test = kernelForTest();
    const seconds = new Histogram([0.1, 1, 10]);
    const one = plugin('one', (context) => {
      const metric = context.metric({
        name: 'one_wait_seconds',
        type: 'histogram',
        help: 'Wait.',
        unit: 'seconds',
      });
      context.hooks.stat.tap((write) => write.histogram(metric, seconds));
    });
    await test.apply({ definitions: [one] });
    for (const value of [0, 0.1, 0.11, 1, 5, 10, 10.5, 100]) seconds.observe(value);
    const [sample] = samplesOf(test, 'one_');
    expect(sample).toMatchObject({ metric: { name: 'one_wait_seconds', type: 'histogram' }, labels: {} });
    const { bounds, counts, sum } = sample!.value as Histogram;
    expect({ bounds, counts }).toEqual({ bounds: [0.1, 1, 10], counts: [2, 2, 2, 2] });
    expect(sum).toBeCloseTo(126.71);
  });
});
