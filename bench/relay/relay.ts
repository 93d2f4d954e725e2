// One stream to 100 targets and to 100 viewers in turn: CPU of the server alone.
//
// The far ends are one process (far.ts), whose CPU is not counted.

import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareClip } from '../load/clip.ts';
import { guardExit, startChild, stopChild } from '../processes/children.ts';
import { readTreeUsage } from '../processes/process-tree.ts';
import { medianOf } from '../rounds/median.ts';
import { measureEdges } from './edges.ts';
import { playMany, takePublishes } from './far.ts';
import { sleep, startLivego, untilListening } from './livego-process.ts';

interface Place {
  readonly root: string;
  readonly peers: string;
}

type Load = 'pushes' | 'viewers';

const COUNT = 100;
const ROUNDS = 3;
const SETTLE_MS = 15_000;
const WINDOW_MS = 15_000;
const PORTS = { measured: 21935, far: 21936 };
const MEASURED = `rtmp://127.0.0.1:${PORTS.measured}/live`;
const FAR = `rtmp://127.0.0.1:${PORTS.far}/live`;

/** @param role - `edges`: viewers behind edges instead. `targets` and `viewers`: the process is the far end */
export async function main([role]: readonly string[], { root, peers }: Place): Promise<void> {
  if (role === 'targets') return takePublishes(PORTS.far);
  if (role === 'viewers') return playMany(PORTS.measured, COUNT);
  guardExit();
  if (role === 'edges') return measureEdges({ root, peers });
  const clip = prepareClip(peers).flv;
  const shares: Record<Load, number[]> = { pushes: [], viewers: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const order: Load[] = round % 2 === 0 ? ['pushes', 'viewers'] : ['viewers', 'pushes'];
    for (const load of order) {
      const share = await measure(root, clip, load);
      shares[load].push(share);
      print(`round ${round + 1}: ${COUNT} ${load}: ${share.toFixed(2)} % of a core`);
    }
  }
  const [pushes, viewers] = [medianOf(shares.pushes), medianOf(shares.viewers)];
  print(`median: ${COUNT} pushes ${pushes.toFixed(2)} %, ${COUNT} viewers ${viewers.toFixed(2)} %`);
  print(`a push costs ${(pushes / viewers).toFixed(2)} times what a viewer costs`);
}

/** The share of a core, in per cent. */
async function measure(root: string, clip: string, load: Load): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'livego-relay-'));
  const children: ChildProcess[] = [];
  const far = (role: string): unknown =>
    children.push(
      startChild(process.execPath, [join(root, 'bench', 'relay.mjs'), role], { stdio: 'ignore' }),
    );
  try {
    if (load === 'pushes') far('targets');
    const push = Array.from({ length: COUNT }, (_, index) => `${FAR}/copy-${index}`);
    const config = { listen: `127.0.0.1:${PORTS.measured}`, relay: load === 'pushes' ? { push } : {} };
    const measured = startLivego(root, join(folder, 'livego.json5'), config);
    children.push(measured);
    await untilListening(PORTS.measured);
    const input = ['-re', '-stream_loop', '-1', '-i', clip];
    const args = ['-loglevel', 'error', ...input, '-c', 'copy', '-f', 'flv', `${MEASURED}/movie`];
    children.push(startChild('ffmpeg', args, { stdio: 'ignore' }));
    if (load === 'viewers') far('viewers');
    await sleep(SETTLE_MS);
    const before = readTreeUsage(measured.pid!);
    const from = performance.now();
    await sleep(WINDOW_MS);
    const after = readTreeUsage(measured.pid!);
    const seconds = (performance.now() - from) / 1000;
    return ((after.user + after.system - before.user - before.system) / seconds) * 100;
  } finally {
    for (const child of children) await stopChild(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
