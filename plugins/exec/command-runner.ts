// Runs commands: so many at a time, each with a time limit, none through a shell.
import { execFile } from 'node:child_process';
import { asError, LimitedLog, type AppContext } from 'livego';
import { Turns } from 'livego/files';
import type { CommandLine, ExecOptions } from './schema.ts';

export interface ExecCounters {
  started: number;
  failed: number;
  dropped: number;
}

/** Facts of a stream, as environment variables. */
export type Facts = Readonly<Record<string, string | undefined>>;

const MAX_OUTPUT_BYTES = 64 * 1024;
const MAX_SHOWN = 500;
/** A minute, of an application. */
const MAX_WARNINGS = 60;

export class CommandRunner {
  readonly #options: ExecOptions;
  readonly #log: LimitedLog;
  readonly #counters: ExecCounters;
  readonly #turns: Turns;
  readonly #running = new Set<Promise<void>>();

  constructor(options: ExecOptions, context: Pick<AppContext, 'log' | 'now'>, counters: ExecCounters) {
    this.#options = options;
    this.#log = new LimitedLog(context.log, () => context.now(), MAX_WARNINGS);
    this.#counters = counters;
    this.#turns = new Turns(options.maxRunning);
  }

  run(moment: string, commands: readonly CommandLine[], facts: Facts): void {
    for (const command of commands) {
      if (this.#turns.waiting >= this.#options.maxWaiting) {
        this.#counters.dropped++;
        continue;
      }
      const done = this.#turns
        .run(() => this.#execute(moment, command, facts))
        .finally(() => this.#running.delete(done));
      this.#running.add(done);
    }
  }

  /** Resolves when no command runs or waits. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #execute(moment: string, command: CommandLine, facts: Facts): Promise<void> {
    const [program = '', ...args] = typeof command === 'string' ? command.trim().split(/\s+/) : command;
    const { timeoutSeconds } = this.#options;
    this.#counters.started++;
    const env = { ...process.env, ...prefixed({ ...facts, EVENT: moment }) };
    const settings = {
      env,
      timeout: timeoutSeconds * 1000,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
    } as const;
    await new Promise<void>((resolve) => {
      const ended = (error: Error | null, stderr: string): void => {
        if (error) this.#tellFailure(moment, program, error, stderr);
        resolve();
      };
      try {
        execFile(program, args, settings, (error, _, stderr) => ended(error, stderr));
      } catch (error) {
        // The system takes neither an empty name nor arguments and an environment of megabytes.
        ended(asError(error), '');
      }
    });
  }

  #tellFailure(
    moment: string,
    program: string,
    error: Error & { killed?: boolean; code?: unknown },
    stderr: string,
  ): void {
    this.#counters.failed++;
    // The message of execFile holds all arguments, which may be secrets.
    const how = error.killed
      ? `took longer than ${this.#options.timeoutSeconds} s`
      : typeof error.code === 'number'
        ? `ended with code ${error.code}`
        : `could not run: ${typeof error.code === 'string' ? error.code : error.name}`;
    this.#log.warn({ stderr: stderr.slice(-MAX_SHOWN) }, `exec_${moment}: ${program} ${how}`);
  }
}

function prefixed(facts: Facts): Record<string, string> {
  const known = Object.entries(facts).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(known.map(([name, value]) => [`LIVEGO_${name}`, value.replaceAll('\0', '')]));
}
