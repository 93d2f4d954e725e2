import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createConfigSource } from '../../config/load.ts';
import type { ConfigSource, LoadResult } from '../../core/config.ts';
import type { FileWatcher, WatchFiles } from '../../core/following/followed-files.ts';
import { replyJson } from '../../core/http/replies/reply.ts';
import { definePlugin, type PluginDefinition } from '../../core/plugin/plugin.ts';
import { createServer, type LivegoServer, type ServerSettings } from '../../core/server.ts';
import { connectTo, freePort, readToEnd, untilClosed, within } from '../helpers/net.ts';
import { memoryLog, type MemoryLog } from '../helpers/memory-log.ts';

/** Requests to `/wait`, which are answered when the test says so. */
interface Waiting {
  answer?: () => void;
}

/** Answers `/value` with its option. */
function webPlugin(waiting: Waiting): PluginDefinition {
  return definePlugin<{ port: number; value: string }>({
    name: 'web',
    schema: {
      type: 'object',
      properties: {
        port: { type: 'integer', default: 0, description: 'Port.' },
        value: { type: 'string', default: 'a', description: 'Answer.' },
      },
    },
    server: (context, { port, value }) =>
      context.serve({ port }, [
        {
          methods: ['GET'],
          path: '/value',
          handler: (request, response) => replyJson(request, response, { body: value }),
        },
        {
          methods: ['GET'],
          path: '/wait',
          handler: (request, response) => {
            waiting.answer = () => replyJson(request, response, { body: 'at last' });
          },
        },
      ]),
  });
}

interface TestServer {
  readonly server: LivegoServer;
  readonly log: MemoryLog;
  readonly waiting: Waiting;
  /** The config's text from the next load on. */
  readonly write: (text: string) => void;
}

function sourceOf(text: string, waiting: Waiting = {}): ConfigSource {
  return createConfigSource({ file: 'livego.json5', builtins: [webPlugin(waiting)], text });
}

function serverOf(text: string, more: Partial<ServerSettings> = {}): TestServer {
  const log = memoryLog();
  const waiting: Waiting = {};
  const base = sourceOf(text, waiting);
  let current = text;
  const source: ConfigSource = { name: 'livego.json5', load: () => base.load(current) };
  const server = createServer({ source, log: log.log, ...more });
  onTestFinished(() => server.stop('the test is over'));
  return { server, log, waiting, write: (next) => void (current = next) };
}

async function valueOf(server: LivegoServer): Promise<unknown> {
  return (await server.inject('web.port', { url: '/value' })).json();
}

describe('a server', () => {
  test('starts by its config, answers, follows a new one, and stops', async () => {
    const { server, log, write } = serverOf('{ web: { value: "a" } }');
    await server.start();
    const port = server.port('web.port');
    expect(log.messages('info')).toEqual([`listening on :${port} (web.port, http)`]);
    expect(await valueOf(server)).toBe('a');
    write('{ web: { value: "b" } }');
    const report = await server.reload('the test asked');
    expect(report).toMatchObject({ outcome: 'applied', generation: 2 });
    expect(await valueOf(server)).toBe('b');
    expect(server.port('web.port')).toBe(port);
    expect(server.lastReport).toBe(report);
    await server.stop('over');
    await untilClosed(port);
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
    await expect(server.start()).rejects.toThrow(`web.port (line 1): :${port} is in use by another program`);
  });

  test('keeps running as before when a reload has faults, and logs each', async () => {
    const { server, log, write } = serverOf('{}');
    await server.start();
    write('{ web: { value: 5 } }');
    const report = await server.reload('the test asked');
    expect(report).toMatchObject({ outcome: 'rejected', generation: 1 });
    expect(report.faults).toHaveLength(1);
    expect(log.messages('error')[0]).toMatch(/^livego\.json5:1:\d+: web\.value: /);
    expect(log.messages('error')[1]).toMatch(/^config rejected, .*1 stays current: 1 fault$/);
    expect(await valueOf(server)).toBe('a');
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

describe('reloads', () => {
  test('run one after the other: those asked for meanwhile share the next, which reads the file when its turn comes', async () => {
    const base = sourceOf('{}');
    const gates: (() => void)[] = [];
    const noted: string[] = [];
    let text = '{}';
    const source: ConfigSource = {
      name: 'livego.json5',
      load: async () => {
        const read = text;
        noted.push(`reads ${read}`);
        await new Promise<void>((resolve) => gates.push(resolve));
        noted.push(`has read ${read}`);
        return base.load(read);
      },
    };
    const server = createServer({ source, log: memoryLog().log });
    onTestFinished(() => server.stop('the test is over'));
    const proceed = async (): Promise<void> => {
      await expect.poll(() => gates.length).toBeGreaterThan(0);
      gates.shift()!();
    };
    const starting = server.start();
    await proceed();
    await starting;
    noted.length = 0;
    const edit = (value: string): void => void (text = `{ web: { value: "${value}" } }`);
    edit('b');
    const first = server.reload('one');
    await expect.poll(() => gates.length).toBe(1);
    edit('c');
    const others = [server.reload('two'), server.reload('three')];
    edit('d');
    const late = server.reload('four');
    expect(noted).toEqual(['reads { web: { value: "b" } }']);
    await proceed();
    expect(await first).toMatchObject({ outcome: 'applied', generation: 2 });
    await proceed();
    const reports = await Promise.all([...others, late]);
    expect(new Set(reports).size).toBe(1);
    expect(reports[0]).toMatchObject({ outcome: 'applied', generation: 3 });
    expect(noted).toEqual([
      'reads { web: { value: "b" } }',
      'has read { web: { value: "b" } }',
      'reads { web: { value: "d" } }',
      'has read { web: { value: "d" } }',
    ]);
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
    await expect.poll(() => server.connections).toBe(0);
  });

  test('twice waits twice: the second resolves when the server has stopped, not before, and it stops once', async () => {
    const { server, log, waiting } = serverOf('{}');
    await server.start();
    const socket = await connectTo(server.port('web.port'));
    socket.write('GET /wait HTTP/1.1\r\nhost: x\r\n\r\n');
    const answer = readToEnd(socket);
    await expect.poll(() => waiting.answer !== undefined).toBe(true);
    const order: string[] = [];
    const first = server.stop('one').then(() => order.push(`first: ${server.connections} connections`));
    const second = server.stop('two').then(() => order.push(`second: ${server.connections} connections`));
    await expect.poll(() => server.addresses).toEqual([]);
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    expect(order).toEqual([]);
    waiting.answer!();
    await within(Promise.all([first, second]), 'both to resolve');
    expect(order).toEqual(['first: 0 connections', 'second: 0 connections']);
    expect((await answer).toString()).toContain('"at last"');
    expect(log.messages('info').slice(1)).toEqual(['stopping: one', 'stopped']);
  });

  test('while it starts leaves nothing running', async () => {
    const port = await freePort();
    let give: (result: LoadResult) => void = () => {};
    const source = { name: 'x', load: () => new Promise<LoadResult>((resolve) => (give = resolve)) };
    const { server } = serverOf('{}', { source });
    const starting = server.start().catch(() => {});
    await server.stop('at once');
    give(await sourceOf(`{ web: { port: ${port} } }`).load());
    await starting;
    onTestFinished(() => server.kernel.stop('over'));
    await untilClosed(port);
  });
});

describe('following its files', () => {
  interface Watch extends FileWatcher {
    files: readonly string[];
    closed: boolean;
    change(event: 'changed' | 'vanished'): void;
  }

  function watching(): { watches: Watch[]; watch: WatchFiles } {
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
      await expect.poll(() => server.lastReport?.outcome).toBe(text.includes('5') ? 'rejected' : 'applied');
    }
    expect(await valueOf(server)).toBe('c');
    watches[0]!.change('vanished');
    expect(log.messages('warn')).toEqual(['livego.json5 has vanished; the current config stays']);
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
