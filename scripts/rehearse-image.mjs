// Rehearses the Dockerfile without Docker: runs its steps in an empty folder, starts what they made as the image's user, in
// a root directory that it cannot write to, and asks for its health.
//
//   node scripts/rehearse-image.mjs
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildImage } from './image/build.mjs';

const ROOT = join(import.meta.dirname, '..');
const START_MS = 30_000;

/** The addresses of the image, on free ports of this machine alone. */
const ADDRESSES = ['--rtmp_addr', '--httpflv_addr', '--hls_addr', '--api_addr'];

const folder = mkdtempSync(join(tmpdir(), 'livego-image-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
chmodSync(folder, 0o755);

const image = buildImage(ROOT, folder);
const temporary = join(folder, 'tmp');
mkdirSync(temporary);
chmodSync(temporary, 0o777);
console.log(`image: ${sizeOf(image.root)} in the last stage, without Node`);
await serves();
console.log('image: serves, is healthy, and stops on SIGTERM');

async function serves() {
  const server = spawn(
    ...command(
      image.entrypoint,
      ADDRESSES.flatMap((flag) => [flag, '127.0.0.1:0']),
    ),
  );
  process.once('exit', () => server.kill('SIGKILL'));
  const deadline = setTimeout(() => fail('the server did not start'), START_MS);
  const port = await rtmpPort(server);
  clearTimeout(deadline);
  const health = (env) => spawnSync(...command(image.healthcheck, [], env)).status;
  if (health({ LIVEGO_HEALTH_PORT: port }) !== 0) fail('the health check fails');
  if (health({ LIVEGO_HEALTH_PORT: '1' }) === 0)
    fail('the health check passes for a port where nothing listens');
  server.kill('SIGTERM');
  const [code] = await once(server, 'exit');
  if (code !== 0) fail(`the server ended with ${code}`);
}

/** The command in the image, for spawn. */
function command(words, more, env = {}) {
  const [program, ...args] = words.map((word) => (word.startsWith('/') ? image.path(word) : word));
  const [uid, gid] = image.user.split(':').map(Number);
  // Only root can become another user.
  const identity = process.getuid?.() === 0 ? { uid, gid } : {};
  const options = {
    cwd: image.path('.'),
    env: { PATH: process.env.PATH, TMPDIR: temporary, ...image.env, ...env },
    ...identity,
  };
  return [program, [...args, ...more], { ...options, stdio: ['ignore', 'pipe', 'inherit'] }];
}

async function rtmpPort(server) {
  for await (const line of createInterface({ input: server.stdout })) {
    const { msg } = JSON.parse(line);
    const port = /^listening on .*:(\d+) \(rtmp\.port/.exec(msg)?.[1];
    if (port !== undefined) {
      server.stdout.resume();
      return port;
    }
  }
  return fail('the server ended before it listened');
}

function sizeOf(path) {
  return spawnSync('du', ['-sh', path], { encoding: 'utf8' }).stdout.split('\t')[0];
}

function fail(message) {
  console.error(`image: ${message}.`);
  process.exit(1);
}
