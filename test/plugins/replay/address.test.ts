// Where recordings are served.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startServer } from '../../helpers/server.ts';
import { temporaryFolder } from '../record-flv/record-kit.ts';

function options(): { directories: string[] } {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'live'));
  return { directories: [folder] };
}

test('without a port of their own they are where HTTP-FLV is, and pages of other sites may read them', async () => {
  const server = await startServer({ config: { replay: options() } });
  const headers = { origin: 'https://shop.example' };
  const response = await fetch(server.http('vod'), { headers });
  expect(await response.json()).toEqual({ recordings: [], total: 0 });
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
});

test('with a port of their own they are there alone', async () => {
  const server = await startServer({ config: { replay: { ...options(), port: '127.0.0.1:0' } } });
  expect((await fetch(`http://127.0.0.1:${server.port('replay.port')}/vod`)).status).toBe(200);
  expect((await fetch(server.http('vod'))).status).toBe(404);
});

test('a port for TLS alone is a fault with its way out', async () => {
  const tls = { port: '127.0.0.1:0', cert: '/cert.pem', key: '/key.pem' };
  await expect(startServer({ config: { replay: { ...options(), tls } } })).rejects.toThrow(
    'give replay.port as well',
  );
});
