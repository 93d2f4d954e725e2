// An origin, three edges that pull on demand, 300 viewers: how often the origin carries the stream, and whether viewers
// get all of it.
//
// Half of the viewers play by RTMP, half by HTTP-FLV. Some of them are probes, which check that no frame is missing.

import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareClip } from '../load/clip.ts';
import { Load, type LoadOptions } from '../load/load.ts';
import { prepareLoad, type LoadProgram } from '../load/load-program.ts';
import { stopChild } from '../processes/children.ts';
import { readTreeUsage } from '../processes/process-tree.ts';
import { startLivego, untilListening, sleep } from './livego-process.ts';

const EDGES = 3;
const VIEWERS_OF_EDGE = 100;
const PROBES_OF_EDGE = 6;
const IDLE_MS = 5000;
const WINDOW_MS = 20_000;
const MAX_SECONDS = 180;
const ORIGIN_PORT = 21_940;

/** Writes how many viewers the origin has had, and has, into a file. */
const COUNTING_PLUGIN = `
import { writeFileSync } from 'node:fs';
export default {
  name: 'counting',
  schema: { type: 'object', properties: { file: { type: 'string', default: '', description: 'Output.' } } },
  app({ hooks }, { file }) {
    let plays = 0;
    let present = 0;
    const write = () => writeFileSync(file, JSON.stringify({ plays, present }));
    hooks.playStart.tap(() => (plays++, present++, write()));
    hooks.playStop.tap(() => (present--, write()));
  },
};
`;

interface Place {
  readonly root: string;
  readonly peers: string;
}

interface Edge {
  readonly child: ChildProcess;
  readonly load: Load;
}

export async function measureEdges(place: Place): Promise<void> {
  const site = new Site(place);
  try {
    const origin = await site.startOrigin();
    const edges = await Promise.all(Array.from({ length: EDGES }, (_, index) => site.startEdge(index)));
    const idle = await shareOf(edges[0]!.child, IDLE_MS);
    await (await site.startLoad({ rtmpPort: ORIGIN_PORT, httpPort: 0 })).publish(1, 0);
    await joinAll(edges);
    for (const { load } of edges) await load.mark();
    const share = await shareOf(origin, WINDOW_MS);
    for (const [index, { load }] of edges.entries()) {
      const { playing, closed, probes } = await load.report();
      const figures = JSON.stringify(probes);
      print(`edge ${index + 1}: ${playing} viewers play, ${closed} are gone; probes: ${figures}`);
    }
    print(`origin: ${site.counts}, ${share.toFixed(2)} % of a core; an idle edge: ${idle.toFixed(2)} %`);
  } finally {
    await site.end();
  }
}

async function joinAll(edges: readonly Edge[]): Promise<void> {
  const count = VIEWERS_OF_EDGE / 2;
  const options = { count, perSecond: 50, probes: PROBES_OF_EDGE / 2, stalled: 0, timeoutMs: 30_000 };
  for (const protocol of ['rtmp', 'flv'] as const)
    await Promise.all(edges.map(({ load }) => load.join(protocol, options)));
}

/** The servers, the generators of load and their folder. */
class Site {
  readonly #root: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'livego-edges-'));
  readonly #program: LoadProgram;
  readonly #clip: string;
  readonly #children: ChildProcess[] = [];
  readonly #loads: Load[] = [];

  constructor({ root, peers }: Place) {
    this.#root = root;
    this.#program = prepareLoad(root, peers, 'c');
    this.#clip = prepareClip(peers).path;
    writeFileSync(this.#path('counting.mjs'), COUNTING_PLUGIN);
  }

  get counts(): string {
    return readFileSync(this.#path('counts.json'), 'utf8');
  }

  startOrigin(): Promise<ChildProcess> {
    const counting = { file: this.#path('counts.json') };
    return this.#start('origin', ORIGIN_PORT, { plugins: [this.#path('counting.mjs')], counting });
  }

  async startEdge(index: number): Promise<Edge> {
    const [rtmpPort, httpPort] = [ORIGIN_PORT + 1 + 2 * index, ORIGIN_PORT + 2 + 2 * index];
    const relay = { onDemand: `rtmp://127.0.0.1:${ORIGIN_PORT}/{app}/{name}` };
    const config = { httpflv: { port: `127.0.0.1:${httpPort}` }, relay };
    const child = await this.#start(`edge-${index}`, rtmpPort, config);
    return { child, load: await this.startLoad({ rtmpPort, httpPort }) };
  }

  async startLoad(ports: Pick<LoadOptions, 'rtmpPort' | 'httpPort'>): Promise<Load> {
    const options = { clip: this.#clip, app: 'live', maxSeconds: MAX_SECONDS, readEveryMs: 0 };
    const load = await Load.start(this.#program, { ...options, ...ports });
    this.#loads.push(load);
    return load;
  }

  async end(): Promise<void> {
    for (const load of this.#loads) await load.stop();
    for (const child of this.#children) await stopChild(child);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(name: string, port: number, config: object): Promise<ChildProcess> {
    const listen = `127.0.0.1:${port}`;
    const child = startLivego(this.#root, this.#path(`${name}.json5`), { listen, ...config });
    this.#children.push(child);
    await untilListening(port);
    return child;
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

/** Of a core, in per cent. */
async function shareOf(child: ChildProcess, windowMs: number): Promise<number> {
  const before = readTreeUsage(child.pid!);
  const from = performance.now();
  await sleep(windowMs);
  const after = readTreeUsage(child.pid!);
  const used = after.user + after.system - before.user - before.system;
  return (used * 100_000) / (performance.now() - from);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
