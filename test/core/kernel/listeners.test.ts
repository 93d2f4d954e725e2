import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeCertificate } from '../../helpers/programs/certificate.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { connectTo, freePort, readBytes, untilClosed, waitForEvent, within } from '../../helpers/net.ts';
import { kernelForTest } from './kernel-kit.ts';
import { greeter, greeting, isOpen, lifePlugin } from './plugin-kit.ts';

async function connectSecurely(port: number): Promise<Socket> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  onTestFinished(() => void socket.destroy());
  await within(once(socket, 'secureConnect'), 'the TLS handshake');
  return socket;
}

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
        context.listen({ port: Number(options['port']) }, (socket) => {
          sockets.push(socket);
          socket.on('data', (bytes) => socket.write(bytes));
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
    await untilClosed(oldPort);
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
    'change from %s to %s of the same port, and back again when the config is rejected',
    async (_, __, both) => {
      const port = await freePort();
      const [from, to] = both(port) as [string, string];
      const test = kernelForTest();
      const definitions = [greeter(), lifePlugin('life', [])];
      await test.apply({ definitions, plugins: { greeter: { port: from, greeting: 'old' } } });
      const present = await connectTo(port);
      expect((await readBytes(present, 3)).toString()).toBe('old');
      const rejected = await test.reload({
        definitions,
        plugins: { greeter: { port: to, greeting: 'new' }, life: { fail: true } },
      });
      expect(rejected.error).toBe('plugin life could not be started: it will not start');
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

  test.each([
    ['throws', 'plain'],
    ['rejects', 'plain'],
    ['throws', 'tls'],
    ['rejects', 'tls'],
  ] as const)(
    'survive a plugin that %s at a connection (%s): it is closed, logged, and the next is served',
    async (how, transport) => {
      let count = 0;
      const tls = transport === 'tls' ? { port: ':0', ...makeCertificate('bad.example') } : undefined;
      const plugin = pluginForTest('bad', {
        server: (context) =>
          context.listen({ port: 0, tls }, (socket) => {
            if (++count > 1) return void socket.write('fine');
            if (how === 'throws') throw new Error('bug');
            return Promise.reject(new Error('bug')) as unknown as void;
          }),
      });
      const test = kernelForTest();
      await test.apply({ definitions: [plugin] });
      const connect = (): Promise<Socket> =>
        transport === 'tls' ? connectSecurely(test.port('bad.tls.port')) : connectTo(test.port('bad.port'));
      const first = await connect();
      first.on('error', () => {});
      await waitForEvent(first.resume(), 'close');
      expect((await readBytes(await connect(), 4)).toString()).toBe('fine');
      expect(test.log.messages('error')).toEqual(['a connection on :0 could not be served']);
    },
  );

  test('hold no more than maxConnections, by the current config', async () => {
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
