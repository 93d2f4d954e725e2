// The load generator as a child process: compiled on the spot, told what to do by lines, answering by JSON lines.

import { spawnSync, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startChild, stopChild } from './children.ts';
import type { ViewerProtocol } from './scenarios.ts';

/** Milliseconds. */
export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What `report` and the end of a join say. Counts are of the window that `mark` began. */
export interface LoadFigures {
  readonly event: string;
  readonly seconds: number;
  readonly loadCpuSeconds: number;
  /** Bytes that viewers took off their sockets. */
  readonly bytes: number;
  /** Payload bytes that publishers sent. */
  readonly published: number;
  readonly publishers: number;
  readonly publisherLateMs: number;
  readonly playing: number;
  readonly closed: number;
  readonly stalled: number;
  readonly stalledClosed: number;
  /** Of the last join: how many, and how many of them have seen a keyframe. */
  readonly joined: number;
  readonly pictures: number;
  readonly probes: {
    readonly lost: number;
    readonly backwards: number;
    readonly video: number;
    readonly audio: number;
  };
  /** Bytes got by each healthy viewer over payload bytes published on its stream. */
  readonly completeness: {
    readonly viewers: number;
    readonly min: number;
    readonly mean: number;
    readonly max: number;
    readonly short: number;
    readonly long: number;
  };
  readonly delayMs: Spread | null;
  readonly firstMediaMs: Spread | null;
  readonly firstPictureMs: Spread | null;
}

export interface LoadProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly about: string;
}

/** Compiles load.c where a compiler is there; else the slower generator in JavaScript is taken. */
export function prepareLoad(root: string, peers: string, wanted: 'c' | 'node'): LoadProgram {
  const source = join(root, 'bench', 'load.c');
  const program = join(peers, 'load');
  const fallback = join(root, 'bench', 'load-node.mjs');
  const inNode = { command: process.execPath, args: [fallback] };
  if (wanted === 'node') return { ...inNode, about: 'Node (as asked)' };
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) {
    return { command: program, args: [], about: 'C' };
  }
  const failures: string[] = [];
  for (const compiler of [process.env['CC'], 'cc', 'gcc', 'clang']) {
    if (!compiler) continue;
    const { status, stderr, error } = spawnSync(compiler, ['-O2', '-o', program, source], {
      encoding: 'utf8',
    });
    if (status === 0) return { command: program, args: [], about: `C (${compiler})` };
    if (!error) failures.push(`${compiler}: ${stderr}`);
  }
  for (const failure of failures) console.error(failure);
  console.error(
    'No C compiler: the load generator runs in Node and takes a share of the machine that shows.',
  );
  return { ...inNode, about: 'Node (no C compiler)' };
}

export class Load {
  readonly #child: ChildProcess;
  readonly #waiting: { event: string; resolve(answer: unknown): void; reject(error: Error): void }[] = [];
  #failure: Error | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    const errors: string[] = [];
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.#take(line));
    child.stderr?.on('data', (text: Buffer) => errors.push(text.toString()));
    child.on('error', (error) => this.#fail(error));
    child.on('exit', (code, signal) =>
      this.#fail(new Error(`the load generator ended (${signal ?? code}) ${errors.join('')}`)),
    );
  }

  /** @param options.maxSeconds after which the generator ends by itself, whatever happens to us.
   *  @param options.readEveryMs how often viewers that only discard read; 0: at once. */
  static async start(
    program: LoadProgram,
    options: {
      clip: string;
      rtmpPort: number;
      httpPort: number;
      app: string;
      maxSeconds: number;
      readEveryMs: number;
    },
  ): Promise<Load> {
    const { clip, rtmpPort, httpPort, app, maxSeconds, readEveryMs } = options;
    const args = [
      ...program.args,
      clip,
      String(rtmpPort),
      String(httpPort),
      app,
      String(maxSeconds),
      String(readEveryMs),
    ];
    const load = new Load(startChild(program.command, args, { stdio: ['pipe', 'pipe', 'pipe'] }));
    await load.#answer('ready', 10_000);
    return load;
  }

  async publish(count: number, spreadMs: number): Promise<void> {
    this.#tell(`publish ${count} ${spreadMs}`);
    const answer = (await this.#answer('published', 15_000)) as { count: number };
    if (answer.count !== count) throw new Error(`only ${answer.count} of ${count} publishers were let in`);
  }

  /** Resolves when all have seen a keyframe or failed, at the latest after `timeoutMs`. */
  async join(
    protocol: ViewerProtocol,
    options: { count: number; perSecond: number; probes: number; stalled: number; timeoutMs: number },
  ): Promise<LoadFigures> {
    const { count, perSecond, probes, stalled, timeoutMs } = options;
    this.#tell(`join ${protocol} ${count} ${perSecond} ${probes} ${stalled} ${timeoutMs}`);
    return (await this.#answer('joined', timeoutMs + 5000)) as LoadFigures;
  }

  async mark(): Promise<void> {
    this.#tell('mark');
    await this.#answer('mark', 5000);
  }

  async report(): Promise<LoadFigures> {
    this.#tell('report');
    return (await this.#answer('report', 5000)) as LoadFigures;
  }

  async stop(): Promise<void> {
    this.#failure ??= new Error('the load generator was stopped');
    await stopChild(this.#child, 1000);
  }

  #tell(line: string): void {
    if (this.#failure) throw this.#failure;
    this.#child.stdin?.write(`${line}\n`);
  }

  #answer(event: string, timeoutMs: number): Promise<unknown> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new Error(`the load generator did not say '${event}' in time`));
      const timer = setTimeout(late, timeoutMs);
      this.#waiting.push({
        event,
        resolve: (answer) => (clearTimeout(timer), resolve(answer)),
        reject: (error) => (clearTimeout(timer), reject(error)),
      });
    });
  }

  #take(line: string): void {
    const answer = JSON.parse(line) as { event: string; message?: string };
    if (answer.event === 'error') return this.#fail(new Error(`load generator: ${answer.message}`));
    const index = this.#waiting.findIndex((one) => one.event === answer.event);
    if (index >= 0) this.#waiting.splice(index, 1)[0]?.resolve(answer);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const one of this.#waiting.splice(0)) one.reject(this.#failure);
  }
}
