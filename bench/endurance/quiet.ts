// A quiet moment: everybody has left but those who stay to the end. What the server holds then may not grow.

import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf } from './acts/disturbances.ts';
import type { World } from './world.ts';

const LEAVE_MS = 90_000;
const POLL_MS = 500;
/** Idle connections of HTTP, and engines that are to end, are gone after this. */
const SETTLE_MS = 12_000;
/** Between two collections with the same load: caches, compiled code, the collector. */
const HEAP_NOISE_BYTES = 4 * 1024 * 1024;
/** Node keeps each version of a custom plugin. */
const PLUGIN_VERSION_BYTES = 20 * 1024;
const DESCRIPTOR_NOISE = 3;

export interface Holdings {
  readonly minute: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly descriptors: number;
  readonly children: number;
  readonly resources: Readonly<Record<string, number>>;
  readonly sessions: number;
  readonly streams: number;
  readonly pluginEdits: number;
}

/** Waits until only `streams` are live, and counts. */
export async function takeStock(world: World, streams: readonly string[], minute: number): Promise<Holdings> {
  const deadline = performance.now() + LEAVE_MS;
  let live = await list(world, 'streams', 'stream');
  while (performance.now() < deadline && live.some((each) => !streams.includes(each))) {
    await sleep(POLL_MS);
    live = await list(world, 'streams', 'stream');
  }
  await sleep(SETTLE_MS);
  const sessions = await list(world, 'sessions', 'id');
  const { heapBytes, rssBytes, resources } = await world.server.loop({ collect: true });
  return {
    minute,
    heapBytes,
    rssBytes,
    resources,
    descriptors: readdirSync(`/proc/${world.server.pid}/fd`).length,
    children: childrenOf(world.server.pid).length,
    sessions: sessions.length,
    streams: live.length,
    pluginEdits: world.config.pluginEdits,
  };
}

async function list({ ports }: World, what: string, field: string): Promise<string[]> {
  const url = `http://127.0.0.1:${ports.api}/api/v1/${what}?limit=1000&fields=${field}`;
  const response = await fetch(url, { headers: { connection: 'close' } });
  const { items } = (await response.json()) as { items: Record<string, string>[] };
  return items.map((item) => item[field] ?? '');
}

/** What has grown from the first quiet moment to the last. */
export function findGrowth(stock: readonly Holdings[]): string[] {
  const [first, last] = [stock[0], stock.at(-1)];
  if (first === undefined || last === undefined) return [];
  const faults: string[] = [];
  const allowed = HEAP_NOISE_BYTES + (last.pluginEdits - first.pluginEdits) * PLUGIN_VERSION_BYTES;
  const grown = last.heapBytes - first.heapBytes;
  if (grown > allowed) faults.push(`the heap has grown by ${(grown / 1048576).toFixed(1)} MiB`);
  if (last.descriptors > first.descriptors + DESCRIPTOR_NOISE)
    faults.push(`open files have grown from ${first.descriptors} to ${last.descriptors}`);
  for (const what of ['children', 'sessions', 'streams'] as const)
    if (last[what] > first[what]) faults.push(`${what} have grown from ${first[what]} to ${last[what]}`);
  return faults;
}

export function describeHoldings(holdings: Holdings): string {
  const mib = (bytes: number): string => (bytes / 1048576).toFixed(1);
  const resources = Object.entries(holdings.resources).map(([kind, count]) => `${count} ${kind}`);
  return (
    `minute ${holdings.minute.toFixed(1)}: heap ${mib(holdings.heapBytes)} MiB, resident ${mib(holdings.rssBytes)} MiB, ` +
    `${holdings.descriptors} open files, ${holdings.children} children, ${holdings.streams} streams, ` +
    `${holdings.sessions} sessions; ${resources.join(', ')}`
  );
}
