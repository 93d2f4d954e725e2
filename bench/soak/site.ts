// A server that follows a config in a directory of its own, and the edits of that config.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BUILTIN_PLUGINS } from '../../plugins/index.ts';
import { Edits } from './edits/edits.ts';
import { ServerProcess } from './server-process.ts';
import type { Ports } from './edits/settings.ts';

export interface Places {
  /** The checkout. */
  readonly root: string;
  /** bench/.peers */
  readonly peers: string;
}

export interface Site {
  readonly edits: Edits;
  readonly server: ServerProcess;
}

/** Starts the server, and removes everything after `run`. */
export async function withServer<Result>(
  { root }: Places,
  run: (site: Site) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'livego-soak-'));
  const taken = await listen();
  const ports = await choosePorts(portOf(taken));
  const hasHls = BUILTIN_PLUGINS.some(({ name }) => name === 'hls');
  const edits = new Edits(directory, ports, hasHls);
  const server = new ServerProcess(join(root, 'bench', 'soak.mjs'), edits.file);
  try {
    await server.ready();
    return await run({ edits, server });
  } finally {
    server.stop();
    taken.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function choosePorts(taken: number): Promise<Ports> {
  const servers = await Promise.all(Array.from({ length: 8 }, listen));
  const free = servers.map(portOf);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return { rtmp: free.slice(0, 3), http: free.slice(3, 6), hls: free[6]!, tls: free[7]!, taken };
}

async function listen(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Resolves when the condition holds, at the latest after `limitMs`. */
export async function until(condition: () => boolean, limitMs: number): Promise<void> {
  const limit = performance.now() + limitMs;
  while (!condition() && performance.now() < limit) await sleep(10);
}
