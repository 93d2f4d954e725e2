import { Agent, get, request as httpRequest, type IncomingMessage } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Route } from '../../../core/http/router.ts';
import type { PluginDefinition } from '../../../core/plugin/plugin.ts';
import { replyJson } from '../../../core/http/replies/reply.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { connectTo, freePort, readToEnd, untilClosed, waitForEvent } from '../../helpers/net.ts';
import { kernelForTest } from '../kernel/kernel-kit.ts';

/** Answers `/{name}` with its `value`. */
function web(name: string, path = `/${name}`): PluginDefinition {
  return pluginForTest(name, {
    server: (context, options) => {
      const port = (options['port'] as number | undefined) ?? 0;
      const route: Route = {
        methods: ['GET'],
        path,
        handler: (request, response) => replyJson(request, response, { body: options['value'] ?? name }),
        upgrade: (request, socket) => {
          socket.end(
            `HTTP/1.1 101 Switching Protocols\r\nupgrade: ${request.headers.upgrade}\r\nconnection: upgrade\r\n\r\nhello`,
          );
        },
      };
      context.serve({ port }, [route]);
    },
  });
}

function ask(
  port: number,
  path: string,
  agent?: Agent,
): Promise<{ status: number; body: string; headers: IncomingMessage['headers'] }> {
  return new Promise((resolve, reject) => {
    get({ port, path, host: '127.0.0.1', ...(agent && { agent }) }, (response) => {
      let body = '';
      response.on('data', (piece) => (body += String(piece)));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
      );
    }).on('error', reject);
  });
}

async function raw(port: number, bytes: string): Promise<string> {
  const socket = await connectTo(port);
  socket.write(bytes);
  return (await readToEnd(socket)).toString();
}

function keepAlive(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return agent;
}

describe('plugins that name one address', () => {
  test('share its listener and router', async () => {
    const port = await freePort();
    const kernel = kernelForTest();
    await kernel.apply({ definitions: [web('one'), web('two')], plugins: { one: { port }, two: { port } } });
    expect(kernel.kernel.pool.listeners).toHaveLength(1);
    expect((await ask(port, '/one')).body).toBe('"one"\n');
    expect((await ask(port, '/two')).body).toBe('"two"\n');
    expect((await ask(port, '/three')).status).toBe(404);
  });

  test('and one route are rejected by name, and nothing is opened', async () => {
    const port = await freePort();
    const kernel = kernelForTest();
    const report = await kernel.reload({
      definitions: [web('one', '/same'), web('two', '/same')],
      plugins: { one: { port }, two: { port } },
    });
    expect(report.error).toBe(
      'plugins one and two both claim GET /same on one address; give one of them another port',
    );
    await untilClosed(port);
  });
});

describe('a connection that is kept alive', () => {
  test('meets the new routes from its next request on', async () => {
    const kernel = kernelForTest();
    const agent = keepAlive();
    await kernel.apply({ definitions: [web('one')], plugins: { one: { value: 'old' } } });
    const port = kernel.port('one.port');
    expect((await ask(port, '/one', agent)).body).toBe('"old"\n');
    await kernel.apply({ definitions: [web('one')], plugins: { one: { value: 'new' } } });
    expect((await ask(port, '/one', agent)).body).toBe('"new"\n');
    expect(kernel.kernel.pool.connections).toBe(1);
  });

  test('on an address that is closed is closed when it is idle', async () => {
    const kernel = kernelForTest();
    const agent = keepAlive();
    await kernel.apply({ definitions: [web('one')] });
    await ask(kernel.port('one.port'), '/one', agent);
    await kernel.apply({ definitions: [web('one')], plugins: { one: false }, apps: {} });
    await kernel.kernel.pool.drained();
    expect(kernel.kernel.pool.connections).toBe(0);
  });

  test('and has a request under way on an address that is closed gets its answer, and then the end', async () => {
    let finish: () => void = () => {};
    const slow = pluginForTest('slow', {
      server: (context) =>
        context.serve({ port: 0 }, [
          {
            methods: ['GET'],
            path: '/slow',
            handler: (request, response) => {
              finish = () => replyJson(request, response, { body: 'done' });
            },
          },
        ]),
    });
    const kernel = kernelForTest();
    await kernel.apply({ definitions: [slow] });
    const socket = await connectTo(kernel.port('slow.port'));
    socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n');
    await expect.poll(() => finish.toString()).toContain('done');
    await kernel.apply({ definitions: [slow], plugins: { slow: false }, apps: {} });
    finish();
    const answer = (await readToEnd(socket)).toString();
    expect(answer).toContain('"done"');
  });
});

describe('upgrades', () => {
  test('go to the route that takes them', async () => {
    const kernel = kernelForTest();
    await kernel.apply({ definitions: [web('one')] });
    const sent = httpRequest({
      port: kernel.port('one.port'),
      host: '127.0.0.1',
      path: '/one',
      headers: { connection: 'Upgrade', upgrade: 'websocket' },
    }).end();
    const [response] = await waitForEvent<[IncomingMessage]>(sent, 'upgrade');
    expect(response.statusCode).toBe(101);
  });

  test('of a path that nothing serves are answered 404', async () => {
    const kernel = kernelForTest();
    await kernel.apply({ definitions: [web('one')] });
    const answer = await raw(
      kernel.port('one.port'),
      'GET /none HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  });

  test('to HTTP/2, which some clients offer with each request, are declined by a plain answer', async () => {
    const kernel = kernelForTest();
    await kernel.apply({ definitions: [web('one')] });
    const answer = await raw(
      kernel.port('one.port'),
      'GET /one HTTP/1.1\r\nhost: x\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('"one"');
  });
});

describe('hostile bytes', () => {
  test.each([
    ['nonsense', '\u0000\u0001\u0002\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'headers that are too large',
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
  ])('(%s) end their own connection with a status, and no other', async (_, bytes, status) => {
    const kernel = kernelForTest();
    await kernel.apply({ definitions: [web('one')] });
    const port = kernel.port('one.port');
    expect(await raw(port, bytes)).toMatch(status);
    expect((await ask(port, '/one')).status).toBe(200);
  });
});
