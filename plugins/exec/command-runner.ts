// Runs commands: so many at a time, each with a time limit, none through a shell.
import { asError, LimitedLog, type AppContext } from 'livego';
import { Turns } from 'livego/files';
import { runProgram, type ProgramEnd } from './run-program.ts';
import type { CommandLine, ExecOptions } from './schema.ts';

export interface ExecCounters {
  started: number;
  failed: number;
  dropped: number;
}

/** Facts of a stream, as environment variables. */
export type Facts = Readonly<Record<string, string | undefined>>;

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
    this.#counters.started++;
    const env = { ...process.env, ...prefixed({ ...facts, EVENT: moment }) };
    const settings = { env, timeoutMs: this.#options.timeoutSeconds * 1000 };
    try {
      const end = await runProgram(program, args, settings);
      const how = this.#describeFailure(end);
      if (how !== undefined) this.#tellFailure(moment, `${program} ${how}`, end.lastWords);
    } catch (error) {
      // The message would hold all arguments, which may be secrets.
      const { code, name } = asError(error) as NodeJS.ErrnoException;
      this.#tellFailure(moment, `${program} could not run: ${code ?? name}`, '');
    }
  }

  #describeFailure({ code, signal, late }: ProgramEnd): string | undefined {
    if (late) return `took longer than ${this.#options.timeoutSeconds} s`;
    if (signal !== undefined) return `was ended by ${signal}`;
    return code === 0 ? undefined : `ended with code ${code}`;
  }

  #tellFailure(moment: string, what: string, stderr: string): void {
    this.#counters.failed++;
    this.#log.warn({ stderr }, `exec_${moment}: ${what}`);
  }
}

function prefixed(facts: Facts): Record<string, string> {
  const known = Object.entries(facts).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(known.map(([name, value]) => [`LIVEGO_${name}`, value.replaceAll('\0', '')]));
}
