// One window of polling: what the client counts, and what the server uses meanwhile.

import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { startChild } from '../processes/children.ts';
import { readTreeUsage } from '../processes/process-tree.ts';

export interface Polled {
  readonly responses: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Of the server and all its processes. */
  readonly serverCpuSeconds: number;
  readonly clientCpuSeconds: number;
}

export interface PollSetup {
  readonly program: string;
  /** Written with the requests. */
  readonly file: string;
  readonly connections: number;
  readonly windowMs: number;
  readonly pid: number;
  readonly port: number;
  readonly requests: readonly string[];
}

/** Node's compiler has done most of its work by then. */
const WARM_MS = 2000;

export async function poll({
  program,
  file,
  connections,
  windowMs,
  pid,
  port,
  requests,
}: PollSetup): Promise<Polled> {
  writeFileSync(file, requests.join(''));
  const args = [port, connections, WARM_MS, windowMs, file].map(String);
  const child = startChild(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let before = 0;
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line === 'open') before = cpuOf(pid);
    else {
      const { cpuSeconds, ...counted } = JSON.parse(line) as Polled & { readonly cpuSeconds: number };
      return { ...counted, serverCpuSeconds: cpuOf(pid) - before, clientCpuSeconds: cpuSeconds };
    }
  }
  throw new Error('the client has stopped; it says why above');
}

function cpuOf(pid: number): number {
  const { user, system } = readTreeUsage(pid);
  return user + system;
}
