// Load balancers in front: HTTP, TLS and a TCP protocol see the client's address, and nobody else may give one.
import { connect as connectTls } from 'node:tls';
import type { Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clientAddressOf } from '../../../core/http/forwarded-client.ts';
import { replyJson } from '../../../core/http/replies/reply.ts';
import { formatRemote } from '../../../core/net/address.ts';
import { makeCertificate } from '../../helpers/programs/certificate.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { connectTo, readToEnd } from '../../helpers/net.ts';
import { kernelForTest, type TestKernel } from '../kernel/kernel-kit.ts';

const HEADER = 'PROXY TCP4 192.0.2.7 198.51.100.1 56324 1935\r\n';
const HEADER_V2 = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000207c6336401dc04078f', 'hex');
const REQUEST = 'GET /who HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';

/** Says whom it sees, and echoes the first bytes. */
const tcp = pluginForTest('tcp', {
  server: (context, options) =>
    context.listen({ port: 0, tls: options['tls'] as never }, (socket) => {
      socket.on('data', (bytes) => socket.end(`${formatRemote(socket)} ${bytes.toString()}`));
    }),
});

const web = pluginForTest('web', {
  server: (context) =>
    context.serve({ port: 0 }, [
      {
        methods: ['GET'],
        path: '/who',
        handler: (request, response) => replyJson(request, response, { body: clientAddressOf(request) }),
      },
    ]),
});

async function proxied(
  from: readonly string[],
  listeners: readonly string[] = [],
  plugins: Record<string, never> = {},
): Promise<TestKernel> {
  const test = kernelForTest();
  await test.apply({ definitions: [tcp, web], plugins, server: { proxyProtocol: { from, listeners } } });
  return test;
}

async function say(socket: Socket, ...parts: (string | Buffer)[]): Promise<string> {
  for (const part of parts) socket.write(part);
  return (await readToEnd(socket)).toString();
}

describe('a connection from a proxy', () => {
  test.each([
    ['version 1', HEADER],
    ['version 2', HEADER_V2],
  ])('has its client’s address, by %s', async (_version, header) => {
    const test = await proxied(['127.0.0.0/8']);
    const bytes = Buffer.concat([Buffer.from(header), Buffer.from('hello')]);
    expect(await say(await connectTo(test.port('tcp.port')), bytes)).toBe('192.0.2.7:56324 hello');
  });

  test('may send the header and the first bytes one at a time', async () => {
    const test = await proxied(['127.0.0.1']);
    const socket = await connectTo(test.port('tcp.port'));
    socket.setNoDelay(true);
    const parts = [...Buffer.from(`${HEADER}h`)].map((byte) => Buffer.of(byte));
    expect(await say(socket, ...parts)).toBe('192.0.2.7:56324 h');
  });

  test.each(['in one segment', 'in two'])('serves HTTP behind the header, %s', async (how) => {
    const test = await proxied(['127.0.0.1']);
    const parts = how === 'in two' ? [HEADER, REQUEST] : [HEADER + REQUEST];
    const answer = await say(await connectTo(test.port('web.port')), ...parts);
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(answer).toContain('"192.0.2.7:56324"');
  });

  test('serves TLS behind the header', async () => {
    const { cert, key } = makeCertificate('localhost');
    const tls = { port: '127.0.0.1:0', cert, key };
    const test = await proxied(['127.0.0.1'], [], { tcp: { tls } as never });
    const raw = await connectTo(test.port('tcp.tls.port'));
    raw.write(HEADER);
    const socket = connectTls({ socket: raw, rejectUnauthorized: false });
    onTestFinished(() => void socket.destroy());
    expect(await say(socket, 'hello')).toBe('192.0.2.7:56324 hello');
  });

  test('is the proxy’s own when the header says so', async () => {
    const test = await proxied(['127.0.0.1']);
    const answer = await say(await connectTo(test.port('tcp.port')), 'PROXY UNKNOWN\r\nhello');
    expect(answer).toMatch(/^127\.0\.0\.1:\d+ hello$/);
  });

  test('is cut off without a header, and the log says so once', async () => {
    const test = await proxied(['127.0.0.1']);
    for (let each = 0; each < 3; each++)
      expect(await say(await connectTo(test.port('web.port')), REQUEST)).toBe('');
    const warnings = test.log.messages('warn').filter((line) => line.includes('PROXY header'));
    expect(warnings).toHaveLength(1);
  });
});

test('a client that is no proxy cannot give itself an address', async () => {
  const test = await proxied(['10.0.0.0/8']);
  const answer = await say(await connectTo(test.port('tcp.port')), `${HEADER}hello`);
  expect(answer).toMatch(/^127\.0\.0\.1:\d+ PROXY TCP4/);
});

test('only the listeners that are named expect the header', async () => {
  const test = await proxied(['127.0.0.1'], ['tcp.port']);
  expect(await say(await connectTo(test.port('web.port')), REQUEST)).toMatch(/"127\.0\.0\.1:\d+"/);
  expect(await say(await connectTo(test.port('tcp.port')), `${HEADER}x`)).toBe('192.0.2.7:56324 x');
});

describe('X-Forwarded-For', () => {
  const ask = async (trustProxy: readonly string[], value: string): Promise<string> => {
    const test = kernelForTest();
    await test.apply({ definitions: [web], server: { trustProxy } });
    const request = REQUEST.replace('\r\n\r\n', `\r\nx-forwarded-for: ${value}\r\n\r\n`);
    const answer = await say(await connectTo(test.port('web.port')), request);
    return JSON.parse(answer.split('\r\n\r\n')[1]!.trim()) as string;
  };

  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['203.0.113.66, 192.0.2.7', '192.0.2.7'],
    ['203.0.113.66, 192.0.2.7, 10.1.2.3', '192.0.2.7'],
    ['10.1.2.3, 10.1.2.4', '10.1.2.3'],
    ['[2001:db8::7]:4000', '2001:db8::7'],
    ['203.0.113.66, nonsense, 10.1.2.3', '10.1.2.3'],
  ])('%j of a trusted proxy: the client is %s', async (value, client) => {
    expect(await ask(['127.0.0.1', '10.0.0.0/8'], value)).toBe(client);
  });

  test('of anybody else is not believed', async () => {
    expect(await ask(['10.0.0.0/8'], '192.0.2.7')).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await ask([], '192.0.2.7')).toMatch(/^127\.0\.0\.1:\d+$/);
  });
});
