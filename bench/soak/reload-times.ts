// The time from a save to its report, and how long the event loop is held meanwhile, with many streams and viewers.

import { setTimeout as sleep } from 'node:timers/promises';
import { prepareClip } from '../load/clip.ts';
import { prepareLoad } from '../load/load-program.ts';
import { Load } from '../load/load.ts';
import { applyEdit, tell } from './apply-edit.ts';
import { withServer, type Places, type Site } from './site.ts';
import { APP } from './clients/stream-name.ts';

export interface ReloadTimesOptions {
  readonly streams: number;
  readonly viewers: number;
  /** The number of edits. */
  readonly timed: number;
}

/** In each window the longest hold of the event loop is taken, with an edit and without one. */
const WINDOW_MS = 250;
const SETTLE_MS = 3000;
const MAX_MEDIAN_MS = 300;

interface ReloadTimes {
  /** From the save to the report, ms. */
  readonly times: number[];
  /** Longest hold of the event loop in windows with a reload, ms. */
  readonly held: number[];
  /** The same in windows without a reload. */
  readonly idle: number[];
}

/** Resolves with the faults found. */
export function measureReloads(options: ReloadTimesOptions, places: Places): Promise<string[]> {
  const clip = prepareClip(places.peers);
  const program = prepareLoad(places.root, places.peers, 'c');
  return withServer(places, async (site) => {
    const load = await Load.start(program, {
      clip: clip.path,
      rtmpPort: site.edits.rtmpPort,
      httpPort: site.edits.httpPort,
      app: APP,
      maxSeconds: 240,
      readEveryMs: 20,
    });
    try {
      await fill(load, options);
      return await measure(load, options, site);
    } finally {
      await load.stop();
    }
  });
}

async function fill(load: Load, { streams, viewers }: ReloadTimesOptions): Promise<void> {
  await load.publish(streams, 2000);
  await sleep(SETTLE_MS);
  const half = Math.floor(viewers / 2);
  const joining = { perSecond: 200, probes: 10, stalled: 0, timeoutMs: 30_000 };
  await load.join('rtmp', { ...joining, count: half });
  await load.join('flv', { ...joining, count: viewers - half });
  await sleep(SETTLE_MS);
}

async function measure(load: Load, options: ReloadTimesOptions, site: Site): Promise<string[]> {
  const faults: string[] = [];
  const found: ReloadTimes = { times: [], held: [], idle: [] };
  await load.mark();
  for (let index = 0; index < options.timed; index++) {
    await timeEdit(site, found, { faults, viewers: options.viewers });
  }
  const report = await load.report();
  if (report.closed > 0) faults.push(`${report.closed} connections were closed`);
  if (report.probes.lost > 0) faults.push(`probes lost ${report.probes.lost} packets`);
  console.log(`${found.times.length} edits with ${options.streams} streams and ${report.playing} viewers`);
  console.log(`  from save to applied: ${spread(found.times)}`);
  console.log(`  longest hold of the event loop within ${WINDOW_MS} ms with a reload: ${spread(found.held)}`);
  console.log(`  the same without one: ${spread(found.idle)}`);
  if (percentile(found.times, 50) >= MAX_MEDIAN_MS)
    faults.push(`the median is not below ${MAX_MEDIAN_MS} ms`);
  return faults;
}

async function timeEdit(
  site: Site,
  found: ReloadTimes,
  expected: Parameters<typeof applyEdit>[2],
): Promise<void> {
  const { server, edits } = site;
  await server.loop();
  await sleep(WINDOW_MS);
  found.idle.push((await server.loop()).heldMs);
  const edit = edits.nextValid();
  const took = await applyEdit(edit, site, expected);
  await sleep(Math.max(0, WINDOW_MS - took));
  const { heldMs } = await server.loop();
  found.held.push(heldMs);
  found.times.push(took);
  tell(`${edit.label}: ${took.toFixed(0)} ms, held ${heldMs.toFixed(1)} ms`);
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

function spread(values: readonly number[]): string {
  const [p50, p99, max] = [50, 99, 100].map((percent) => percentile(values, percent).toFixed(1));
  return `median ${p50} ms, p99 ${p99} ms, longest ${max} ms`;
}
