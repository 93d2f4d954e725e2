import { afterEach, describe, expect, test, vi } from 'vitest';
import { FlvPacketFormat } from '../../../../core/media/flv/flv-format.ts';
import { sharedFormat } from '../../../../core/media/packet-format.ts';
import { HOOK_NAMES, HOOKS, type HookName } from '../../../../core/plugin/hooks.ts';
import type { AppContext, FileFacts, ServerContext } from '../../../../core/plugin/plugin.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import { contextOf, kernelForTest, PROTOCOL, playFrom, publishTo } from '../kernel-kit.ts';

afterEach(() => void vi.useRealTimers());

test('hooks can be listed, and one that does not exist is not there', async () => {
  const heard: string[] = [];
  const { context, test } = await contextOf(({ hooks }) => {
    for (const [name, { tap }] of Object.entries(hooks))
      if (HOOKS[name as HookName] === 'event') tap(() => void heard.push(name));
  });
  await publishTo(test);
  expect(heard).toEqual(['streamStart', 'publishStart']);
  expect(Object.keys(context.hooks)).toEqual(HOOK_NAMES);
  expect(Object.keys({ ...context.hooks })).toEqual(HOOK_NAMES);
  expect('publish' in context.hooks).toBe(true);
  expect('constructor' in context.hooks).toBe(false);
  expect(context.hooks).not.toHaveProperty('scope');
});

describe('format', () => {
  test('makes a shared format once, and a plugin’s own once for each name, whichever instance asks', async () => {
    const contexts: (ServerContext | AppContext)[] = [];
    const note = (context: ServerContext | AppContext): void => void contexts.push(context);
    const test = kernelForTest();
    await test.apply({
      definitions: [
        pluginForTest('one', { server: note, app: note }),
        pluginForTest('two', { server: note }),
      ],
      apps: { live: {}, event: {} },
    });
    let made = 0;
    const make = (): FlvPacketFormat => {
      made++;
      return new FlvPacketFormat();
    };
    const token = sharedFormat(make);
    expect(contexts).toHaveLength(4);
    const shared = contexts.map((context) => context.format(token));
    expect(new Set(shared).size).toBe(1);
    expect(made).toBe(1);
    const formats = contexts.map((context) => context.format('flv/all', make));
    // Three of the contexts are those of "one".
    expect(new Set(formats).size).toBe(2);
    expect(made).toBe(3);
    expect(contexts[0]!.format('flv/audio', make)).not.toBe(formats[0]);
  });

  test('is the same for an instance and its successor: their viewers share bytes', async () => {
    const formats: unknown[] = [];
    const { replace } = await contextOf((context) =>
      context.onActivate(() => void formats.push(context.format('flv/all', () => new FlvPacketFormat()))),
    );
    await replace();
    expect(formats[1]).toBe(formats[0]);
  });
});

describe('everySecond', () => {
  test('calls back about once a second from the activation on, until the instance stops', async () => {
    vi.useFakeTimers();
    const ticks: string[] = [];
    const test = kernelForTest();
    let release: () => void = () => {};
    const plugin = pluginForTest('one', {
      server: (context, { value }) => {
        context.everySecond((now) => {
          expect(now).toBe(performance.now());
          ticks.push(String(value));
        });
        context.onStart(() => new Promise<void>((resolve) => (release = resolve)));
      },
    });
    const reload = (value: string) => test.apply({ definitions: [plugin], plugins: { one: { value } } });
    const first = reload('a');
    await vi.advanceTimersByTimeAsync(3000);
    expect(ticks).toEqual([]);
    release();
    await first;
    await vi.advanceTimersByTimeAsync(2000);
    expect(ticks).toEqual(['a', 'a']);
    const second = reload('b');
    await vi.advanceTimersByTimeAsync(1000);
    expect(ticks).toEqual(['a', 'a', 'a']);
    release();
    await second;
    await vi.advanceTimersByTimeAsync(1000);
    expect(ticks).toEqual(['a', 'a', 'a', 'b']);
  });

  test('that throws, at once or later, is logged with its plugin, and the other ticks are called', async () => {
    vi.useFakeTimers();
    let ticks = 0;
    const { test } = await contextOf((context) => {
      context.everySecond(() => {
        throw new Error('bug');
      });
      context.everySecond(() => Promise.reject(new Error('bug')) as unknown as void);
      context.everySecond(() => void ticks++);
    });
    await vi.advanceTimersByTimeAsync(2000);
    expect(ticks).toBe(2);
    expect(test.log.messages('error')).toEqual(Array(4).fill('one failed in everySecond'));
  });

  test('of a replaced instance is called no more, also while other plugins are slow to stop', async () => {
    vi.useFakeTimers();
    const ticks: number[] = [];
    const slow = pluginForTest('slow', {
      server: (context) => context.onStop(() => new Promise((resolve) => void setTimeout(resolve, 2500))),
    });
    let instances = 0;
    const ticking = pluginForTest('ticking', {
      server: (context) => {
        const instance = ++instances;
        context.everySecond(() => void ticks.push(instance));
      },
    });
    const test = kernelForTest();
    const config = (value: number) => ({
      definitions: [PROTOCOL, ticking, slow],
      plugins: { ticking: { value }, slow: { value } },
    });
    await test.apply(config(1));
    const applied = test.apply(config(2));
    await vi.advanceTimersByTimeAsync(2000);
    expect(ticks).toEqual([2, 2]);
    await vi.advanceTimersByTimeAsync(1000);
    await applied;
  });
});

describe('a context', () => {
  test('shows streams and sessions, and counts with the clock that cannot jump', async () => {
    const { test, context } = await contextOf();
    expect([context.streams(), [...context.sessions()]]).toEqual([[], []]);
    const { stream, publication } = await publishTo(test);
    const { playback } = await playFrom(test);
    expect(context.streams()).toEqual([stream.view]);
    expect([...context.sessions()]).toEqual([publication.session, playback.session]);
    expect([...context.sessions()].map(({ role, key }) => `${role} ${key}`)).toEqual([
      'publish live/movie',
      'play live/movie',
    ]);
    const before = performance.now();
    expect(context.now()).toBeGreaterThanOrEqual(before);
    expect(context.now()).toBeLessThanOrEqual(performance.now());
  });

  test('closes a session that it sees, as kicked unless it says otherwise', async () => {
    const { test, context } = await contextOf();
    const causes: string[] = [];
    await publishTo(test, undefined, ({ code, message }) => causes.push(`publisher ${code}: ${message}`));
    await playFrom(test, undefined, ({ code, message }) => causes.push(`viewer ${code}: ${message}`));
    for (const session of context.sessions()) {
      if (session.role === 'publish') session.close();
      else session.close({ code: 'denied', message: 'not here' });
    }
    expect(causes).toEqual(['publisher kicked: closed by the operator', 'viewer denied: not here']);
  });

  test('tells the plugins of a file’s application that it is finished, with the plugin’s name', async () => {
    const told: unknown[] = [];
    const ears = pluginForTest('ears', {
      server: ({ hooks }) => hooks.fileEnd.tap((file) => void told.push(['server', file])),
      app: ({ hooks, servername }) => hooks.fileEnd.tap((file) => void told.push([servername, file])),
    });
    let context: ServerContext | undefined;
    const test = kernelForTest();
    await test.apply({
      definitions: [ears, pluginForTest('record', { server: (given) => void (context = given) })],
      apps: { live: {}, event: {} },
    });
    const file: FileFacts = {
      kind: 'recording',
      app: 'live',
      name: 'movie',
      session: 's1',
      path: '/tmp/movie.flv',
      bytes: 10,
      durationMs: 40,
      startedAt: new Date(0),
      endedAt: new Date(40),
    };
    context!.fileEnd(file);
    expect(told).toEqual([
      ['server', { plugin: 'record', ...file }],
      ['live', { plugin: 'record', ...file }],
    ]);
  });

  test('announces an event to the plugins of its application, with its own name and the time', async () => {
    const told: unknown[] = [];
    const ears = pluginForTest('ears', {
      server: ({ hooks }) => hooks.pluginEvent.tap((event) => void told.push(['server', event])),
      app: ({ hooks, servername }) => hooks.pluginEvent.tap((event) => void told.push([servername, event])),
    });
    let context: ServerContext | undefined;
    const test = kernelForTest();
    await test.apply({
      definitions: [ears, pluginForTest('relay', { server: (given) => void (context = given) })],
      apps: { live: {}, event: {} },
    });
    const facts = { kind: 'relay_up', app: 'live', name: 'movie', details: { peer: 'rtmp://h/live' } };
    context!.announce(facts);
    context!.announce({ ...facts, app: 'nowhere' });
    const event: unknown = { plugin: 'relay', at: expect.any(Date) as Date, ...facts };
    expect(told).toEqual([
      ['server', event],
      ['live', event],
    ]);
  });

  test('of a kernel without a server shows its reports, and can change nothing', async () => {
    const { context, replace } = await contextOf();
    await replace();
    expect(context.config.reports.map(({ generation }) => generation)).toEqual([2, 1]);
    await expect(context.config.reload('now')).rejects.toMatchObject({ code: 'LVG_SERVER_STATE' });
    await expect(context.config.apply('{}', 'now')).rejects.toMatchObject({ code: 'LVG_SERVER_STATE' });
  });

  test('asks about applications and timeouts of the current config', async () => {
    let context: ServerContext | undefined;
    const plugin = pluginForTest('one', { server: (given) => void (context ??= given) });
    const test = kernelForTest();
    const definitions = [PROTOCOL, plugin];
    await test.apply({ definitions, server: { read_timeout: 7, write_timeout: 0 } });
    const { admission } = context!;
    expect([admission.readTimeoutMs, admission.writeTimeoutMs]).toEqual([7000, 0]);
    expect([admission.hasApp('live'), admission.hasApp('event')]).toEqual([true, false]);
    await test.apply({ definitions, server: { read_timeout: 0, write_timeout: 3 }, apps: { 'ev*': {} } });
    expect([admission.readTimeoutMs, admission.writeTimeoutMs]).toEqual([0, 3000]);
    expect([admission.hasApp('live'), admission.hasApp('event')]).toEqual([false, true]);
  });
});
