// One run of a program: in a process group of its own, ended in steps, and never left behind.
//
// A program of a server that is killed ends by itself: its standard input ends.
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { messageOf, signalGroup } from 'livego';

export interface ChildSettings {
  readonly program: string;
  readonly args: readonly string[];
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Descriptors behind standard error that the program writes to. */
  readonly outputs: number;
}

/** How long a program may take to end by itself, and then after SIGTERM. */
export interface StopLimits {
  readonly endTimeoutMs: number;
  readonly termTimeoutMs: number;
}

export interface ChildExit {
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  /** Why the program could not be started. */
  readonly error: string | undefined;
}

/** For the log. @param lastLine - of its standard error */
export function describeExit({ code, signal, error }: ChildExit, lastLine: string | undefined): string {
  const how = error ?? (signal ? `it was ended by ${signal}` : `it ended with code ${code}`);
  return lastLine === undefined ? how : `${how} (${lastLine})`;
}

export class Child {
  /** Resolves when the program has ended and its outputs are closed, or could not be started. */
  readonly exited: Promise<ChildExit>;
  readonly #process: ChildProcess;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: ChildSettings) {
    const { program, args, user, env, outputs } = settings;
    this.#process = spawn(program, args, {
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe', ...new Array<'pipe'>(outputs).fill('pipe')],
      env: { ...process.env, ...env },
      ...user,
    });
    this.exited = this.#untilExit();
    // A program that ends before its input does.
    this.#process.stdin?.on('error', () => {});
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get input(): Writable {
    return this.#process.stdin!;
  }

  get errors(): Readable {
    return this.#process.stderr!;
  }

  /** @param descriptor - 3 and those behind it */
  output(descriptor: number): Readable {
    return this.#process.stdio[descriptor] as Readable;
  }

  /** Lets it finish: the end of its input, then SIGTERM, then SIGKILL. Resolves when it has ended. */
  async stop({ endTimeoutMs, termTimeoutMs }: StopLimits): Promise<ChildExit> {
    this.#process.stdin?.end();
    clearTimeout(this.#timer);
    if (!this.#ended)
      this.#timer = setTimeout(() => {
        this.#kill('SIGTERM');
        this.#timer = setTimeout(() => this.kill(), termTimeoutMs);
      }, endTimeoutMs);
    return this.exited;
  }

  /** Ends it and what it has started, at once. */
  kill(): void {
    this.#kill('SIGKILL');
  }

  async #untilExit(): Promise<ChildExit> {
    return new Promise((resolve) => {
      const finish = (exit: ChildExit): void => {
        if (this.#ended) return;
        this.#ended = true;
        clearTimeout(this.#timer);
        resolve(exit);
      };
      this.#process.on('error', (error) =>
        finish({ code: undefined, signal: undefined, error: messageOf(error) }),
      );
      this.#process.once('exit', (code, signal) => {
        // What it has started itself ends with it. Otherwise that could hold its outputs open.
        this.kill();
        const exit = { code: code ?? undefined, signal: signal ?? undefined, error: undefined };
        this.#process.once('close', () => finish(exit));
      });
    });
  }

  #kill(signal: NodeJS.Signals): void {
    if (!this.#ended) signalGroup(this.#process.pid, signal);
  }
}
