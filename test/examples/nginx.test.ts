// examples/nginx.conf with Debian's nginx, and the options that it asks for.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readDocument } from '../docs/documents.ts';
import { fetchText, openHttp, openWebSocket } from '../helpers/flv-viewer.ts';
import { clipPackets } from '../helpers/media/media.ts';
import { freePorts } from '../helpers/net.ts';
import { RunningProgram } from '../helpers/programs/running-program.ts';
import { publishTo } from '../helpers/rtmp-client.ts';
import { startServer, type TestServer } from '../helpers/server.ts';
import { findNginx, untilListening } from '../plugins/relay/peers.ts';

const nginx = findNginx();

/** A viewer that is not on the proxy's machine, as far as addresses tell. */
const VIEWER = '127.0.0.2';

/** A server behind nginx, with a stream, and the port of nginx. */
async function startBehindNginx(): Promise<{ server: TestServer; port: number }> {
  const [port, behind] = (await freePorts(2)) as [number, number];
  const shared = { port: `127.0.0.1:${behind}` };
  const server = await startServer({
    config: { trustProxy: ['127.0.0.1'], read_timeout: 0, httpflv: shared, hls: shared },
  });
  const publisher = await publishTo(server.rtmp('live/movie'));
  await publisher.sendAll(await clipPackets({ bFrames: 0 }));
  await startNginx(port, behind);
  return { server, port };
}

async function startNginx(port: number, behind: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'livego-nginx-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // What this machine needs, and a user may leave out: nginx writes into a folder of its own.
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  const text = readDocument('examples/nginx.conf')
    .replace('listen 8080;', `listen 127.0.0.1:${port};`)
    .replace('server 127.0.0.1:8011;', `server 127.0.0.1:${behind};`)
    .replace('http {', `http { access_log off; ${temporary.join(' ')}`);
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, text);
  const program = new RunningProgram([
    ...([nginx.path, '-e', join(folder, 'error.log'), '-p', folder, '-c', file] as const),
    ...['-g', `${user} daemon off; master_process off; pid ${join(folder, 'nginx.pid')};`],
  ]);
  await untilListening(program, port);
}

function viewersOf({ server }: TestServer): string[] {
  return server.sessions.filter(({ role }) => role === 'play').map(({ client }) => client.remote);
}

test.skipIf(nginx.missing !== undefined)(
  'nginx passes on HTTP-FLV, WebSocket-FLV and HLS, with the addresses of viewers',
  async () => {
    const { server, port } = await startBehindNginx();
    // A client may invent an address; the proxy's word counts.
    const options = { localAddress: VIEWER, headers: { 'x-forwarded-for': '203.0.113.9' } };

    const byHttp = await openHttp(`http://127.0.0.1:${port}/live/movie.flv`, options);
    await byHttp.received(5);
    const byWebSocket = await openWebSocket(`ws://127.0.0.1:${port}/live/movie.flv`, options);
    await byWebSocket.received(5);
    const master = await fetchText(`http://127.0.0.1:${port}/live/movie.m3u8`, options);
    expect(master).toMatchObject({ status: 200, body: expect.stringContaining('#EXTM3U') });
    const page = await fetchText(`http://127.0.0.1:${port}/`, options);
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining('<video') });
    expect(viewersOf(server)).toEqual([VIEWER, VIEWER, VIEWER]);
  },
);
