// HTTP connections at their edges: upgrades that are ignored or denied, and clients that never close.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { replyFile } from '../../../core/http/files/file-reply.ts';
import { replyJson } from '../../../core/http/replies/reply.ts';
import type { Route } from '../../../core/http/router.ts';
import { definePlugin } from '../../../core/plugin/plugin.ts';
import { connectTo, readToEnd, waitForEvent } from '../../helpers/net.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { stepClock } from '../../helpers/step-clock.ts';

/** A server with a plugin that serves these routes, and the port of the plugin. */
async function serve(
  routes: readonly Pick<Route, 'path' | 'handler'>[],
): Promise<{ server: TestServer; port: number }> {
  const web = definePlugin({
    name: 'web',
    schema: { type: 'object', properties: {} },
    server(context) {
      context.serve(
        { port: '127.0.0.1:0' },
        routes.map((route) => ({ methods: ['GET'], ...route })),
      );
    },
  });
  const server = await startServer({ plugins: [web] });
  return { server, port: server.port('web.port') };
}

const HELLO: Pick<Route, 'path' | 'handler'> = {
  path: '/hello',
  handler: (request, response) => replyJson(request, response, { body: 'hello' }),
};

/** A request with headers for an upgrade. */
function upgradeTo(protocol: string, path = '/hello', more = ''): string {
  return `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: ${protocol}\r\n${more}\r\n`;
}

test('an upgrade that is ignored gets the whole file, also one larger than every buffer', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'livego-http-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'large');
  const length = 16 * 1024 * 1024;
  writeFileSync(file, Buffer.alloc(length, 7));
  const reply = { type: 'application/octet-stream', etag: '"1"', cacheControl: 'no-store' };
  const { port } = await serve([
    {
      path: '/large',
      handler: (request, response) => void replyFile(request, response, { file, length }, reply),
    },
  ]);
  const socket = await connectTo(port);
  socket.write(upgradeTo('h2c', '/large'));
  const bytes = await readToEnd(socket);
  const body = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
  expect(body.equals(Buffer.alloc(length, 7))).toBe(true);
});

test('a client whose upgrade is ignored is seen to disconnect', async () => {
  let closed = (): void => {};
  const seen = new Promise<void>((resolve) => (closed = resolve));
  const { port } = await serve([
    {
      path: '/endless',
      handler: (_request, response) => {
        response.once('close', closed);
        response.write('and so on');
      },
    },
  ]);
  const socket = await connectTo(port);
  socket.write(upgradeTo('h2c', '/endless'));
  await waitForEvent(socket, 'data');
  socket.end();
  await seen;
});

test.each([
  ['a WebSocket of a path that takes none', upgradeTo('websocket'), 404],
  ['an upgrade that is ignored', upgradeTo('h2c'), 200],
  ['an upgrade with a body', `${upgradeTo('h2c', '/hello', 'content-length: 5\r\n')}hello`, 400],
  ['nonsense', 'nonsense\r\n\r\n', 400],
])('after %s the connection is cut, also if the client never closes it', async (_what, request, status) => {
  const step = stepClock();
  const { server, port } = await serve([HELLO]);
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  const ended = waitForEvent(socket, 'end');
  let head = '';
  socket.on('data', (bytes: Buffer) => (head += bytes.toString()));
  socket.write(request);
  await ended;
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(server.server.connections).toBe(1);
  step(4_000);
  await expect.poll(() => server.server.connections).toBe(0);
});
