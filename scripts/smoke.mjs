// Proves that `npm start` starts a server: it listens, speaks RTMP and HTTP, and shuts down on SIGTERM.
//
//   node scripts/smoke.mjs [rtmp port] [http port]
//
// By default the ports are those of livego.json5.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '..');
const HOST = '127.0.0.1';
const [RTMP_PORT, HTTP_PORT] = [process.argv[2] ?? 1935, process.argv[3] ?? 8011].map(Number);
/** Long enough for the set-up and the build of a fresh clone. */
const START_MS = 10 * 60_000;
const ANSWER_MS = 5_000;
const STOP_MS = 5_000;
const RETRY_MS = 50;

for (const port of [RTMP_PORT, HTTP_PORT]) {
  if (await accepts(port))
    fail(`port ${port} is taken by another program; end it, or change livego.json5 and name the port here`);
}

const server = spawn('npm', ['start'], {
  cwd: ROOT,
  stdio: ['ignore', 'inherit', 'inherit'],
  // A process group of its own, so that all of it can be ended.
  detached: true,
});
process.once('exit', () => endGroup(server.pid));
const exit = once(server, 'exit');

await Promise.all([RTMP_PORT, HTTP_PORT].map(untilAccepts));
console.log(`smoke: listens on ${RTMP_PORT} and ${HTTP_PORT}`);
await shakesHands();
console.log('smoke: speaks RTMP');
console.log(`smoke: speaks HTTP (status ${await httpStatus()} for a path that nothing serves)`);
await shutsDown();
console.log('smoke: shuts down on SIGTERM');
takesFlags();
console.log('smoke: takes flags');

function takesFlags() {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const options = { cwd: ROOT, encoding: 'utf8', timeout: START_MS };
  const { stdout, status } = spawnSync('npm', ['start', '--silent', '--', '--version'], options);
  if (status !== 0 || stdout.trim() !== version)
    fail(`"npm start -- --version" said ${JSON.stringify(stdout)} and ended with ${status}`);
}

async function untilAccepts(port) {
  const deadline = Date.now() + START_MS;
  while (!(await accepts(port))) {
    if (server.exitCode !== null || server.signalCode !== null)
      fail(`"npm start" ended with ${server.exitCode ?? server.signalCode}`);
    if (Date.now() > deadline) fail(`nothing listens on port ${port} after ${START_MS / 1000} s`);
    await delay(RETRY_MS);
  }
}

async function accepts(port) {
  const socket = connect(port, HOST);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The server answers C0 and C1 with S0, S1 and S2 (RTMP 1.0, 5.2). */
async function shakesHands() {
  const socket = connect(RTMP_PORT, HOST);
  socket.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(1536)]));
  let received = Buffer.alloc(0);
  const answered = (async () => {
    for await (const bytes of socket) {
      received = Buffer.concat([received, bytes]);
      if (received.length >= 1 + 2 * 1536) return;
    }
  })();
  await within(ANSWER_MS, 'an answer to the RTMP handshake', answered);
  if (received[0] !== 3) fail(`the RTMP handshake was answered with version ${received[0]}, not 3`);
  socket.destroy();
}

async function httpStatus() {
  const request = get({ host: HOST, port: HTTP_PORT, path: '/nothing', agent: false });
  const [response] = await within(ANSWER_MS, 'an answer to an HTTP request', once(request, 'response'));
  response.destroy();
  if (response.statusCode !== 404)
    fail(`a path that nothing serves was answered with ${response.statusCode}, not 404`);
  return response.statusCode;
}

/** Sends the signal to npm, as systemd and docker do: npm is the process that they started. */
async function shutsDown() {
  server.kill('SIGTERM');
  const [code, signal] = await within(STOP_MS, 'the end of the server after SIGTERM', exit);
  if (code !== 0) fail(`after SIGTERM the server ended with ${signal ?? `code ${code}`}, not with code 0`);
  for (const port of [RTMP_PORT, HTTP_PORT]) {
    if (await accepts(port)) fail(`"npm start" has ended, yet port ${port} still accepts connections`);
  }
}

async function within(ms, what, promise) {
  const patience = new AbortController();
  const late = delay(ms, undefined, { signal: patience.signal }).then(
    () => fail(`timed out after ${ms / 1000} s waiting for ${what}`),
    () => undefined,
  );
  try {
    return await Promise.race([promise, late]);
  } catch (error) {
    return fail(`${error.message} while waiting for ${what}`);
  } finally {
    patience.abort();
  }
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The whole group has ended.
  }
}

function fail(message) {
  console.error(`smoke: ${message}.`);
  process.exit(1);
}
