// Free ports, which no other test takes: neither of this run of Vitest nor of another on the machine.
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Ports that no system gives to a client, or to a listener of port 0: Linux begins at 32768, others at 49152. A client of
 * another test at ::1 would otherwise keep a listener of 127.0.0.1 from becoming one of every address, and whoever is
 * quicker could take a port that was free a moment ago.
 */
const FIRST_PORT = 10_240;
const PORTS = 22_528;
/** Whoever listens at the first port of a block has the rest of it, until its thread ends. */
const BLOCK = 128;
const BLOCKS = PORTS / BLOCK;

let block: Promise<number> | undefined;
let taken = 0;

/** A TCP port that is free at every address. Prefer port 0 where the server can tell which port it got. */
export async function freePort(): Promise<number> {
  const first = await (block ??= claimBlock());
  for (let tries = 1; tries < BLOCK; tries++) {
    const port = first + 1 + (taken++ % (BLOCK - 1));
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}

/** This many different ports. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

async function claimBlock(): Promise<number> {
  // Processes that start together begin to look in different places.
  const start = process.pid + Number(process.env['VITEST_POOL_ID'] ?? 0) * 16;
  for (let tries = 0; tries < BLOCKS; tries++) {
    const first = FIRST_PORT + ((start + tries) % BLOCKS) * BLOCK;
    const guard = await listen(first);
    if (guard) return (guard.unref(), first);
  }
  throw new Error('no block of ports is free');
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server) await once(server.close(), 'close');
  return server !== undefined;
}

/** Undefined when the port is taken. */
async function listen(port: number): Promise<Server | undefined> {
  const server = createServer().listen({ port, exclusive: true });
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
