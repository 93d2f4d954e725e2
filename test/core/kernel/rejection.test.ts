import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { replyJson } from '../../../core/http/replies/reply.ts';
import { pluginForTest, resolveForTest } from '../../helpers/config.ts';
import { freePort, untilClosed } from '../../helpers/net.ts';
import { kernelForTest } from './kernel-kit.ts';
import { greeter, greeting, lifePlugin } from './plugin-kit.ts';

describe('a config that is rejected', () => {
  test.each([
    ['server', 'server() is async; it must declare synchronously and leave waiting to onStart'],
    ['app', 'app() is async; it must declare synchronously and leave waiting to onStart'],
  ] as const)('because %s() is async says so', async (level, reason) => {
    const plugin = pluginForTest('late', { [level]: async () => {} });
    const report = await kernelForTest().reload({ definitions: [plugin] });
    expect(report.outcome).toBe('rejected');
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
      outcome: 'rejected',
      generation: 0,
      error: 'plugin bad could not be declared: no such thing',
    });
    expect(life).toEqual(['one 1: declare']);
  });

  test('because a start failed leaves nothing new open, stops what was started, and never touches the old', async () => {
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
      outcome: 'rejected',
      generation: 1,
      error: 'plugin two could not be started: it will not start',
    });
    expect(life).toEqual([
      'one b: declare',
      'two b: declare',
      'one b: start',
      'two b: start',
      'two b: stop first',
      'two b: stop rejected',
      'one b: stop first',
      'one b: stop rejected',
    ]);
    expect(test.kernel.generation.scopes).toBe(scopes);
    expect(await greeting(oldPort, 3)).toBe('old');
    await untilClosed(newPort);
    expect(test.kernel.lastReport).toBe(report);
  });

  test('because a start takes too long names the plugin, and tells it to give up', async () => {
    const noted: string[] = [];
    const slow = pluginForTest('slow', {
      server: (context) => {
        context.onStart((signal) => {
          signal.addEventListener('abort', () => noted.push('told to give up'));
          return new Promise(() => {});
        });
        context.onStop((cause) => void noted.push(`stop ${cause}`));
      },
    });
    const report = await kernelForTest({ startLimitMs: 1 }).reload({ definitions: [slow] });
    expect(report).toMatchObject({
      outcome: 'rejected',
      error: 'plugin slow did not start within 0.001 s',
    });
    expect(noted).toEqual(['told to give up', 'stop rejected']);
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
      'greeter.port: "everywhere" is not an address; write 1935, ":1935" or "127.0.0.1:1935"',
    );
  });

  test('because two TCP protocols, or one and HTTP, name one address, says which options', async () => {
    const port = await freePort();
    const web = pluginForTest('web', {
      server: (context, options) =>
        context.serve({ port: Number(options['port']) }, [
          {
            methods: ['GET'],
            path: '/',
            handler: (request, response) => replyJson(request, response, { body: 1 }),
          },
        ]),
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
    await untilClosed(port);
  });

  test.each(['127.0.0.1', '0.0.0.0'])(
    'because one option names every interface and another %s of the same port says so, and opens neither',
    async (host) => {
      const port = await freePort();
      const report = await kernelForTest().reload({
        definitions: [greeter('one'), greeter('two')],
        plugins: { one: { port }, two: { port: `${host}:${port}` } },
      });
      expect(report.outcome).toBe('rejected');
      expect(report.error).toContain('one.port');
      expect(report.error).toContain('two.port');
      await untilClosed(port);
    },
  );

  test('is rejected by check() for the same reasons, with nothing started', async () => {
    const life: string[] = [];
    const test = kernelForTest();
    const config = resolveForTest({
      definitions: [lifePlugin('one', life), greeter()],
      plugins: { greeter: { port: 'x' } },
    });
    await expect(test.kernel.check(config)).rejects.toThrow('"x" is not an address');
    expect(life).toEqual(['one 1: declare']);
    expect(test.kernel.generation.number).toBe(0);
  });
});
