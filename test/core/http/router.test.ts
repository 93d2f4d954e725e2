import type { IncomingMessage, ServerResponse } from 'node:http';
import inject, { type InjectOptions, type Response } from 'light-my-request';
import { describe, expect, test } from 'vitest';
import { replyJson } from '../../../core/http/replies/reply.ts';
import { Router, type OwnedRoute } from '../../../core/http/router.ts';
import { memoryLog } from '../../helpers/memory-log.ts';

/** Answers with what it was given. */
function route(path: string, more: Partial<OwnedRoute> = {}): OwnedRoute {
  return {
    plugin: 'one',
    allowOrigin: '',
    methods: ['GET'],
    path,
    handler: (request, response, { params, query }) =>
      replyJson(request, response, { body: { path, params, query: Object.fromEntries(query) } }),
    ...more,
  };
}

/** Answers with the name of its plugin. */
function named(plugin: string, path: string, more: Partial<OwnedRoute> = {}): OwnedRoute {
  return route(path, {
    plugin,
    handler: (request, response) => replyJson(request, response, { body: plugin }),
    ...more,
  });
}

function ask(routes: readonly OwnedRoute[], request: InjectOptions | string): Promise<Response> {
  const router = new Router(routes, memoryLog().log);
  return inject((req, res) => router.answer(req, res), request);
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

  test('comes with its path and its query as they were sent', async () => {
    const handler: OwnedRoute['handler'] = (request, response, { path, search }) =>
      replyJson(request, response, { body: { path, search } });
    const answer = await ask([route('/*', { handler })], '/live/caf%C3%A9?token=a%2Bb&x');
    expect(answer.json()).toEqual({ path: '/live/caf%C3%A9', search: 'token=a%2Bb&x' });
    expect((await ask([route('/*', { handler })], '/live')).json()).toEqual({ path: '/live', search: '' });
  });

  test('gives a handler plain properties, which it may spread', async () => {
    const handler: OwnedRoute['handler'] = (request, response, match) => {
      const { query, ...others } = { ...match };
      replyJson(request, response, { body: { query: query.get('token'), ...others } });
    };
    const answer = await ask([route('/live/:name', { handler })], '/live/movie?token=a');
    expect(answer.json()).toEqual({
      query: 'a',
      params: { name: 'movie' },
      path: '/live/movie',
      search: 'token=a',
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
    const routes = [
      named('flv', '/*', { extension: 'flv' }),
      named('m3u8', '/*', { extension: 'm3u8' }),
      named('any', '/*'),
    ];
    expect((await ask(routes, url)).json()).toBe(expected);
  });

  test('that nothing serves is told so in JSON, without its query, which may hold a token', async () => {
    const answer = await ask([route('/api')], '/nothing?token=secret');
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.json()).toEqual({ error: 'not-found', reason: 'nothing is served at GET /nothing' });
  });

  test('by a method that a place does not take is told which it takes', async () => {
    const answer = await ask([route('/api')], { method: 'POST', url: '/api?token=secret' });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers['allow']).toBe('GET');
    expect(answer.json()).toEqual({ error: 'invalid', reason: 'POST is not possible at /api; GET is' });
  });
});

describe('a hostile URL', () => {
  interface Answer {
    readonly status: number;
    readonly body: unknown;
  }

  /** As Node's parser would hand it over; a real client's library would mend it first. */
  function answerTo(url: string): Answer {
    const log = memoryLog();
    const router = new Router([route('/:a/:b'), route('/*', { extension: 'flv' })], log.log);
    const request = { url, method: 'GET', headers: {} } as IncomingMessage;
    let [status, body] = [0, ''];
    const response = {
      writeHead: (code: number) => (status = code),
      end: (bytes: Buffer) => (body = bytes.toString()),
    } as unknown as ServerResponse;
    router.answer(request, response);
    expect(log.lines).toEqual([]);
    return { status, body: JSON.parse(body) };
  }

  test.each([
    '/%',
    '/%zz',
    '/%c0%80',
    '//',
    '/a//b',
    '/a/%',
    '/a/%zz',
    '/a/%c0%80',
    '/..%2f..%2fetc',
    '/\u0000',
    '/%.flv',
    '/a/b/%zz.flv',
    `/${'a'.repeat(20_000)}`,
    `/a/${'b'.repeat(4097)}`,
    '*',
    '#',
  ])('%j names nothing that is served', (url) => {
    expect(answerTo(url)).toEqual({
      status: 404,
      body: { error: 'not-found', reason: `nothing is served at GET ${url}` },
    });
  });

  test.each<readonly [string, Record<string, string>, Record<string, string>]>([
    ['/a/%2e%2e', { a: 'a', b: '..' }, {}],
    ['/a/%2f', { a: 'a', b: '/' }, {}],
    ['/../..', { a: '..', b: '..' }, {}],
    ['/a/b;c', { a: 'a', b: 'b;c' }, {}],
    ['/a/\u0000', { a: 'a', b: '\u0000' }, {}],
    ['/a/b?x=%zz&=&&x', { a: 'a', b: 'b' }, { x: '', '': '' }],
    [`/a/${'b'.repeat(4096)}`, { a: 'a', b: 'b'.repeat(4096) }, {}],
  ])('%j is decoded once, and left to the plugin to judge', (url, params, query) => {
    expect(answerTo(url)).toEqual({ status: 200, body: { path: '/:a/:b', params, query } });
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

  test.each(failing)(
    'and %s makes a 500 without detail; the log names it and its route, not the URL',
    async (_, handler) => {
      const log = memoryLog();
      const routes = [route('/:key', { plugin: 'hls', extension: 'm3u8', handler })];
      const router = new Router(routes, log.log);
      const answer = await inject((req, res) => router.answer(req, res), '/sk_live_1.m3u8?token=hidden');
      expect(answer.statusCode).toBe(500);
      expect(answer.json()).toEqual({
        error: 'internal',
        reason: 'the server failed to answer; its log says why',
      });
      expect(log.lines).toMatchObject([
        {
          level: 'error',
          msg: 'plugin hls failed to answer',
          plugin: 'hls',
          route: '/:key (.m3u8)',
          err: { message: 'bug with secret' },
        },
      ]);
      expect(JSON.stringify(log.lines)).not.toMatch(/sk_live_1|hidden/);
    },
  );

  test('after it began to answer has its connection cut, so that no client takes the half for the whole', async () => {
    const handler: OwnedRoute['handler'] = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      throw new Error('bug');
    };
    await expect(ask([route('/x', { handler })], '/x')).rejects.toThrow();
  });
});

describe('two plugins that claim one route', () => {
  test.each([
    ['/api/streams', '/api/streams'],
    ['/api/:name', '/api/:id'],
    ['/*', '/*'],
  ])('%s and %s are rejected, both named', (one, other) => {
    const routes = [route(one, { plugin: 'api' }), route(other, { plugin: 'stat' })];
    expect(() => new Router(routes, memoryLog().log)).toThrow(/plugins api and stat both claim GET /);
  });

  test('by different methods or extensions share it, and each answers its own', async () => {
    const routes = [
      named('httpflv', '/*', { extension: 'flv' }),
      named('hls', '/*', { extension: 'ts' }),
      named('hls', '/*', { extension: 'm3u8' }),
      named('api', '/x'),
      named('stat', '/x', { methods: ['POST', 'PUT'] }),
    ];
    const answers = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string) => {
      const answer = await ask(routes, { method, url });
      return answer.statusCode === 200 ? answer.json() : answer.statusCode;
    };
    expect(await answers('GET', '/live/movie.flv')).toBe('httpflv');
    expect(await answers('GET', '/live/movie.ts')).toBe('hls');
    expect(await answers('GET', '/live/movie.m3u8')).toBe('hls');
    expect(await answers('GET', '/x')).toBe('api');
    expect(await answers('POST', '/x')).toBe('stat');
    expect(await answers('PUT', '/x')).toBe('stat');
    expect(await answers('DELETE', '/x')).toBe(405);
    expect(await answers('POST', '/live/movie.flv')).toBe(405);
  });
});
