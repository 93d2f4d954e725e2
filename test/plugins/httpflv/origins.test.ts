// Pages of other hosts, by HTTP and by WebSocket.
import { expect, test } from 'vitest';
import { fetchText, openWebSocket } from '../../helpers/flv-viewer.ts';
import { startServer } from '../../helpers/server.ts';
import { liveStream } from './live-stream.ts';

test('OPTIONS answers a preflight for every stream, published or not', async () => {
  const server = await startServer();
  const headers = { origin: 'https://page.example', 'access-control-request-headers': 'range' };
  const reply = await fetchText(server.http('live/movie.flv'), { method: 'OPTIONS', headers });
  expect(reply.status).toBe(204);
  expect(reply.headers).toMatchObject({
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, HEAD, OPTIONS',
    'access-control-allow-headers': 'range',
    'access-control-max-age': '86400',
  });
});

test('with a list of origins, only their pages may read a stream', async () => {
  const allowOrigin = ['https://one.example', 'https://two.example'];
  const { server } = await liveStream([], { httpflv: { allowOrigin } });
  const ask = async (origin: string) =>
    (await fetchText(server.http('live/movie.flv'), { method: 'HEAD', headers: { origin } })).headers;
  expect(await ask('https://two.example')).toMatchObject({
    'access-control-allow-origin': 'https://two.example',
    vary: 'Origin',
  });
  expect((await ask('https://three.example'))['access-control-allow-origin']).toBeUndefined();
});

test.each([
  ['*', 'https://one.example', '*', undefined],
  ['https://one.example', 'https://one.example', 'https://one.example', 'Origin'],
  ['https://one.example', 'https://two.example', undefined, 'Origin'],
  [['https://one.example', 'https://two.example'], 'https://two.example', 'https://two.example', 'Origin'],
  [['https://one.example', '*'], 'https://two.example', '*', undefined],
  ['', 'https://one.example', undefined, undefined],
])(
  'with allowOrigin %j a denial and a preflight for %s allow %s',
  async (allowOrigin, origin, allowed, vary) => {
    const server = await startServer({ config: { waitForPublisherMs: 0, httpflv: { allowOrigin } } });
    const url = server.http('live/nothing.flv');
    const denial = await fetchText(url, { headers: { origin } });
    const preflight = await fetchText(url, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'GET' },
    });
    expect([denial.status, preflight.status]).toEqual([404, 204]);
    for (const { headers } of [denial, preflight]) {
      expect(headers['access-control-allow-origin']).toBe(allowed);
      expect(headers.vary).toBe(vary);
      const credentials = allowed === origin ? 'true' : undefined;
      expect(headers['access-control-allow-credentials']).toBe(credentials);
    }
  },
);

test('a WebSocket is for the same pages, for pages of the server’s own host, and for programs that send no Origin', async () => {
  const { server } = await liveStream([], { httpflv: { allowOrigin: 'https://one.example' } });
  const url = server.ws('live/movie.flv');
  for (const origin of ['https://one.example', 'http://127.0.0.1:8000', undefined])
    await openWebSocket(url, { ...(origin !== undefined && { origin }) });
  for (const origin of ['https://two.example', 'null'])
    await expect(openWebSocket(url, { origin })).rejects.toThrow('Unexpected server response: 403');
  expect(server.server.sessions.filter(({ role }) => role === 'play')).toHaveLength(3);
});

test('with allowOrigin "*" every page may open a WebSocket', async () => {
  const { server } = await liveStream();
  await openWebSocket(server.ws('live/movie.flv'), { origin: 'https://any.example' });
});
