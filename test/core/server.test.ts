import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createConfigSource } from '../../config/load.ts';
import type { ConfigSource, LoadResult } from '../../core/config.ts';
import { replyJson } from '../../core/http/reply.ts';
import type { PluginDefinition } from '../../core/plugin/plugin.ts';
import { createServer, type FileWatcher, type LivegoServer, type ServerSettings } from '../../core/server.ts';
import { connectTo, freePort, readToEnd } from '../helpers/net.ts';
import { memoryLog, type MemoryLog } from '../helpers/memory-log.ts';

/** Answers `/value` with its option. */
const web = {
  name: 'web',
  schema: {
    type: 'object',
    properties: {
      port: { type: 'integer', default: 0, description: 'Port.' },
      value: { type: 'string', default: 'a', description: 'Answer.' },
    },
  },
  server: (context, options: { port: number; value: string }) =>
    context.route({
      option: 'port',
      address: options.port,
      methods: ['GET'],
      path: '/value',
      handle: (request, response) => replyJson(request, response, 200, options.value),
    }),
} as PluginDefinition<{ port: number; value: string }> as PluginDefinition;

interface TestServer {
  readonly server: LivegoServer;
  readonly log: MemoryLog;
  /** The config's text from the next load on. */
  readonly write: (text: string) => void;
}

function serverOf(text: string, more: Partial<ServerSettings> = {}): TestServer {
  const log = memoryLog();
  let current = text;
  const source: ConfigSource = {
    name: 'livego.json5',
    load: () => createConfigSource({ file: 'livego.json5', builtins: [web], text: current }).load(),
  };
  const server = createServer({ source, log: log.log, ...more });
  onTestFinished(() => server.stop('the test is over'));
  return { server, log, write: (next) => void (current = next) };
}

describe('a server', () => {
  test('starts by its config, answers, follows a new one, and stops', async () => {
    const { server, log, write } = serverOf('{ web: { value: "a" } }');
    await server.start();
    const port = server.port('web.port');
    expect(log.messages('info')).toEqual([`listening on :${port} (web.port, http)`]);
    expect((await server.inject('web.port', { url: '/value' })).json()).toBe('a');
    write('{ web: { value: "b" } }');
    const report = await server.reload('the test asked');
    expect(report).toMatchObject({ outcome: 'applied', generation: 2 });
    expect((await server.inject('web.port', { url: '/value' })).json()).toBe('b');
    expect(server.port('web.port')).toBe(port);
    expect(server.lastReport).toBe(report);
    await server.stop('over');
    await expect(connectTo(port)).rejects.toThrow();
  });

  test('with a faulty config does not start, and tells every fault with its place', async () => {
    const { server } = serverOf('{\n  web: { valeu: "a" },\n  gop_num: -1,\n}');
    await expect(server.start()).rejects.toMatchObject({
      code: 'LVG_CONFIG_INVALID',
      message: expect.stringMatching(/^livego\.json5:2:\d+: web\.valeu: .*\nlivego\.json5:3:\d+: gop_num: /s),
    });
  });

  test('whose port is taken does not start, and names the option and the port', async () => {
    const taken = createTcpServer().listen(0);
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { server } = serverOf(`{ web: { port: ${port} } }`);
    await expect(server.start()).rejects.toThrow(`web.port: :${port} is in use by another program`);
  });

  test('keeps running as before when a reload has faults, and logs each', async () => {
    const { server, log, write } = serverOf('{}');
    await server.start();
    write('{ web: { value: 5 } }');
    const report = await server.reload('the test asked');
    expect(report).toMatchObject({ outcome: 'refused', generation: 1 });
    expect(report.faults).toHaveLength(1);
    expect(log.messages('error')[0]).toMatch(/^livego\.json5:1:\d+: web\.value: /);
    expect(log.messages('error')[1]).toMatch(/^config refused, .*1 stays in force: 1 fault$/);
    expect((await server.inject('web.port', { url: '/value' })).json()).toBe('a');
  });

  test('starts once, and reloads only while it runs', async () => {
    const { server } = serverOf('{}');
    await expect(server.reload('too early')).rejects.toMatchObject({ code: 'LVG_SERVER_STATE' });
    await server.start();
    await expect(server.start()).rejects.toMatchObject({ code: 'LVG_SERVER_STATE' });
    await server.stop('over');
    await expect(server.reload('too late')).rejects.toMatchObject({ code: 'LVG_SERVER_STATE' });
  });

  test('names what is open when asked for a port that is not', async () => {
    const { server } = serverOf('{}');
    await server.start();
    expect(() => server.port('rtmp.port')).toThrow('nothing listens for rtmp.port; open are web.port');
  });
});

describe('stopping', () => {
  test('cuts connections that stay, so that it ends', async () => {
    const { server } = serverOf('{}');
    await server.start();
    const socket = await connectTo(server.port('web.port'));
    const closed = readToEnd(socket);
    await server.stop('over');
    await closed;
    await expect.poll(() => server.kernel.pool.connections).toBe(0);
  });

  test('twice waits twice: the second resolves when it has stopped, not before', async () => {
    const { server } = serverOf('{}');
    await server.start();
    const order: string[] = [];
    const first = server.stop('one').then(() => order.push('first'));
    const second = server.stop('two').then(() => order.push('second'));
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
  });

  test('while it starts leaves nothing running', async () => {
    const port = await freePort();
    let give: (result: LoadResult) => void = () => {};
    const source = { name: 'x', load: () => new Promise<LoadResult>((resolve) => (give = resolve)) };
    const { server } = serverOf('{}', { source });
    const starting = server.start().catch(() => {});
    await server.stop('at once');
    give(await createConfigSource({ file: 'x', builtins: [web], text: `{ web: { port: ${port} } }` }).load());
    await starting;
    onTestFinished(() => server.kernel.stop({ code: 'shutdown', message: 'over' }));
    await expect(connectTo(port)).rejects.toThrow();
  });
});

describe('following its files', () => {
  interface Watch extends FileWatcher {
    files: readonly string[];
    closed: boolean;
    change(event: 'changed' | 'vanished'): void;
  }

  function watching(): { watches: Watch[]; watch: NonNullable<ServerSettings['watch']> } {
    const watches: Watch[] = [];
    return {
      watches,
      watch: (files, _options, onChange) => {
        const made: Watch = {
          files,
          closed: false,
          change: (event) => onChange(event, 'livego.json5'),
          update: (next) => void (made.files = next),
          close: async () => void (made.closed = true),
        };
        watches.push(made);
        return made;
      },
    };
  }

  test('reloads when one changed, also when it was faulty before', async () => {
    const { watch, watches } = watching();
    const { server, write, log } = serverOf('{}', { watch });
    await server.start();
    for (const text of ['{ web: { value: 5 } }', '{ web: { value: "c" } }']) {
      write(text);
      watches[0]!.change('changed');
      await expect.poll(() => server.lastReport?.outcome).toBe(text.includes('5') ? 'refused' : 'applied');
    }
    expect((await server.inject('web.port', { url: '/value' })).json()).toBe('c');
    watches[0]!.change('vanished');
    expect(log.messages('warn')).toEqual(['livego.json5 has vanished; the config that is in force stays']);
    await server.stop('over');
    expect(watches.map((each) => each.closed)).toEqual([true]);
  });

  test('ends when the config says so', async () => {
    const { watch, watches } = watching();
    const { server, write } = serverOf('{}', { watch });
    await server.start();
    write('{ watch: { enabled: false } }');
    await server.reload('the test asked');
    expect(watches.map((each) => each.closed)).toEqual([true]);
  });
});
