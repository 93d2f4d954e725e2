// A child process of a test: it has a deadline, its stderr is kept, and it ends with the test.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { basename } from 'node:path';
import { onTestFinished } from 'vitest';

export interface ProgramOptions {
  /** After this many milliseconds the program is killed and `done` is rejected. */
  readonly deadlineMs?: number;
  /** Gets the program's standard output piece by piece. Without it the output is discarded. */
  readonly onOutput?: (bytes: Buffer) => void;
}

export interface ProgramResult {
  /** undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stderr: string;
}

const DEADLINE_MS = 60_000;
/** The characters kept of a program's stderr, counted from its end. */
const MAX_STDERR = 1_000_000;
const STOP_PATIENCE_MS = 10_000;

export class RunningProgram {
  /** Resolves when the program ends, with any exit code. Rejected if it could not be started or exceeded its deadline. */
  readonly done: Promise<ProgramResult>;
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #watchers = new Set<() => void>();
  #stderr = '';
  #result: ProgramResult | undefined;

  constructor(command: readonly [string, ...string[]], options: ProgramOptions = {}) {
    const [program, ...args] = command;
    this.#name = basename(program);
    this.#child = spawn(program, args, { stdio: ['ignore', options.onOutput ? 'pipe' : 'ignore', 'pipe'] });
    if (options.onOutput) this.#child.stdout?.on('data', options.onOutput);
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-MAX_STDERR);
      this.#notify();
    });
    this.done = this.#untilDone(options.deadlineMs ?? DEADLINE_MS);
    // A test that does not wait for the end must not get an unhandled rejection.
    this.done.catch(() => {});
    this.#endWithTest();
  }

  get stderr(): string {
    return this.#stderr;
  }

  get running(): boolean {
    return this.#result === undefined;
  }

  /** Resolves as soon as stderr as a whole matches. Rejected if the program ends before. */
  async saw(pattern: RegExp): Promise<RegExpExecArray> {
    const ended = this.done.finally(() => this.#notify());
    ended.catch(() => {});
    for (;;) {
      const match = pattern.exec(this.#stderr);
      if (match) return match;
      if (!this.running) throw new Error(`${this.#name} ended and never said ${pattern}:\n${this.#tail()}`);
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  /** Waits for the end and throws unless the exit code is 0. */
  async succeeded(): Promise<ProgramResult> {
    const result = await this.done;
    if (result.code === 0) return result;
    throw new Error(`${this.#name} ended with ${result.signal ?? `code ${result.code}`}:\n${this.#tail()}`);
  }

  /** Asks it to end and waits until it has. With SIGINT ffmpeg completes its file or ends its stream. */
  async stop(): Promise<ProgramResult> {
    this.#child.kill('SIGINT');
    const force = setTimeout(() => this.kill(), STOP_PATIENCE_MS);
    try {
      return await this.done;
    } finally {
      clearTimeout(force);
    }
  }

  /** Ends it at once, as a crash or a pulled cable would. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** SIGSTOP: it stays connected and reads nothing. `resume()` undoes it. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  async #untilDone(deadlineMs: number): Promise<ProgramResult> {
    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      this.kill();
    }, deadlineMs);
    try {
      this.#result = await new Promise<ProgramResult>((resolve, reject) => {
        this.#child.once('error', reject);
        this.#child.once('close', (code, signal) =>
          resolve({ code: code ?? undefined, signal: signal ?? undefined, stderr: this.#stderr }),
        );
      });
    } finally {
      clearTimeout(deadline);
      this.#result ??= { code: undefined, signal: undefined, stderr: this.#stderr };
      this.#notify();
    }
    if (late) throw new Error(`${this.#name} was still running after ${deadlineMs} ms:\n${this.#tail()}`);
    return this.#result;
  }

  #endWithTest(): void {
    const end = async (): Promise<void> => {
      this.kill();
      await this.done.catch(() => {});
    };
    try {
      onTestFinished(end);
    } catch {
      // In beforeAll there is no such hook. Then the deadline ends it, or the end of the worker.
      process.once('exit', () => this.kill());
    }
  }

  #notify(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) watcher();
  }

  #tail(): string {
    return this.#stderr.trimEnd().split('\n').slice(-15).join('\n');
  }
}
