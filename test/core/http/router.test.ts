import inject, { type InjectOptions, type Response } from 'light-my-request';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { corsHeaders, preflightHeaders } from '../../../core/http/cors.ts';
import { replyDenial, replyJson } from '../../../core/http/reply.ts';
import { redact, Router, type OwnedRoute } from '../../../core/http/router.ts';
import { Denial } from '../../../core/session/denial.ts';
import { memoryLog, type MemoryLog } from '../../helpers/memory-log.ts';

function route(path: string, more: Partial<OwnedRoute> = {}): OwnedRoute {
  return {
    plugin: 'one',
    methods: ['GET'],
    path,
    handle: (request, response, params, query) =>
      replyJson(request, response, 200, { path, params, query: Object.fromEntries(query) }),
    ...more,
  };
}

function ask(
  routes: readonly OwnedRoute[],
  request: InjectOptions | string,
): Promise<Response> & { log?: MemoryLog } {
  const router = new Router(routes, memoryLog().log);
  return inject((req, res) => router.handle(req, res), request);
}

function answerOf(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  request: InjectOptions | string,
) {
  return inject((req, res) => handle(req, res), request);
}

describe('a request', () => {
  test('meets the route of its path, with parameters decoded and the query apart', async () => {
    const answer = await ask([route('/api/streams/:app/:name')], '/api/streams/live/caf%C3%A9?token=a%2Bb&x');
    expect(answer.json()).toEqual({
      path: '/api/streams/:app/:name',
      params: { app: 'live', name: 'café' },
      query: { token: 'a+b', x: '' },
    });
  });

  test('whose query begins with an empty pair, as the oldest API’s do, is read all the same', async () => {
    const answer = await ask([route('/getPush')], '/getPush?&projectId=23&userType=0');
    expect(answer.json()).toMatchObject({ query: { projectId: '23', userType: '0' } });
  });

  test('may end in a slash', async () => {
    expect((await ask([route('/api/streams')], '/api/streams/')).statusCode).toBe(200);
  });

  test.each([
    ['/live/movie.flv', 'flv'],
    ['/live/movie.FLV', 'flv'],
    ['/live/movie.flv?token=a.m3u8', 'flv'],
    ['/live/a.b.m3u8', 'm3u8'],
    ['/live/movie', 'any'],
    ['/live.flv/movie', 'any'],
    ['/live/movie.txt', 'any'],
    ['/live/movie.', 'any'],
  ])('for %s goes to the plugin of its extension: %s', async (url, expected) => {
    const named = (name: string, extension?: string) =>
      route('/*', {
        plugin: name,
        ...(extension !== undefined && { extension }),
        handle: (request, response) => replyJson(request, response, 200, name),
      });
    const answer = await ask([named('flv', 'flv'), named('m3u8', 'm3u8'), named('any')], url);
    expect(answer.json()).toBe(expected);
  });

  test('that nothing serves is told so in JSON, without its query, which may hold a token', async () => {
    const answer = await ask([route('/api')], '/nothing?token=secret');
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.json()).toEqual({ error: 'not-found', reason: 'nothing is served at GET /nothing' });
    expect((await ask([route('/api')], { method: 'POST', url: '/api' })).statusCode).toBe(404);
  });

  test.each([
    '/%',
    '/%zz',
    '/%c0%80',
    '//',
    '/a//b',
    '/..%2f..%2fetc',
    '/\u0000',
    `/${'a'.repeat(20_000)}`,
    '*',
    '?',
    '#',
  ])('with the hostile URL %j is answered and takes nothing down', async (url) => {
    const router = new Router([route('/:a/:b'), route('/*', { extension: 'flv' })], memoryLog().log);
    const request = { url, method: 'GET', headers: {} } as IncomingMessage;
    let status = 0;
    const response = {
      writeHead: (code: number) => (status = code),
      end: () => {},
    } as unknown as ServerResponse;
    expect(() => router.handle(request, response)).not.toThrow();
    expect([200, 400, 404]).toContain(status);
  });
});

describe('a plugin that fails to answer', () => {
  const failing = [
    [
      'throws',
      () => {
        throw new Error('bug with secret');
      },
    ],
    ['rejects', () => Promise.reject(new Error('bug with secret'))],
  ] as const;

  test.each(failing)('and %s makes a 500 without detail, and the log names it', async (_, handle) => {
    const log = memoryLog();
    const router = new Router([route('/x', { plugin: 'hls', handle })], log.log);
    const answer = await inject((req, res) => router.handle(req, res), '/x?token=secret');
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('secret');
    expect(log.lines).toMatchObject([{ level: 'error', plugin: 'hls', url: '/x' }]);
  });

  test('after it began to answer has its connection cut, so that nobody takes the half for the whole', async () => {
    const handle: OwnedRoute['handle'] = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      throw new Error('bug');
    };
    await expect(ask([route('/x', { handle })], '/x')).rejects.toThrow();
  });
});

describe('two plugins that claim one route', () => {
  test.each([
    ['/api/streams', '/api/streams'],
    ['/api/:name', '/api/:id'],
    ['/*', '/*'],
  ])('%s and %s are refused, both named', (one, other) => {
    const routes = [route(one, { plugin: 'api' }), route(other, { plugin: 'stat' })];
    expect(() => new Router(routes, memoryLog().log)).toThrow(/plugins api and stat both claim GET /);
  });

  test('by different methods or extensions share it', () => {
    const routes = [
      route('/*', { plugin: 'httpflv', extension: 'flv' }),
      route('/*', { plugin: 'hls', extension: 'ts' }),
      route('/*', { plugin: 'hls', extension: 'm3u8' }),
      route('/x', { plugin: 'api' }),
      route('/x', { plugin: 'stat', methods: ['POST'] }),
    ];
    expect(() => new Router(routes, memoryLog().log)).not.toThrow();
  });
});

describe('answers', () => {
  test('to HEAD have the headers of GET and no body', async () => {
    const handle = (request: IncomingMessage, response: ServerResponse) =>
      replyJson(request, response, 200, { a: 1 });
    const [get, head] = [await answerOf(handle, '/'), await answerOf(handle, { method: 'HEAD', url: '/' })];
    expect(get.body).toBe('{"a":1}\n');
    expect(head.body).toBe('');
    expect(head.headers['content-length']).toBe('8');
  });

  test.each([
    ['not-found', 404],
    ['unauthorized', 401],
    ['forbidden', 403],
    ['duplicate', 409],
    ['limit', 503],
    ['invalid', 400],
    ['unavailable', 503],
  ] as const)('to who is refused as %s have status %i and the reason', async (code, status) => {
    const answer = await answerOf(
      (request, response) => replyDenial(request, response, new Denial(code, 'why')),
      '/',
    );
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toEqual({ error: code, reason: 'why' });
    expect(answer.headers['www-authenticate']).toBe(code === 'unauthorized' ? 'Bearer' : undefined);
  });
});

describe('cross-origin access', () => {
  const from = (origin?: string) =>
    ({ headers: { ...(origin !== undefined && { origin }) } }) as IncomingMessage;

  test.each([
    ['*', 'https://a.example', { 'access-control-allow-origin': '*' }],
    ['*', undefined, { 'access-control-allow-origin': '*' }],
    ['', 'https://a.example', { vary: 'Origin' }],
    ['https://b.example', 'https://a.example', { vary: 'Origin' }],
    [['https://a.example', 'https://b.example'], undefined, { vary: 'Origin' }],
  ])('with %j from %s', (allow, origin, headers) => {
    expect(corsHeaders(from(origin), allow)).toEqual(headers);
  });

  test('for one of several origins names that one, and caches keep them apart', () => {
    expect(corsHeaders(from('https://b.example'), ['https://a.example', 'https://b.example'])).toEqual({
      'access-control-allow-origin': 'https://b.example',
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    });
  });

  test('with "*" in a list is for everybody', () => {
    expect(corsHeaders(from('https://a.example'), ['*'])).toEqual({ 'access-control-allow-origin': '*' });
  });

  test('is asked for beforehand, and the answer lists what is allowed', () => {
    const request = { headers: { origin: 'https://a.example', 'access-control-request-headers': 'x-token' } };
    expect(preflightHeaders(request as unknown as IncomingMessage, '*', ['GET', 'HEAD'])).toEqual({
      'access-control-allow-origin': '*',
      allow: 'GET, HEAD',
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': 'x-token',
      'access-control-max-age': '86400',
      'content-length': '0',
    });
  });
});

test('a URL in the log is its path alone', () => {
  expect(redact('/live/movie.flv?token=secret')).toBe('/live/movie.flv');
  expect(redact(undefined)).toBe('');
});
