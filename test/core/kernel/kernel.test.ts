import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ServerContext } from '../../../core/plugin/context.ts';
import type { PluginDefinition } from '../../../core/plugin/plugin.ts';
import type { MediaPacket } from '../../../core/media/packet.ts';
import { pluginForTest, resolveForTest } from '../../helpers/config.ts';
import { connectTo, freePort, readBytes, waitForEvent } from '../../helpers/net.ts';
import { kernelForTest, PROTOCOL, playFrom, publishTo, requestFor } from './kernel-kit.ts';
import { seen, spell } from '../stream/stream-kit.ts';

/** Notes its life, from the first instance to the last: "one 1: start". */
function lifePlugin(name: string, life: string[], fail: { start?: boolean } = {}): PluginDefinition {
  let instances = 0;
  return pluginForTest(name, {
    server: (context, options) => {
      const me = `${name} ${text(options['value'] ?? ++instances)}`;
      life.push(`${me}: declare`);
      context.onStart(() => {
        life.push(`${me}: start`);
        if (fail.start || options['fail'] === true) throw new Error('it will not start');
      });
      context.onStop((cause) => void life.push(`${me}: stop ${cause.code}`));
      context.onStop(() => void life.push(`${me}: stop first`));
      context.bequeath(() => {
        life.push(`${me}: bequeath`);
        return me;
      });
      context.inherit((state) => void life.push(`${me}: inherit ${String(state)}`));
    },
  });
}

/** Greets each connection with its `greeting` and keeps it open. */
function greeter(name = 'greeter', tls?: { cert: string; key: string }): PluginDefinition {
  return pluginForTest(name, {
    server: (context, options) =>
      context.listen({
        option: 'port',
        address: options['port'] as string | number,
        tls,
        onConnection: (socket) => void socket.write(text(options['greeting'] ?? name)),
      }),
  });
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

async function greeting(port: number, length: number, host = '127.0.0.1'): Promise<string> {
  const socket = await connectTo(port, host);
  return (await readBytes(socket, length)).toString();
}

async function isOpen(port: number, host = '127.0.0.1'): Promise<boolean> {
  return connectTo(port, host).then(
    () => true,
    () => false,
  );
}

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
    expect(life).toEqual(['one 1: declare', 'one 1: start']);
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

  test('starts the new beside the old, hands state on, and only then stops the old, in reverse', async () => {
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
      'one a: bequeath',
      'one b: inherit one a',
      'two a: bequeath',
      'two b: inherit two a',
      'two a: stop first',
      'two a: stop removed',
      'one a: stop first',
      'one a: stop removed',
    ]);
  });

  test('an instance without a predecessor inherits nothing', async () => {
    const life: string[] = [];
    const test = kernelForTest();
    await test.apply({ definitions: [lifePlugin('one', life)] });
    expect(life).toEqual(['one 1: declare', 'one 1: start']);
  });

  test('a successor that cannot take over starts afresh, and the config is in force', async () => {
    const plugin = pluginForTest('one', {
      server: (context) => {
        context.bequeath(() => 1);
        context.inherit(() => {
          throw new Error('unreadable');
        });
      },
    });
    const test = kernelForTest();
    await test.apply({ definitions: [plugin], plugins: { one: { value: 1 } } });
    const report = await test.apply({ definitions: [plugin], plugins: { one: { value: 2 } } });
    expect(report.outcome).toBe('applied');
    expect(test.log.messages('error')).toEqual([
      'one could not take over from its predecessor and starts afresh',
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

  test('never overlaps another; of those that wait only the newest is applied, and all learn of it', async () => {
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

  test('after the server has stopped is refused', async () => {
    const test = kernelForTest();
    await test.apply({ definitions: [] });
    await test.kernel.stop({ code: 'shutdown', message: 'over' });
    expect(await test.reload({ definitions: [] })).toMatchObject({
      outcome: 'refused',
      error: 'the server is shutting down',
    });
  });

  test('tells every plugin once that the config changed', async () => {
    const told: number[] = [];
    const plugin = pluginForTest('one', {
      server: (context) => context.hooks.configChange.tap((report) => void told.push(report.generation)),
    });
    const test = kernelForTest();
    await test.apply({ definitions: [plugin], apps: { live: {}, event: {} } });
    expect(told).toEqual([1]);
  });
});

describe('a config that is refused', () => {
  test.each([
    ['server', 'server() is async; it must declare synchronously and leave waiting to onStart'],
    ['app', 'app() is async; it must declare synchronously and leave waiting to onStart'],
  ] as const)('because %s() is async says so', async (level, reason) => {
    const plugin = pluginForTest('late', { [level]: async () => {} });
    const report = await kernelForTest().reload({ definitions: [plugin] });
    expect(report.outcome).toBe('refused');
    expect(report.error).toContain(reason);
    expect(report.error).toContain('plugin late');
  });

  test('because a plugin threw while it was declared starts nothing', async () => {
    const life: string[] = [];
    const bad = pluginForTest('bad', {
      server: () => {
        throw new Error('no such thing');
      },
    });
    const report = await kernelForTest().reload({ definitions: [lifePlugin('one', life), bad] });
    expect(report).toMatchObject({
      outcome: 'refused',
      generation: 0,
      error: 'plugin bad could not be declared: no such thing',
    });
    expect(life).toEqual(['one 1: declare']);
  });

  test('because a start failed leaves nothing new open, stops what had begun, and never touches the old', async () => {
    const life: string[] = [];
    const [oldPort, newPort] = [await freePort(), await freePort()];
    const test = kernelForTest();
    const definitions = [greeter(), lifePlugin('one', life), lifePlugin('two', life)];
    await test.apply({
      definitions,
      plugins: { greeter: { port: oldPort, greeting: 'old' }, one: { value: 'a' }, two: { value: 'a' } },
    });
    const scopes = test.kernel.generation.scopes;
    life.length = 0;
    const report = await test.reload({
      definitions,
      plugins: {
        greeter: { port: newPort, greeting: 'new' },
        one: { value: 'b' },
        two: { value: 'b', fail: true },
      },
    });
    expect(report).toMatchObject({
      outcome: 'refused',
      generation: 1,
      error: 'plugin two could not be started: it will not start',
    });
    expect(life).toEqual([
      'one b: declare',
      'two b: declare',
      'one b: start',
      'two b: start',
      'two b: stop first',
      'two b: stop refused',
      'one b: stop first',
      'one b: stop refused',
    ]);
    expect(test.kernel.generation.scopes).toBe(scopes);
    expect(await greeting(oldPort, 3)).toBe('old');
    expect(await isOpen(newPort)).toBe(false);
    expect(test.kernel.lastReport).toBe(report);
  });

  test('because a port is taken names the option and the port', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const report = await kernelForTest().reload({
      definitions: [greeter()],
      plugins: { greeter: { port: `127.0.0.1:${port}` } },
    });
    expect(report.error).toBe(
      `greeter.port: 127.0.0.1:${port} is in use by another program; stop that program or choose another port`,
    );
  });

  test('because an address makes no sense shows how to write one', async () => {
    const report = await kernelForTest().reload({
      definitions: [greeter()],
      plugins: { greeter: { port: 'everywhere' } },
    });
    expect(report.error).toBe(
      'greeter.port: "everywhere" is no address; write 1935, ":1935" or "127.0.0.1:1935"',
    );
  });

  test('because two TCP protocols, or one and HTTP, name one address, says which options', async () => {
    const port = await freePort();
    const web = pluginForTest('web', {
      server: (context, options) =>
        context.route({
          option: 'port',
          address: Number(options['port']),
          methods: ['GET'],
          path: '/',
          handle: () => {},
        }),
    });
    for (const other of [greeter('second'), web]) {
      const report = await kernelForTest().reload({
        definitions: [greeter(), other],
        plugins: { greeter: { port }, [other.name]: { port } },
      });
      expect(report.error).toBe(
        `greeter.port and ${other.name}.port both name :${port}, but only HTTP can share a port; change one of them`,
      );
    }
    expect(await isOpen(port)).toBe(false);
  });

  test.each(['127.0.0.1', '0.0.0.0'])(
    'because one option names every interface and another %s of the same port says so, and opens neither',
    async (host) => {
      const port = await freePort();
      const report = await kernelForTest().reload({
        definitions: [greeter('one'), greeter('two')],
        plugins: { one: { port }, two: { port: `${host}:${port}` } },
      });
      expect(report.outcome).toBe('refused');
      expect(report.error).toContain('one.port');
      expect(report.error).toContain('two.port');
      expect(await isOpen(port)).toBe(false);
    },
  );

  test('is refused by check() for the same reasons, with nothing started', () => {
    const life: string[] = [];
    const test = kernelForTest();
    const config = resolveForTest({
      definitions: [lifePlugin('one', life), greeter()],
      plugins: { greeter: { port: 'x' } },
    });
    expect(() => test.kernel.check(config)).toThrow('"x" is no address');
    expect(life).toEqual(['one 1: declare']);
    expect(test.kernel.generation.number).toBe(0);
  });
});

describe('listeners', () => {
  test('are handed over, never rebound: the same socket serves the new instance', async () => {
    const test = kernelForTest();
    const definitions = [greeter()];
    await test.apply({ definitions, plugins: { greeter: { port: 0, greeting: 'old' } } });
    const port = test.port('greeter.port');
    const [listener] = test.kernel.pool.listeners;
    const present = await connectTo(port);
    expect((await readBytes(present, 3)).toString()).toBe('old');
    await test.apply({ definitions, plugins: { greeter: { port: 0, greeting: 'new' } } });
    expect(test.kernel.pool.listeners).toEqual([listener]);
    expect(test.port('greeter.port')).toBe(port);
    expect(await greeting(port, 3)).toBe('new');
    expect(present.destroyed).toBe(false);
  });

  test('that are new open before the old close, and connections on a removed port live on', async () => {
    const [oldPort, newPort] = [await freePort(), await freePort()];
    const seenOpen: boolean[] = [];
    const sockets: Socket[] = [];
    const plugin = pluginForTest('echo', {
      server: (context, options) => {
        const address = Number(options['port']);
        context.listen({
          option: 'port',
          address,
          onConnection: (socket) => {
            sockets.push(socket);
            socket.on('data', (bytes) => socket.write(bytes));
          },
        });
        context.onStop(async () => void seenOpen.push(await isOpen(newPort)));
        context.onStart(async () => void seenOpen.push(await isOpen(oldPort)));
      },
    });
    const test = kernelForTest();
    await test.apply({ definitions: [plugin], plugins: { echo: { port: oldPort } } });
    const client = await connectTo(oldPort);
    seenOpen.length = 0;
    const report = await test.apply({ definitions: [plugin], plugins: { echo: { port: newPort } } });
    expect(seenOpen).toEqual([true, true]);
    expect(await isOpen(oldPort)).toBe(false);
    expect(report.changes).toMatchObject({
      opened: [`echo.port :${newPort}`],
      closed: [`echo.port :${oldPort}`],
    });
    client.write('still here');
    expect((await readBytes(client, 10)).toString()).toBe('still here');
  });

  test('keep connections that arrive while a config is staged, for the new instance', async () => {
    const port = await freePort();
    let early: Promise<string> | undefined;
    const slow = pluginForTest('slow', {
      server: (context, options) =>
        context.onStart(async () => {
          if (options['value'] !== 2) return;
          const socket = await connectTo(port);
          early = readBytes(socket, 3).then(String);
        }),
    });
    const test = kernelForTest();
    const definitions = [greeter(), slow];
    await test.apply({ definitions, plugins: { greeter: false, slow: { value: 1 } } });
    await test.apply({
      definitions,
      plugins: { greeter: { port, greeting: 'new' }, slow: { value: 2 } },
    });
    expect(await early).toBe('new');
  });

  test('serve by the old instance what arrives at a kept address while the new one is staged', async () => {
    const greeted: string[] = [];
    const test = kernelForTest();
    const slow = pluginForTest('slow', {
      server: (context, options) =>
        context.onStart(async () => {
          if (options['value'] === 2) greeted.push(await greeting(test.port('greeter.port'), 3));
        }),
    });
    const definitions = [greeter(), slow];
    await test.apply({ definitions, plugins: { greeter: { port: 0, greeting: 'old' }, slow: { value: 1 } } });
    await test.apply({ definitions, plugins: { greeter: { port: 0, greeting: 'new' }, slow: { value: 2 } } });
    expect(greeted).toEqual(['old']);
  });

  test.each([
    ['every interface', '127.0.0.1 alone', (port: number) => [`:${port}`, `127.0.0.1:${port}`]],
    ['127.0.0.1 alone', 'every interface', (port: number) => [`127.0.0.1:${port}`, `:${port}`]],
    ['0.0.0.0', '127.0.0.1 alone', (port: number) => [`0.0.0.0:${port}`, `127.0.0.1:${port}`]],
    ['every interface', '0.0.0.0', (port: number) => [`:${port}`, `0.0.0.0:${port}`]],
  ])(
    'change from %s to %s of the same port, and back again when the config is refused',
    async (_, __, both) => {
      const port = await freePort();
      const [from, to] = both(port) as [string, string];
      const test = kernelForTest();
      const definitions = [greeter(), lifePlugin('life', [])];
      await test.apply({ definitions, plugins: { greeter: { port: from, greeting: 'old' } } });
      const present = await connectTo(port);
      expect((await readBytes(present, 3)).toString()).toBe('old');
      const refused = await test.reload({
        definitions,
        plugins: { greeter: { port: to, greeting: 'new' }, life: { fail: true } },
      });
      expect(refused.error).toBe('plugin life could not be started: it will not start');
      expect(await greeting(port, 3)).toBe('old');
      await test.apply({ definitions, plugins: { greeter: { port: to, greeting: 'new' } } });
      expect(await greeting(port, 3)).toBe('new');
      expect(present.destroyed).toBe(false);
      expect(test.log.messages('error')).toEqual([]);
    },
  );

  test('change from several particular interfaces to all of them', async () => {
    const port = await freePort();
    const test = kernelForTest();
    const definitions = [greeter('one'), greeter('two')];
    await test.apply({
      definitions,
      plugins: { one: { port: `127.0.0.1:${port}` }, two: { port: `127.0.0.2:${port}` } },
    });
    const report = await test.apply({ definitions, plugins: { one: { port }, two: false }, apps: {} });
    expect(report.outcome).toBe('applied');
    expect(await greeting(port, 3, '127.0.0.2')).toBe('one');
  });

  test('give each option with port 0 a port of its own', async () => {
    const test = kernelForTest();
    await test.apply({
      definitions: [greeter('one'), greeter('two')],
      plugins: { one: { port: 0 }, two: { port: 0 } },
    });
    expect(test.port('one.port')).not.toBe(test.port('two.port'));
    expect(await greeting(test.port('two.port'), 3)).toBe('two');
  });

  test('survive a plugin that throws at a connection: it is closed, logged, and the next is served', async () => {
    let count = 0;
    const plugin = pluginForTest('bad', {
      server: (context) =>
        context.listen({
          option: 'port',
          address: 0,
          onConnection: (socket) => {
            if (++count === 1) throw new Error('bug');
            socket.write('fine');
          },
        }),
    });
    const test = kernelForTest();
    await test.apply({ definitions: [plugin] });
    const first = await connectTo(test.port('bad.port'));
    first.on('error', () => {});
    await waitForEvent(first.resume(), 'close');
    expect(await greeting(test.port('bad.port'), 4)).toBe('fine');
    expect(test.log.messages('error')).toHaveLength(1);
  });

  test('hold no more than maxConnections, by the config that is in force', async () => {
    const test = kernelForTest();
    const config = { definitions: [greeter()], plugins: { greeter: { port: 0 } } };
    await test.apply({ ...config, server: { maxConnections: 1 } });
    const port = test.port('greeter.port');
    const first = await connectTo(port);
    await readBytes(first, 7);
    const second = await connectTo(port);
    second.on('error', () => {});
    await waitForEvent(second.resume(), 'close');
    await test.apply({ ...config, server: { maxConnections: 2 } });
    expect(await greeting(port, 7)).toBe('greeter');
    expect(test.kernel.pool.connections).toBe(2);
  });
});

describe('streams that are live', () => {
  /** Attaches a sink to each stream and notes what it hears. */
  function listener(heard: string[], level: 'server' | 'app' = 'server'): PluginDefinition {
    return pluginForTest('ear', {
      [level]: (context: ServerContext, options: Record<string, unknown>) => {
        const me = text(options['value'] ?? 'ear');
        context.hooks.streamStart.tap((stream) => {
          heard.push(`${me}: start ${stream.key}`);
          context.attach(stream, {
            write: (packet: MediaPacket) =>
              void heard.push(`${me}: ${spell([seen('video', packet.payload)])}`),
            end: (cause) => void heard.push(`${me}: end ${cause.code}`),
          });
        });
        context.hooks.streamStop.tap(
          (stream, cause) => void heard.push(`${me}: stop ${stream.key} ${cause.code}`),
        );
      },
    });
  }

  test('start for a plugin before their first packet, and end for it after their last', async () => {
    const heard: string[] = [];
    const test = kernelForTest();
    await test.apply({
      definitions: [PROTOCOL, listener(heard)],
      apps: { live: { options: { keepAfterUnpublishMs: 0 } } },
    });
    const publication = await publishTo(test);
    test.kernel.admission.unpublish(publication, { code: 'left', message: 'bye' });
    expect(heard).toEqual([
      'ear: start live/movie',
      'ear: v1',
      'ear: V1!',
      'ear: V2',
      'ear: stop live/movie unpublished',
      'ear: end unpublished',
    ]);
  });

  test.each(['server', 'app'] as const)(
    'meet a new instance (%s level) with headers and group, and leave the retired one',
    async (level) => {
      const heard: string[] = [];
      const test = kernelForTest();
      const definitions = [PROTOCOL, listener(heard, level)];
      await test.apply({ definitions, plugins: { ear: { value: 'a' } } });
      const publication = await publishTo(test);
      heard.length = 0;
      const report = await test.apply({ definitions, plugins: { ear: { value: 'b' } } });
      expect(report.streamsKept).toBe(1);
      expect(heard).toEqual(['b: start live/movie', 'b: v1', 'b: V1!', 'b: V2']);
      publication.write(publication.stream.headers[0]!, 80, publication.stream.headers[0]!.payload);
      expect(heard.slice(4)).toEqual(['b: v1']);
    },
  );

  test('meet a plugin that is switched on mid-stream, and are told to one that is switched off in their app', async () => {
    const heard: string[] = [];
    const test = kernelForTest();
    const definitions = [PROTOCOL, listener(heard)];
    const off = { live: { plugins: { ear: false } }, event: {} };
    await test.apply({ definitions, apps: off });
    await publishTo(test);
    expect(heard).toEqual([]);
    await test.apply({ definitions, apps: { live: {}, event: {} } });
    expect(heard).toEqual(['ear: start live/movie', 'ear: v1', 'ear: V1!', 'ear: V2']);
    heard.length = 0;
    await test.apply({ definitions, apps: off });
    expect(heard).toEqual(['ear: stop live/movie removed']);
  });

  test('get a new config’s options at once', async () => {
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL] });
    const { stream } = await publishTo(test);
    expect(stream.gop).toHaveLength(2);
    await test.apply({ definitions: [PROTOCOL], apps: { live: { options: { gop_num: 0 } } } });
    expect(stream.gop).toHaveLength(0);
  });

  test('that began while the config was staged meet its instances once', async () => {
    const heard: string[] = [];
    const test = kernelForTest();
    const late = pluginForTest('late', {
      server: (context, options) =>
        context.onStart(async () => {
          if (options['value'] === 2) await publishTo(test);
        }),
    });
    const definitions = [PROTOCOL, listener(heard), late];
    await test.apply({ definitions, plugins: { ear: { value: 'a' }, late: { value: 1 } } });
    await test.apply({ definitions, plugins: { ear: { value: 'b' }, late: { value: 2 } } });
    expect(heard.filter((line) => line.includes('start'))).toEqual([
      'a: start live/movie',
      'b: start live/movie',
    ]);
    expect(heard.filter((line) => line.startsWith('b:'))).toEqual([
      'b: start live/movie',
      'b: v1',
      'b: V1!',
      'b: V2',
    ]);
  });

  test('keep their viewers through a reload that replaces every plugin', async () => {
    const test = kernelForTest();
    const life = lifePlugin('life', []);
    await test.apply({ definitions: [PROTOCOL, life], plugins: { life: { value: 1 } } });
    const publication = await publishTo(test);
    const { transport } = await playFrom(test);
    const report = await test.apply({
      definitions: [PROTOCOL, life],
      plugins: { life: { value: 2 }, test: { value: 2 } },
    });
    expect(report).toMatchObject({ streamsKept: 1, viewersKept: 1, sessionsClosed: 0 });
    publication.stream.end({ code: 'unpublished', message: 'over' });
    expect(spell(transport.tags)).toBe('v1 V1! V2');
  });
});

describe('an application that is removed, or a protocol that is switched off in it', () => {
  const cases = [
    ['the application is removed', { other: {} }],
    ['the protocol is switched off', { live: { plugins: { test: false } } }],
  ] as const;

  test.each(cases)(
    'with onRemove: "drain" lets its sessions go on, and takes no new ones: %s',
    async (_, apps) => {
      const closed: string[] = [];
      const test = kernelForTest();
      const definitions = [PROTOCOL];
      await test.apply({ definitions });
      const { stream } = await publishTo(test, requestFor(), () => closed.push('publisher'));
      await playFrom(test, requestFor(), () => closed.push('viewer'));
      await test.apply({ definitions, apps });
      expect(closed).toEqual([]);
      expect(stream.state).toBe('live');
      expect(stream.viewerCount).toBe(1);
      await expect(playFrom(test)).rejects.toThrow(/no application "live"|test is switched off/);
      await expect(publishTo(test)).rejects.toThrow(/no application "live"|test is switched off/);
    },
  );

  test.each(cases)('with onRemove: "close" ends them, and says why: %s', async (_, apps) => {
    const closed: string[] = [];
    const test = kernelForTest();
    const definitions = [PROTOCOL];
    const onRemove = { options: { onRemove: 'close' } } as const;
    await test.apply({ definitions, apps: { live: onRemove } });
    await publishTo(test, requestFor(), (cause) => closed.push(`publisher ${cause.code}`));
    await playFrom(test, requestFor(), (cause) => closed.push(`viewer ${cause.code}`));
    const after = 'live' in apps ? { live: { ...apps.live, ...onRemove } } : apps;
    const report = await test.apply({ definitions, apps: after });
    expect(closed).toEqual(['publisher removed', 'viewer removed']);
    expect(report.sessionsClosed).toBe(2);
  });

  test('leaves other applications alone', async () => {
    const closed: string[] = [];
    const test = kernelForTest();
    const onRemove = { options: { onRemove: 'close' } } as const;
    await test.apply({ definitions: [PROTOCOL], apps: { live: onRemove, event: onRemove } });
    await publishTo(test, requestFor('event'), () => closed.push('event'));
    await test.apply({ definitions: [PROTOCOL], apps: { event: onRemove } });
    expect(closed).toEqual([]);
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
  await publishTo(test, requestFor(), (cause) => life.push(`publisher ${cause.code}`));
  life.length = 0;
  await test.kernel.stop({ code: 'shutdown', message: 'SIGTERM' });
  expect(life).toEqual([
    'publisher shutdown',
    'two 1: stop first',
    'two 1: stop shutdown',
    'one 1: stop first',
    'one 1: stop shutdown',
  ]);
  expect(await isOpen(port)).toBe(false);
  expect(test.kernel.addresses).toEqual([]);
  expect(test.kernel.hub.streams).toEqual([]);
});

test('figures come from the kernel and from every plugin that taps stat', async () => {
  const plugin = pluginForTest('one', {
    server: (context) => context.hooks.stat.tap((figures) => void figures.set('one.answer', 42)),
  });
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, plugin], apps: { live: {}, event: {} } });
  await publishTo(test);
  await playFrom(test);
  expect(Object.fromEntries(test.kernel.figures())).toMatchObject({
    'config.generation': 1,
    'config.lastOutcome': 'applied',
    'server.streams': 1,
    'server.viewers': 1,
    'one.answer': 42,
  });
});
