// The load: publishers and viewers as a child process, which takes commands as lines and answers with JSON lines.
//
// This room contains the clip that is published and the two generators, c/ and node/. It neither chooses a load nor
// judges the figures: rounds/ does both.

import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { startChild, stopChild } from '../processes/children.ts';
import type { LoadFigures } from './load-figures.ts';
import type { LoadProgram } from './load-program.ts';

export type ViewerProtocol = 'rtmp' | 'flv';

export interface LoadOptions {
  /** Path of the packed clip. */
  readonly clip: string;
  readonly rtmpPort: number;
  readonly httpPort: number;
  readonly app: string;
  /** After this time the generator ends by itself, even if its parent has not told it to. */
  readonly maxSeconds: number;
  /** How often viewers that only discard read; 0: at once. */
  readonly readEveryMs: number;
}

export interface JoinOptions {
  readonly count: number;
  readonly perSecond: number;
  readonly probes: number;
  readonly stalled: number;
  readonly timeoutMs: number;
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

  static async start(program: LoadProgram, options: LoadOptions): Promise<Load> {
    const { clip, rtmpPort, httpPort, app, maxSeconds, readEveryMs } = options;
    const values = [clip, rtmpPort, httpPort, app, maxSeconds, readEveryMs].map(String);
    const args = [...program.args, ...values];
    const load = new Load(startChild(program.command, args, { stdio: ['pipe', 'pipe', 'pipe'] }));
    await load.#answer('ready', 10_000);
    return load;
  }

  async publish(count: number, spreadMs: number): Promise<void> {
    this.#tell(`publish ${count} ${spreadMs}`);
    const answer = (await this.#answer('published', 15_000)) as { count: number };
    if (answer.count !== count) throw new Error(`only ${answer.count} of ${count} publishers were admitted`);
  }

  /** Resolves when all viewers have seen a keyframe or failed, at the latest after `timeoutMs`. */
  async join(protocol: ViewerProtocol, options: JoinOptions): Promise<LoadFigures> {
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
    const index = this.#waiting.findIndex((each) => each.event === answer.event);
    if (index >= 0) this.#waiting.splice(index, 1)[0]?.resolve(answer);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const each of this.#waiting.splice(0)) each.reject(this.#failure);
  }
}
