import { describe, expect, test } from 'vitest';
import { untilClosed } from '../../helpers/net.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { kernelForTest, PROTOCOL, playFrom, publishTo, requestFor } from './kernel-kit.ts';
import { greeter, lifePlugin } from './plugin-kit.ts';

describe('a reload', () => {
  test('keeps an instance whose options are equal, and replaces one whose options changed', async () => {
    const made: unknown[] = [];
    const plugin = (name: string) =>
      pluginForTest(name, {
        server: (context, options) => void made.push([name, options['value'], context]),
      });
    const test = kernelForTest();
    const definitions = [plugin('one'), plugin('two')];
    await test.apply({ definitions, plugins: { one: { value: { deep: [1] } }, two: { value: 1 } } });
    const before = test.kernel.generation.scopes;
    const report = await test.apply({
      definitions,
      plugins: { one: { value: { deep: [1] } }, two: { value: 2 } },
    });
    const after = test.kernel.generation.scopes;
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    expect(made).toHaveLength(3);
    expect(report).toMatchObject({
      outcome: 'applied',
      generation: 2,
      changes: { kept: 1, replaced: ['two'], added: [], removed: [] },
    });
  });

  test('that changes nothing says so, and starts and stops nothing', async () => {
    const life: string[] = [];
    const test = kernelForTest();
    const config = { definitions: [lifePlugin('one', life)] };
    await test.apply(config);
    const report = await test.apply(config);
    expect(report.outcome).toBe('unchanged');
    expect(life).toEqual(['one 1: declare', 'one 1: start', 'one 1: activate']);
  });

  test('that changes only an option of the server’s own is applied, and says which', async () => {
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL] });
    const report = await test.apply({
      definitions: [PROTOCOL],
      server: { maxStreams: 5 },
      apps: { live: { options: { gop_num: 2 } } },
    });
    expect(report).toMatchObject({
      outcome: 'applied',
      changes: { options: ['maxStreams', 'servers[live].gop_num'] },
    });
  });

  test('starts the new beside the old, hands state over, activates the new, and only then stops the old, in reverse', async () => {
    const life: string[] = [];
    const test = kernelForTest();
    const definitions = [lifePlugin('one', life), lifePlugin('two', life)];
    await test.apply({ definitions, plugins: { one: { value: 'a' }, two: { value: 'a' } } });
    life.length = 0;
    await test.apply({ definitions, plugins: { one: { value: 'b' }, two: { value: 'b' } } });
    expect(life).toEqual([
      'one b: declare',
      'two b: declare',
      'one b: start',
      'two b: start',
      'one a: give',
      'one b: take one a',
      'two a: give',
      'two b: take two a',
      'one b: activate',
      'two b: activate',
      'two a: stop first',
      'two a: stop replaced',
      'one a: stop first',
      'one a: stop replaced',
    ]);
  });

  test('an instance that fails to stop is logged, and keeps no other from being stopped', async () => {
    const life: string[] = [];
    const broken = pluginForTest('broken', {
      server: (context) =>
        context.onStop(() => {
          throw new Error('stuck');
        }),
    });
    const test = kernelForTest();
    const definitions = [lifePlugin('one', life), broken];
    await test.apply({ definitions });
    const report = await test.apply({ definitions, plugins: { one: false, broken: false }, apps: {} });
    expect(report.outcome).toBe('applied');
    expect(life.at(-1)).toBe('one 1: stop removed');
    expect(test.log.messages('error')).toEqual(['broken failed to stop cleanly']);
  });

  test('leaves an instance behind that does not stop in time, and stops the others', async () => {
    const life: string[] = [];
    const hanging = pluginForTest('hanging', {
      server: (context) => context.onStop(() => new Promise(() => {})),
    });
    const test = kernelForTest({ stopLimitMs: 1 });
    const definitions = [lifePlugin('one', life), hanging];
    await test.apply({ definitions });
    const report = await test.apply({ definitions, plugins: { one: false, hanging: false }, apps: {} });
    expect(report.outcome).toBe('applied');
    expect(life.at(-1)).toBe('one 1: stop removed');
    expect(test.log.lines.find(({ level }) => level === 'error')).toMatchObject({
      msg: 'hanging is no longer waited for',
      err: { message: 'plugin hanging did not stop within 0.001 s' },
    });
  });

  test('never overlaps another; of those that wait only the newest is applied, and all report what it did', async () => {
    const life: string[] = [];
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const plugin = pluginForTest('one', {
      server: (context, options) =>
        context.onStart(async () => {
          life.push(`start ${String(options['value'])}`);
          await gate;
          life.push(`started ${String(options['value'])}`);
        }),
    });
    const test = kernelForTest();
    const first = test.reload({ definitions: [plugin], plugins: { one: { value: 1 } } });
    await Promise.resolve();
    const others = [2, 3, 4].map((value) =>
      test.reload({ definitions: [plugin], plugins: { one: { value } } }),
    );
    release();
    expect((await first).generation).toBe(1);
    const reports = await Promise.all(others);
    expect(reports.map((report) => report.generation)).toEqual([2, 2, 2]);
    expect(new Set(reports).size).toBe(1);
    expect(life).toEqual(['start 1', 'started 1', 'start 4', 'started 4']);
  });

  test('after the server has stopped is rejected', async () => {
    const test = kernelForTest();
    await test.apply({ definitions: [] });
    await test.kernel.stop('over');
    expect(await test.reload({ definitions: [] })).toMatchObject({
      outcome: 'rejected',
      error: 'the server is shutting down',
    });
  });
});

test('stopping ends sessions, closes listeners, then stops plugins in reverse, and leaves no port open', async () => {
  const life: string[] = [];
  const test = kernelForTest();
  await test.apply({
    definitions: [PROTOCOL, greeter(), lifePlugin('one', life), lifePlugin('two', life)],
    plugins: { greeter: { port: 0 } },
  });
  const port = test.port('greeter.port');
  await publishTo(test, requestFor(), (cause) => life.push(`publisher ${cause.code}: ${cause.message}`));
  const { transport } = await playFrom(test, requestFor());
  transport.close = (cause) => void life.push(`viewer ${cause.code}`);
  life.length = 0;
  await test.kernel.stop('SIGTERM');
  expect(life).toEqual([
    'viewer shutdown',
    'publisher shutdown: SIGTERM',
    'two 1: stop first',
    'two 1: stop shutdown',
    'one 1: stop first',
    'one 1: stop shutdown',
  ]);
  await untilClosed(port);
  expect(test.kernel.addresses).toEqual([]);
  expect(test.kernel.hub.streams).toEqual([]);
});
