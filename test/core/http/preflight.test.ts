// Preflight requests of browsers, where plugins with different origins share a place.
import inject from 'light-my-request';
import { expect, test } from 'vitest';
import { replyJson } from '../../../core/http/replies/reply.ts';
import { Router, type OwnedRoute } from '../../../core/http/router.ts';
import { memoryLog } from '../../helpers/memory-log.ts';

const handler: OwnedRoute['handler'] = (request, response) => replyJson(request, response, { body: 'ok' });

const ROUTES: readonly OwnedRoute[] = [
  { plugin: 'list', methods: ['GET', 'HEAD'], path: '/streams', allowOrigin: '*', handler },
  { plugin: 'admin', methods: ['DELETE'], path: '/streams', allowOrigin: 'https://admin.example', handler },
];

async function preflight(method: string | undefined, origin = 'https://page.example') {
  const router = new Router(ROUTES, memoryLog().log);
  const wanted = method === undefined ? {} : { 'access-control-request-method': method };
  const request = { method: 'OPTIONS', url: '/streams', headers: { origin, ...wanted } } as const;
  const { statusCode, headers } = await inject((req, res) => router.answer(req, res), request);
  return {
    status: statusCode,
    origin: headers['access-control-allow-origin'],
    methods: headers['access-control-allow-methods'],
  };
}

test('a method is allowed to the origins of the plugin that serves it', async () => {
  expect(await preflight('GET')).toEqual({ status: 204, origin: '*', methods: 'GET, HEAD, OPTIONS' });
  expect(await preflight('DELETE')).toMatchObject({ status: 204, origin: undefined });
  expect(await preflight('DELETE', 'https://admin.example')).toEqual({
    status: 204,
    origin: 'https://admin.example',
    methods: 'DELETE, OPTIONS',
  });
});

test('a method that no plugin serves is allowed to no origin', async () => {
  expect(await preflight('PUT', 'https://admin.example')).toMatchObject({ status: 204, origin: undefined });
});

test('OPTIONS without a method is about the first plugin', async () => {
  expect(await preflight(undefined)).toEqual({ status: 204, origin: '*', methods: 'GET, HEAD, OPTIONS' });
});
