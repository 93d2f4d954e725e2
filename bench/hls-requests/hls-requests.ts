// HLS requests a second, and what each costs, beside a bare `node:http` server and nginx that answer with the same bytes.
//
// For each kind of request the servers take turns. 50 connections ask again as soon as they have their answer, so that the
// server is never idle; the client is one process in C, whose share of a core is shown.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ChildProcess } from 'node:child_process';
import { prepareClip } from '../load/clip.ts';
import { compile } from '../load/load-program.ts';
import { guardExit, startChild, stopChild } from '../processes/children.ts';
import { sleep, untilListening } from '../relay/livego-process.ts';
import { inTurn } from '../rounds/turns.ts';
import { prepareNginx, type NginxPeer } from '../servers/nginx.ts';
import { fetchAnswer, type Answer } from './answer.ts';
import { startBare, startLivegoWithHls, startNginx } from './answerers.ts';
import { casesOf, type Case } from './cases.ts';
import { poll, type Polled } from './poll.ts';
import { reportOf, type Measured } from './report.ts';

interface Place {
  readonly root: string;
  readonly peers: string;
}

const CONNECTIONS = 50;
const PORTS = { bare: 21_911, nginx: 21_912 };
const WORKERS = [1, 2];
/** Six segments, so that no playlist is short. */
const SETTLE_MS = 14_000;

export async function main(argv: readonly string[], place: Place): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      runs: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      only: { type: 'string' },
    },
  });
  guardExit();
  const site = new Site(place, Number(values.seconds) * 1000);
  try {
    await site.publish();
    const all: Measured[] = [];
    const cases = casesOf(CONNECTIONS).filter(
      ({ name }) => values.only === undefined || name === values.only,
    );
    for (let run = 0; run < Number(values.runs); run++)
      for (const each of cases)
        for (const server of inTurn(site.servers, run)) all.push(await site.measure(each, server));
    process.stdout.write(reportOf(all));
  } finally {
    await site.end();
  }
}

interface Answering {
  readonly pid: number;
  readonly port: number;
  readonly requests: readonly string[];
}

/** The servers and their folder. */
class Site {
  readonly #root: string;
  readonly #clip: string;
  readonly #program: string;
  readonly #nginx: NginxPeer;
  readonly #windowMs: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'livego-hls-'));
  readonly #livego = new Map<string, { readonly child: ChildProcess; readonly port: number }>();
  readonly #publishers: ChildProcess[] = [];

  constructor({ root, peers }: Place, windowMs: number) {
    this.#root = root;
    this.#clip = prepareClip(peers).flv;
    this.#program = join(peers, 'poll');
    this.#windowMs = windowMs;
    if (compile(join(root, 'bench', 'hls-requests', 'poll.c'), this.#program) === undefined)
      throw new Error('the client is written in C, and no compiler was found (CC, cc, gcc, clang)');
    this.#nginx = prepareNginx(join(peers, 'nginx'));
  }

  get servers(): readonly string[] {
    return [
      ...this.#livego.keys(),
      'bare node:http',
      ...(this.#nginx.missing === undefined ? ['nginx'] : []),
    ];
  }

  /** Starts livego, once for each number of workers, with its streams. */
  async publish(): Promise<void> {
    for (const workers of WORKERS) {
      const [rtmp, http] = [21_900 + 2 * workers, 21_901 + 2 * workers];
      const file = join(this.#folder, `livego-${workers}.json5`);
      const child = startLivegoWithHls(this.#root, file, { rtmp, http, workers });
      this.#livego.set(workers === 1 ? 'livego' : `livego, ${workers} workers`, { child, port: http });
      await untilListening(rtmp);
      const input = ['-loglevel', 'error', '-re', '-stream_loop', '-1', '-i', this.#clip];
      const outputs = ['live', 'open'].flatMap((app) => [
        '-c',
        'copy',
        '-f',
        'flv',
        `rtmp://127.0.0.1:${rtmp}/${app}/movie`,
      ]);
      this.#publishers.push(startChild('ffmpeg', [...input, ...outputs], { stdio: 'ignore' }));
    }
    await sleep(SETTLE_MS);
  }

  async measure({ name, requests }: Case, server: string): Promise<Measured> {
    const livego = this.#livego.get(server);
    const { port } = livego ?? this.#livego.get('livego')!;
    const asked = await requests(port);
    const polled = livego
      ? await this.#poll({ pid: livego.child.pid!, port, requests: asked })
      : await this.#pollRepeated(server, await fetchAnswer(port, asked[0]!), asked);
    process.stderr.write(`${name}, ${server}: ${(polled.responses / polled.seconds).toFixed(0)}/s\n`);
    return { case: name, server, ...polled };
  }

  async #pollRepeated(server: string, answer: Answer, requests: readonly string[]): Promise<Polled> {
    const port = server === 'nginx' ? PORTS.nginx : PORTS.bare;
    const child =
      server === 'nginx'
        ? startNginx(this.#nginx, join(this.#folder, 'nginx'), port, answer)
        : startBare(this.#root, this.#folder, port, answer);
    try {
      await untilListening(port);
      return await this.#poll({ pid: child.pid!, port, requests });
    } finally {
      await stopChild(child);
    }
  }

  #poll(answering: Answering): Promise<Polled> {
    const file = join(this.#folder, 'requests');
    return poll({
      program: this.#program,
      file,
      connections: CONNECTIONS,
      windowMs: this.#windowMs,
      ...answering,
    });
  }

  async end(): Promise<void> {
    for (const child of this.#publishers) await stopChild(child);
    for (const { child } of this.#livego.values()) await stopChild(child);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
