import inject, { type Response } from 'light-my-request';
import { describe, expect, test } from 'vitest';
import type { AllowOrigin } from '../../../core/http/cors.ts';
import { replyJson } from '../../../core/http/replies/reply.ts';
import { Router, type OwnedRoute } from '../../../core/http/router.ts';
import { memoryLog } from '../../helpers/memory-log.ts';

function routeFor(allowOrigin: AllowOrigin, more: Partial<OwnedRoute> = {}): OwnedRoute {
  return {
    plugin: 'one',
    allowOrigin,
    methods: ['GET', 'HEAD'],
    path: '/x',
    handler: (request, response) => replyJson(request, response, { body: 'done' }),
    ...more,
  };
}

function ask(
  routes: readonly OwnedRoute[],
  method: 'GET' | 'OPTIONS',
  headers: Record<string, string>,
  url = '/x',
): Promise<Response> {
  const router = new Router(routes, memoryLog().log);
  return inject((req, res) => router.answer(req, res), { method, url, headers });
}

/** The headers that matter to a browser, without those that are not set. */
function corsOf({ headers }: Response): Record<string, unknown> {
  const names = ['access-control-allow-origin', 'access-control-allow-credentials', 'vary'];
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
}

describe('cross-origin access', () => {
  test.each<readonly [AllowOrigin, string | undefined, Record<string, string>]>([
    ['*', 'https://a.example', { 'access-control-allow-origin': '*' }],
    ['*', undefined, { 'access-control-allow-origin': '*' }],
    ['', 'https://a.example', {}],
    ['https://b.example', 'https://a.example', { vary: 'Origin' }],
    [['https://a.example', 'https://b.example'], undefined, { vary: 'Origin' }],
  ])('with %j from %s', async (allow, origin, headers) => {
    const answer = await ask([routeFor(allow)], 'GET', origin === undefined ? {} : { origin });
    expect(answer.json()).toBe('done');
    expect(corsOf(answer)).toEqual(headers);
  });

  test('for one of several origins names that one, and caches keep them apart', async () => {
    const routes = [routeFor(['https://a.example', 'https://b.example'])];
    expect(corsOf(await ask(routes, 'GET', { origin: 'https://b.example' }))).toEqual({
      'access-control-allow-origin': 'https://b.example',
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    });
  });

  test('lets pages read that something is not there, or not by their method', async () => {
    const origin = { origin: 'https://a.example' };
    const routes = [routeFor('*'), routeFor('https://a.example', { path: '/y', methods: ['DELETE'] })];
    const all = { 'access-control-allow-origin': '*' };
    expect(corsOf(await ask(routes, 'GET', origin, '/none'))).toEqual(all);
    expect(corsOf(await ask(routes, 'GET', origin, '/y'))).toMatchObject({
      'access-control-allow-origin': 'https://a.example',
    });
    const closed = [routeFor(''), routeFor('*', { path: '/y', access: { right: 'read' } })];
    expect(corsOf(await ask(closed, 'GET', origin, '/none'))).toEqual({});
  });

  test('with "*" in a list is for every page', async () => {
    expect(corsOf(await ask([routeFor(['*'])], 'GET', { origin: 'https://a.example' }))).toEqual({
      'access-control-allow-origin': '*',
    });
  });

  test('is granted by each plugin for its own routes', async () => {
    const routes = [routeFor('*'), routeFor('', { plugin: 'two', path: '/y' })];
    const headers = { origin: 'https://a.example' };
    expect(corsOf(await ask(routes, 'GET', headers))).toEqual({ 'access-control-allow-origin': '*' });
    expect(corsOf(await ask(routes, 'GET', headers, '/y'))).toEqual({});
  });

  test('is asked for beforehand, and the answer lists what is allowed', async () => {
    const answer = await ask([routeFor('*')], 'OPTIONS', {
      origin: 'https://a.example',
      'access-control-request-headers': 'x-token',
    });
    expect(answer.statusCode).toBe(204);
    expect(answer.body).toBe('');
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      allow: 'GET, HEAD, OPTIONS',
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
      'access-control-allow-headers': 'x-token',
      'access-control-max-age': '86400',
      'content-length': '0',
    });
  });

  test('is left to a plugin that answers OPTIONS itself', async () => {
    const own = routeFor('*', {
      methods: ['GET', 'OPTIONS'],
      handler: (request, response) => replyJson(request, response, { body: request.method }),
    });
    const answer = await ask([own], 'OPTIONS', {});
    expect([answer.statusCode, answer.json()]).toEqual([200, 'OPTIONS']);
  });
});
