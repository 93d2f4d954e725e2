// The stage of a round: one server and one load generator, both ended and cleaned up afterwards.

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clip } from '../load/clip.ts';
import { Load } from '../load/load.ts';
import type { LoadProgram } from '../load/load-program.ts';
import { startChild, stopChild } from '../processes/children.ts';
import { APP, type ServerEntry } from '../servers/server-entry.ts';

const START_MS = 60_000;
/** The version, and 1,536 bytes that begin with a time of 0 and a zero. */
const C0_AND_C1 = Buffer.concat([Buffer.from([3]), Buffer.alloc(1536)]);

export interface StageSetup {
  readonly server: ServerEntry;
  readonly readEveryMs: number;
  readonly clip: Clip;
  readonly program: LoadProgram;
}

export interface Stage {
  /** The server's process id. */
  readonly pid: number;
  readonly load: Load;
}

/** @param maxSeconds after which the load ends by itself, even if this process has not told it to. */
export async function onStage<Result>(
  { server, readEveryMs, clip, program }: StageSetup,
  maxSeconds: number,
  play: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'livego-bench-'));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  const ports = { rtmp: await freePort(), http: await freePort() };
  let child: ChildProcess | undefined;
  let load: Load | undefined;
  try {
    const launch = server.prepare(folder, ports);
    child = await startServer(launch, ports.rtmp, join(folder, 'output.log'));
    load = await Load.start(program, {
      clip: clip.path,
      rtmpPort: ports.rtmp,
      httpPort: ports.http,
      app: APP,
      maxSeconds: Math.ceil(maxSeconds),
      readEveryMs,
    });
    return await play({ pid: child.pid ?? 0, load });
  } finally {
    await load?.stop();
    if (child) await stopChild(child);
    process.off('exit', removeFolder);
    removeFolder();
  }
}

async function startServer(
  launch: ReturnType<ServerEntry['prepare']>,
  port: number,
  log: string,
): Promise<ChildProcess> {
  const output = openSync(log, 'w');
  const child = startChild(launch.command, launch.args, {
    cwd: launch.cwd,
    env: { ...process.env, NODE_ENV: 'production', ...launch.env },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  // A server of several processes takes that long on a machine that others use.
  const deadline = Date.now() + START_MS;
  while (!(await answers(port, deadline))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stopChild(child);
      throw new Error(`it does not serve RTMP on ${port}: ${readFileSync(log, 'utf8').slice(-2000)}`);
    }
    await sleep(50);
  }
  return child;
}

/** Whether a handshake is answered. A port may accept connections long before there is a worker for them. */
function answers(port: number, deadline: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.setTimeout(Math.max(1, deadline - Date.now()));
    const done = (answered: boolean): void => (socket.destroy(), resolve(answered));
    socket.once('connect', () => socket.write(C0_AND_C1));
    socket.once('data', () => done(true));
    for (const end of ['error', 'end', 'timeout'] as const) socket.once(end, () => done(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
