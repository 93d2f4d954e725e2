// Requests that make no sense: each gets a problem, and the server lives.
import type { Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import { connectTo, readToEnd } from '../../helpers/net.ts';
import { startApi, type ApiServer } from './api-kit.ts';

const MEGABYTE = 1024 * 1024;

async function connected(server: ApiServer): Promise<Socket> {
  return await connectTo(server.port('api.port'));
}

function head(method: string, path: string, headers: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}\r\n`;
}

/** What is answered on the connection until the server closes it. */
async function answers(socket: Socket): Promise<string> {
  return (await readToEnd(socket)).toString();
}

test.each(['/api/v1/bans', '/control/push'])(
  'a body of chunks that never ends is answered with 413 at %s, and the server lives',
  async (path) => {
    const server = await startApi();
    const socket = await connected(server);
    const answer = answers(socket);
    const type = 'application/x-www-form-urlencoded';
    socket.write(head('POST', path, { 'content-type': type, 'transfer-encoding': 'chunked' }));
    const chunk = Buffer.concat([Buffer.from('40000\r\n'), Buffer.alloc(0x40000, 32), Buffer.from('\r\n')]);
    for (let sent = 0; sent <= MEGABYTE; sent += 0x40000) socket.write(chunk);
    expect(await answer).toContain('413 Payload Too Large');
    expect((await server.ask('/api/v1/bans')).statusCode).toBe(200);
  },
);

test('a body that is announced as too long is not waited for', async () => {
  const server = await startApi();
  const socket = await connected(server);
  const answer = answers(socket);
  socket.write(head('PATCH', '/api/v1/config', { 'content-length': MEGABYTE + 1 }));
  expect(await answer).toMatch(/413 Payload Too Large[^]*application\/problem\+json[^]*"code":"too-large"/);
});

test('a client that leaves within its body, or before its answer, leaves no fault in the log', async () => {
  const server = await startApi();
  const half = await connected(server);
  half.write(`${head('POST', '/api/v1/bans', { 'content-length': 100 })}{"address":`);
  await vi.waitFor(() => expect(server.server.connections).toBe(1));
  half.destroy();
  const early = await connected(server);
  early.write(`${head('POST', '/api/v1/bans', { 'content-length': 23 })}{"address":"192.0.2.1"}`);
  early.destroy();
  const audited = (): unknown[] =>
    server.log.filter(({ audit }) => audit === true).map(({ status }) => status);
  // Whether it has arrived before its connection was cut is not known.
  await vi.waitFor(() => expect(audited()).toContain(400));
  expect(server.log.filter(({ level }) => level >= 50)).toEqual([]);
});

const DEEP = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;

const LONG = JSON.stringify(Array<number>(10_000).fill(1));

const GARBAGE = [
  ['GET', '/api/v1/nothing', {}, 404, 'not-found'],
  ['GET', '/api/v2', {}, 404, 'not-found'],
  ['DELETE', '/api/v1/streams', {}, 405, 'not-allowed'],
  ['POST', '/api/v1/streams/live/movie:explode', {}, 404, 'not-found'],
  ['PUT', '/api/v1/streams/live/movie:end', {}, 405, 'not-allowed'],
  ['GET', '/api/v1/streams?limit=0', {}, 400, 'invalid'],
  ['GET', '/api/v1/streams?limit=ten', {}, 400, 'invalid'],
  ['GET', '/api/v1/streams?offset=-1', {}, 400, 'invalid'],
  ['GET', '/api/v1/streams?limit=5&limit=7', {}, 400, 'invalid'],
  ['GET', '/api/v1/streams?bogus=1', {}, 400, 'invalid'],
  ['GET', '/api/v1/streams?fields=a,,b', {}, 400, 'invalid'],
  ['GET', '/api/v1/sessions?fields=__proto__.x', {}, 400, 'invalid'],
  ['GET', '/api/v1/events?kinds=weather', {}, 400, 'invalid'],
  ['POST', '/api/v1/bans', { payload: DEEP }, 400, 'too-deep'],
  ['POST', '/api/v1/bans', { payload: LONG }, 400, 'too-many'],
  ['POST', '/api/v1/bans', { payload: '[]' }, 400, 'invalid'],
  ['POST', '/api/v1/bans', { payload: '{"address":"192.0.2.1","for":"ever"}' }, 400, 'invalid'],
  ['PATCH', '/api/v1/config', { payload: DEEP }, 400, 'too-deep'],
  ['PATCH', '/api/v1/config', { payload: LONG }, 400, 'too-many'],
  ['PATCH', '/api/v1/config', { payload: '{}', headers: { 'if-match': 'bad' } }, 400, 'invalid'],
  [
    'PATCH',
    '/api/v1/config',
    { payload: '{}', headers: { 'content-type': 'image/png' } },
    415,
    'unsupported-type',
  ],
  ['POST', '/api/v1/commands/no.such:call', { payload: '{}' }, 501, 'not-offered'],
  ['POST', '/api/v1/config/history/x:restore', {}, 404, 'not-found'],
] as const;

test('each gets a problem with its status and its code', async () => {
  const { ask } = await startApi();
  const answered: unknown[] = [];
  for (const [method, url, request] of GARBAGE) {
    const answer = await ask(url, { method, ...request });
    const { status, code, title } = answer.json<Record<string, unknown>>();
    expect(answer.headers['content-type'], url).toBe('application/problem+json');
    expect([answer.statusCode, typeof title, 'allow' in answer.headers]).toEqual([
      status,
      'string',
      status === 405,
    ]);
    answered.push([method, url, request, status, code]);
  }
  expect(answered).toEqual(GARBAGE);
});
