import { describe, expect, test } from 'vitest';
import type { ServerContext } from '../../../core/plugin/context.ts';
import { HOOK_NAMES } from '../../../core/plugin/hooks.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { kernelForTest, PROTOCOL, publishTo, type TestKernel } from './kernel-kit.ts';

/** Declares a plugin and gives its context out, for what it may do later. */
async function contextOf(
  declare: (context: ServerContext) => void = () => {},
): Promise<[TestKernel, ServerContext]> {
  let kept: ServerContext | undefined;
  const test = kernelForTest();
  const plugin = pluginForTest('one', {
    server: (context) => {
      kept = context;
      declare(context);
    },
  });
  await test.apply({ definitions: [PROTOCOL, plugin] });
  if (!kept) throw new Error('server() was not called');
  return [test, kept];
}

describe('once a plugin is declared', () => {
  test.each(HOOK_NAMES)('it can no longer tap %s', async (hook) => {
    const [, context] = await contextOf();
    expect(() => context.hooks[hook].tap(() => undefined as never)).toThrow(
      `one: hooks.${hook}.tap may only be called while the plugin is declared, not later`,
    );
  });

  test.each([
    [
      'listen',
      (context: ServerContext) => context.listen({ option: 'port', address: 0, onConnection: () => {} }),
    ],
    [
      'route',
      (context: ServerContext) =>
        context.route({ option: 'port', address: 0, methods: ['GET'], path: '/', handle: () => {} }),
    ],
    ['onStart', (context: ServerContext) => context.onStart(() => {})],
    ['onStop', (context: ServerContext) => context.onStop(() => {})],
    ['bequeath', (context: ServerContext) => context.bequeath(() => 1)],
    ['inherit', (context: ServerContext) => context.inherit(() => {})],
  ])('it can no longer call %s', async (name, call) => {
    const [, context] = await contextOf();
    expect(() => call(context)).toThrow(
      `one: ${name} may only be called while the plugin is declared, not later`,
    );
  });

  test('nor in onStart, where the config is refused for it', async () => {
    const plugin = pluginForTest('one', {
      server: (context) => context.onStart(() => context.hooks.stat.tap(() => {})),
    });
    const report = await kernelForTest().reload({ definitions: [plugin] });
    expect(report).toMatchObject({ outcome: 'refused', generation: 0 });
    expect(report.error).toContain('hooks.stat.tap');
  });
});

describe('a sink', () => {
  test('is detached when its instance stops, and an instance that stopped cannot attach another', async () => {
    const [test, context] = await contextOf();
    const { stream } = await publishTo(test);
    const heard: number[] = [];
    context.attach(stream, { write: (packet) => void heard.push(packet.timestamp) }, 'none');
    const [header] = stream.headers;
    stream.publish(header!, 50, header!.payload);
    await test.kernel.stop({ code: 'shutdown', message: 'over' });
    expect(heard).toEqual([50]);
    expect(() => context.attach(stream, { write: () => {} })).toThrow(
      'one has stopped and cannot attach a sink',
    );
  });

  test('can be detached by hand, twice, beside another of the same plugin', async () => {
    const [test, context] = await contextOf();
    const { stream } = await publishTo(test);
    const heard: string[] = [];
    const detach = context.attach(stream, { write: () => void heard.push('one') }, 'none');
    context.attach(stream, { write: () => void heard.push('two') }, 'none');
    detach();
    detach();
    const [header] = stream.headers;
    stream.publish(header!, 50, header!.payload);
    expect(heard).toEqual(['two']);
  });
});

test('clean-ups run in reverse, each once, and a hanging or failing one does not keep the rest', async () => {
  const stopped: string[] = [];
  const [test] = await contextOf((context) => {
    context.onStop(() => void stopped.push('first'));
    context.onStop(() => {
      stopped.push('second');
      throw new Error('stuck');
    });
    context.onStop(async () => void stopped.push('third'));
  });
  await test.kernel.stop({ code: 'shutdown', message: 'over' });
  await test.kernel.stop({ code: 'shutdown', message: 'over' });
  expect(stopped).toEqual(['third', 'second', 'first']);
  expect(test.log.messages('error')).toEqual(['one failed to stop cleanly']);
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
