// 500 viewers of a live stream, with 50 replays of a recording beside them and without, in turns: the delay of the live
// stream, and CPU of the server.
//
// The replays are a process of their own, which plays the recording by RTMP at its own pace and throws it away.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { prepareClip } from '../load/clip.ts';
import { Load } from '../load/load.ts';
import type { LoadFigures } from '../load/load-figures.ts';
import { prepareLoad } from '../load/load-program.ts';
import { guardExit, runToEnd, startChild, stopChild } from '../processes/children.ts';
import { sleep, startLivego, untilListening } from '../relay/livego-process.ts';
import { readTreeUsage } from '../processes/process-tree.ts';
import { playMany } from '../relay/far.ts';
import { medianOf } from '../rounds/median.ts';

interface Place {
  readonly root: string;
  readonly peers: string;
}

interface Measured {
  readonly delay: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Of a core, in per cent. */
  readonly share: number;
}

const VIEWERS = 500;
const REPLAYS = 50;
const ROUNDS = 3;
const SETTLE_MS = 10_000;
const WINDOW_MS = 15_000;
const PORTS = { rtmp: 21945, http: 21946 };
const RECORDING = 'movie_20260101T000000';

/** @param role - `replays`: the process plays the recording */
export async function main([role]: readonly string[], place: Place): Promise<void> {
  if (role === 'replays') return playMany(PORTS.rtmp, REPLAYS, 'vod/live', RECORDING);
  guardExit();
  const all: Record<'alone' | 'beside', Measured[]> = { alone: [], beside: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of round % 2 === 0 ? (['alone', 'beside'] as const) : (['beside', 'alone'] as const)) {
      const measured = await measure(place, kind === 'beside');
      all[kind].push(measured);
      print(`round ${round + 1}: ${describe(kind, measured)}`);
    }
  }
  for (const kind of ['alone', 'beside'] as const) {
    const of = (read: (measured: Measured) => number): number => medianOf(all[kind].map(read));
    const delay = { p50: of((m) => m.delay.p50), p99: of((m) => m.delay.p99), max: of((m) => m.delay.max) };
    print(`median: ${describe(kind, { delay, share: of((m) => m.share) })}`);
  }
}

async function measure({ root, peers }: Place, withReplays: boolean): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'livego-replay-'));
  const children: ChildProcess[] = [];
  let load: Load | undefined;
  try {
    const clip = prepareClip(peers);
    const recordings = makeRecording(folder, clip.flv);
    const server = startLivego(root, join(folder, 'livego.json5'), {
      listen: `127.0.0.1:${PORTS.rtmp}`,
      replay: { port: `127.0.0.1:${PORTS.http}`, directories: [recordings], md5: false },
    });
    children.push(server);
    await untilListening(PORTS.rtmp);
    load = await Load.start(prepareLoad(root, peers, 'c'), {
      clip: clip.path,
      rtmpPort: PORTS.rtmp,
      httpPort: PORTS.http,
      app: 'live',
      maxSeconds: 120,
      readEveryMs: 20,
    });
    await load.publish(1, 0);
    const join500 = { count: VIEWERS, perSecond: 250, probes: 8, stalled: 0, timeoutMs: 20_000 };
    await load.join('rtmp', join500);
    if (withReplays) {
      const args = [join(root, 'bench', 'replay.mjs'), 'replays'];
      children.push(startChild(process.execPath, args, { stdio: 'ignore' }));
    }
    await sleep(SETTLE_MS);
    return await measureWindow(load, server.pid!);
  } finally {
    await load?.stop();
    for (const child of children) await stopChild(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureWindow(load: Load, pid: number): Promise<Measured> {
  const before = readTreeUsage(pid);
  const from = performance.now();
  await load.mark();
  await sleep(WINDOW_MS);
  const figures: LoadFigures = await load.report();
  const after = readTreeUsage(pid);
  const seconds = (performance.now() - from) / 1000;
  const share = ((after.user + after.system - before.user - before.system) / seconds) * 100;
  if (!figures.delayMs) throw new Error('no delays were measured');
  return { delay: figures.delayMs, share };
}

/** The clip five times, with an index as recordings have it. */
function makeRecording(folder: string, flv: string): string {
  const recordings = join(folder, 'recordings');
  mkdirSync(join(recordings, 'live'), { recursive: true });
  const input = ['-loglevel', 'error', '-stream_loop', '4', '-i', flv];
  const output = ['-c', 'copy', '-flvflags', 'add_keyframe_index', '-f', 'flv'];
  runToEnd('ffmpeg', [...input, ...output, join(recordings, 'live', `${RECORDING}.flv`)]);
  return recordings;
}

function describe(kind: 'alone' | 'beside', { delay, share }: Measured): string {
  const what = kind === 'alone' ? `${VIEWERS} viewers alone` : `beside ${REPLAYS} replays`;
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  return `${what}: delay ${ms(delay.p50)} at the median, ${ms(delay.p99)} at the 99th percentile, ${ms(delay.max)} at most; ${share.toFixed(1)} % of a core`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
