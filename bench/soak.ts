// Hundreds of reloads beside a live stream of which nobody may miss a packet, then the time that a reload takes under load.
import { HlsFollower } from './soak-hls.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BUILTIN_PLUGINS } from '../plugins/index.ts';
import { guardExit } from './children.ts';
import { prepareClip } from './clip.ts';
import { Load, prepareLoad } from './load.ts';
import { Edits, type Edit } from './soak-edits.ts';
import { now, serve, ServerProcess, type ReloadNote } from './soak-server.ts';
import { findLoss, Publisher, watchHttp, watchRtmp, watchWebSocket, type Watching } from './soak-viewers.ts';

interface Options {
  readonly valid: number;
  readonly invalid: number;
  readonly streams: number;
  readonly viewers: number;
  readonly timed: number;
}

/** Heap that may come and go between two collections with the same load: caches, the JIT, what the collector keeps. */
/** Valid edits between two weighings of the heap. */
const WEIGH_EVERY = 100;
const HEAP_NOISE_BYTES = 3 * 1024 * 1024;
const LATE_JOIN_EVERY = 50;

export async function main(argv: readonly string[], places: { root: string; peers: string }): Promise<void> {
  if (argv[0] === '--serve') return serve(argv[1] ?? '');
  guardExit();
  const options = readOptions(argv);
  const faults: string[] = [];
  if (options.valid > 0) faults.push(...(await soak(options, places)));
  if (options.timed > 0) faults.push(...(await measure(options, places)));
  for (const fault of faults) console.log(`FAULT: ${fault}`);
  console.log(faults.length === 0 ? 'no faults' : `${faults.length} faults`);
  process.exit(faults.length === 0 ? 0 : 1);
}

function readOptions(argv: readonly string[]): Options {
  const number = (fallback: number) => ({ type: 'string', default: String(fallback) }) as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      valid: number(500),
      invalid: number(200),
      streams: number(100),
      viewers: number(1000),
      timed: number(100),
    },
  });
  const { valid, invalid, streams, viewers, timed } = values;
  return {
    valid: Number(valid),
    invalid: Number(invalid),
    streams: Number(streams),
    viewers: Number(viewers),
    timed: Number(timed),
  };
}

interface Site {
  readonly edits: Edits;
  readonly server: ServerProcess;
}

async function withServer<Result>(
  { root }: { root: string },
  run: (site: Site) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'livego-soak-'));
  const taken = createServer().listen(0, '127.0.0.1');
  const ports = await freePorts(8);
  const [a, b, c, d, e, f, hls, tls] = ports as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const edits = new Edits(
    directory,
    { rtmp: [a, b, c], http: [d, e, f], hls, tls, taken: (taken.address() as AddressInfo).port },
    BUILTIN_PLUGINS.some(({ name }) => name === 'hls'),
  );
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

/** Saves an edit and checks what the server made of it. Milliseconds from the save to the report. */
async function apply(edit: Edit, { server }: Site, faults: string[], viewers?: number): Promise<number> {
  const coming = server.nextReport();
  coming.catch(() => {});
  const saved = await edit.save(now);
  try {
    let note = await coming;
    // Half of a file may have settled by itself on a busy machine; what counts is where it ends.
    if (edit.valid && note.outcome === 'refused' && edit.label.endsWith('in two pieces'))
      note = await server.nextReport();
    const wrong = findWrong(edit, note, viewers);
    if (wrong !== undefined) faults.push(`${edit.label}: ${wrong}: ${note.words} ${note.errors.join(' ')}`);
    if (process.env['SOAK_VERBOSE'])
      console.log(`${edit.label}: ${note.words} (${(note.at - saved).toFixed(0)} ms)`);
    return note.at - saved;
  } catch (error) {
    if (process.env['SOAK_VERBOSE']) console.log(`${edit.label}: ${String(error)}`);
    faults.push(`${edit.label}: ${error instanceof Error ? error.message : String(error)}`);
    return Number.NaN;
  }
}

function findWrong(edit: Edit, note: ReloadNote, viewers: number | undefined): string | undefined {
  if ((note.outcome !== 'refused') !== edit.valid) return `it was ${note.outcome}`;
  if (note.closed > 0) return `${note.closed} sessions were closed`;
  if (viewers !== undefined && note.viewers !== viewers) return `${note.viewers} viewers, not ${viewers}`;
  return undefined;
}

async function soak(options: Options, places: { root: string }): Promise<string[]> {
  const faults: string[] = [];
  await withServer(places, async (site) => {
    const { edits, server } = site;
    const publisher = await publish(edits.rtmpPort);
    const viewers = await joinAll(edits);
    const hls = new HlsFollower(edits.hlsPort);
    let late: Watching[] = [];
    const heap: { readonly after: number; readonly bytes: number }[] = [];
    let done = 0;
    const invalidEvery = options.valid / Math.max(1, options.invalid);
    let invalid = 0;
    while (done < options.valid) {
      const weighed = done === 10 || (done > 0 && done % WEIGH_EVERY === 0);
      if (weighed || done % LATE_JOIN_EVERY === LATE_JOIN_EVERY - 1) {
        await apply(edits.reset(), site, faults, viewers.length + late.length);
        for (const each of late) each.leave();
        for (const each of late)
          faults.push(...[findLoss(publisher, each, 'anywhere')].flatMap((fault) => fault ?? []));
        late = [];
        // Leaving is noticed by the server within a moment.
        await sleep(50);
        if (weighed) heap.push({ after: done, bytes: (await server.loop({ collect: true })).heapBytes });
        else late = await joinAll(edits);
      } else await apply(edits.nextValid(), site, faults, viewers.length + late.length);
      done++;
      for (; invalid < Math.floor(done / invalidEvery); invalid++)
        await apply(edits.nextInvalid(), site, faults, viewers.length + late.length);
    }
    for (const each of late) each.leave();
    await sleep(50);
    await apply(edits.reset(), site, faults, viewers.length);
    const { heapBytes, rssBytes } = await server.loop({ collect: true });
    await hls.stop();
    faults.push(...hls.faults);
    publisher.stop();
    await until(() => viewers.every(({ ended }) => ended !== undefined), 5000);
    for (const viewer of viewers) {
      const fault = findLoss(publisher, viewer);
      if (fault !== undefined) faults.push(fault);
    }
    heap.push({ after: done, bytes: heapBytes });
    // The first ten edits are of ten kinds; the code for the others is loaded and compiled when they come first.
    const settled = heap.find(({ after }) => after >= WEIGH_EVERY);
    const grown = heapBytes - (settled?.bytes ?? heapBytes);
    if (grown > HEAP_NOISE_BYTES) faults.push(`the heap has grown by ${mib(grown)} MiB`);
    console.log(
      `${done} valid edits and ${invalid} invalid ones beside a stream of ${publisher.sent.length} packets`,
    );
    for (const { name, got } of viewers) console.log(`  ${name}: ${got.length} packets`);
    console.log(
      `  HLS: ${hls.segments} segments with ${hls.frames} frames, ${hls.discontinuities} discontinuities that the playlist tells`,
    );
    console.log(
      `  heap ${heap.map(({ after, bytes }) => `after ${after}: ${mib(bytes)} MiB`).join(', ')}; resident ${mib(rssBytes)} MiB`,
    );
  });
  return faults;
}

async function measure(options: Options, places: { root: string; peers: string }): Promise<string[]> {
  const faults: string[] = [];
  const clip = prepareClip(places.peers);
  const program = prepareLoad(places.root, places.peers, 'c');
  await withServer(places, async (site) => {
    const { edits, server } = site;
    const load = await Load.start(program, {
      clip: clip.path,
      rtmpPort: edits.rtmpPort,
      httpPort: edits.httpPort,
      app: 'live',
      maxSeconds: 240,
      readEveryMs: 20,
    });
    try {
      await load.publish(options.streams, 2000);
      await sleep(3000);
      const half = Math.floor(options.viewers / 2);
      const joining = { perSecond: 200, probes: 10, stalled: 0, timeoutMs: 30_000 };
      await load.join('rtmp', { ...joining, count: half });
      await load.join('flv', { ...joining, count: options.viewers - half });
      await sleep(3000);
      await load.mark();
      const idle: number[] = [];
      const held: number[] = [];
      const times: number[] = [];
      for (let index = 0; index < options.timed; index++) {
        await server.loop();
        await sleep(250);
        idle.push((await server.loop()).heldMs);
        const edit = edits.nextValid();
        const took = await apply(edit, site, faults, options.viewers);
        await sleep(Math.max(0, 250 - took));
        const { heldMs } = await server.loop();
        held.push(heldMs);
        times.push(took);
        if (process.env['SOAK_VERBOSE'])
          console.log(`${edit.label}: ${took.toFixed(0)} ms, held ${heldMs.toFixed(1)} ms`);
      }
      const report = await load.report();
      if (report.closed > 0) faults.push(`${report.closed} connections were closed`);
      if (report.probes.lost > 0) faults.push(`probes lost ${report.probes.lost} packets`);
      console.log(`${times.length} edits with ${options.streams} streams and ${report.playing} viewers`);
      console.log(`  from save to in force: ${spread(times)}`);
      console.log(`  longest hold of the event loop within 250 ms with a reload: ${spread(held)}`);
      console.log(`  the same without one: ${spread(idle)}`);
      if (percentile(times, 50) >= 300) faults.push('the median is not below 300 ms');
    } finally {
      await load.stop();
    }
  });
  return faults;
}

async function publish(port: number): Promise<Publisher> {
  let ready = false;
  const publisher = new Publisher(port, () => (ready = true));
  await until(() => ready, 5000);
  return publisher;
}

/** One viewer of each protocol, who has something. */
async function joinAll(edits: Edits): Promise<Watching[]> {
  const viewers = [watchRtmp(edits.rtmpPort), watchHttp(edits.httpPort), watchWebSocket(edits.httpPort)];
  await until(() => viewers.every(({ got }) => got.length > 0), 5000);
  return viewers;
}

async function until(condition: () => boolean, limitMs: number): Promise<void> {
  const limit = performance.now() + limitMs;
  while (!condition() && performance.now() < limit) await sleep(10);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await sleep(50);
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

function spread(values: readonly number[]): string {
  const [p50, p99, max] = [50, 99, 100].map((percent) => percentile(values, percent).toFixed(1));
  return `median ${p50} ms, p99 ${p99} ms, longest ${max} ms`;
}

function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
