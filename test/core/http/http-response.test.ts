// The header for pages of all origins is noted, and written with the head in whichever way a handler writes it.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { HttpResponse, writeHeadList } from '../../../core/http/http-response.ts';
import { connectTo, readToEnd } from '../../helpers/net.ts';

/** The bytes of a response, without its body and the headers that Node adds. */
async function headOf(handler: (response: HttpResponse) => void): Promise<string[]> {
  const server = createServer({ ServerResponse: HttpResponse }, (_, response) => {
    response.sendDate = false;
    handler(response);
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = await connectTo((server.address() as AddressInfo).port);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const [head = ''] = (await readToEnd(socket)).toString('latin1').split('\r\n\r\n');
  return head.split('\r\n').filter((line) => line !== 'Connection: close');
}

const FOR_ALL = 'access-control-allow-origin: *';

test.each<readonly [string, (response: ServerResponse) => void, string[]]>([
  [
    'as a list',
    (response) => (writeHeadList(response, 206, ['etag', '"a"', 'content-length', 0]), response.end()),
    ['HTTP/1.1 206 Partial Content', FOR_ALL, 'etag: "a"', 'content-length: 0'],
  ],
  [
    'as a list behind a header that was set before',
    (response) => {
      response.setHeader('vary', 'Origin');
      writeHeadList(response, 200, ['vary', 'Origin, Accept-Encoding', 'content-length', 0]);
      response.end();
    },
    ['HTTP/1.1 200 OK', 'vary: Origin, Accept-Encoding', 'content-length: 0', FOR_ALL],
  ],
  [
    'as an object',
    (response) => void response.writeHead(200, { 'content-length': 0 }).end(),
    ['HTTP/1.1 200 OK', 'content-length: 0', FOR_ALL],
  ],
  [
    'as an object behind a header that was set before',
    (response) => {
      response.setHeader('vary', 'Origin');
      response.writeHead(200, { 'content-length': 0 }).end();
    },
    ['HTTP/1.1 200 OK', 'vary: Origin', 'content-length: 0', FOR_ALL],
  ],
  [
    'as a list by a plugin',
    (response) => void response.writeHead(200, ['content-length', '0']).end(),
    ['HTTP/1.1 200 OK', 'content-length: 0', FOR_ALL],
  ],
  [
    'with words of its own',
    (response) => void response.writeHead(200, 'Fine', { 'content-length': 0 }).end(),
    ['HTTP/1.1 200 Fine', 'content-length: 0', FOR_ALL],
  ],
  [
    'by Node, with the first byte of the body',
    (response) => void response.end(),
    ['HTTP/1.1 200 OK', 'Content-Length: 0', FOR_ALL],
  ],
])('it is in a head that is written %s', async (_, handler, lines) => {
  const head = await headOf((response) => {
    response.allowAllOrigins();
    handler(response);
  });
  expect(head.toSorted()).toEqual(lines.toSorted());
});

test('a handler sees it, and may put another origin in its place', async () => {
  const seen: unknown[] = [];
  const head = await headOf((response) => {
    response.allowAllOrigins();
    seen.push(response.getHeader('Access-Control-Allow-Origin'));
    seen.push(response.hasHeader('access-control-allow-origin'), response.hasHeader('vary'));
    response.setHeader('access-control-allow-origin', 'https://a.example');
    seen.push(response.getHeader('access-control-allow-origin'));
    writeHeadList(response, 204, ['etag', '"a"']);
    response.end();
  });
  expect(seen).toEqual(['*', true, false, 'https://a.example']);
  expect(head).toEqual([
    'HTTP/1.1 204 No Content',
    'access-control-allow-origin: https://a.example',
    'etag: "a"',
  ]);
});

test.each<readonly [string, (response: HttpResponse) => void, string[]]>([
  ['behind it', () => {}, ['*', 'https://a.example']],
  [
    'behind what a handler has put in its place',
    (response) => void response.setHeader('access-control-allow-origin', 'https://b.example'),
    ['https://b.example', 'https://a.example'],
  ],
  [
    'alone when it has been removed',
    (response) => response.removeHeader('access-control-allow-origin'),
    ['https://a.example'],
  ],
])('what a handler appends stands %s', async (_, before, values) => {
  const head = await headOf((response) => {
    response.allowAllOrigins();
    before(response);
    response.appendHeader('Access-Control-Allow-Origin', 'https://a.example');
    response.writeHead(204).end();
  });
  expect(head.slice(1).map((line) => line.toLowerCase())).toEqual(
    values.map((value) => `access-control-allow-origin: ${value}`),
  );
});

test.each<readonly [string, (response: HttpResponse) => void]>([
  ['as a list', (response) => writeHeadList(response, 204, ['etag', '"a"'])],
  ['as an object', (response) => void response.writeHead(204, { etag: '"a"' })],
  [
    'behind a header that was set before',
    (response) => (response.setHeader('vary', 'Origin'), void response.writeHead(204)),
  ],
])('a handler finds it among all headers, also when the head has been written %s', async (_, write) => {
  const seen: unknown[] = [];
  await headOf((response) => {
    response.allowAllOrigins();
    const look = (): void =>
      void seen.push([
        response.getHeader('access-control-allow-origin'),
        response.getHeaders()['access-control-allow-origin'],
        response.getHeaderNames().filter((name) => name === 'access-control-allow-origin').length,
      ]);
    look();
    write(response);
    look();
    response.end();
  });
  expect(seen).toEqual([
    ['*', '*', 1],
    ['*', '*', 1],
  ]);
});

test.each([
  [{ 'Access-Control-Allow-Origin': 'https://a.example' }],
  [{ 'access-control-allow-origin': '' }],
])('a head with %j keeps that', async (headers) => {
  const head = await headOf((response) => {
    response.allowAllOrigins();
    response.writeHead(204, headers).end();
  });
  expect(head).toEqual([
    'HTTP/1.1 204 No Content',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]);
});

test('a handler may remove it', async () => {
  const head = await headOf((response) => {
    response.allowAllOrigins();
    response.removeHeader('access-control-allow-origin');
    writeHeadList(response, 204, []);
    response.end();
  });
  expect(head).toEqual(['HTTP/1.1 204 No Content']);
});
