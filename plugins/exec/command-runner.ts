// Runs commands: so many at a time, each with a time limit, none through a shell.
import { asError, LimitedLog, type AppContext } from 'livego';
import { runProgram, type ProgramEnd } from './run-program.ts';
import type { CommandLine, ExecOptions } from './schema.ts';

export interface ExecCounters {
  started: number;
  failed: number;
  dropped: number;
}

/** Facts of a stream, as environment variables. */
export type Facts = Readonly<Record<string, string | undefined>>;

/** Commands of this worker that may wait for a place, by application: also those of options that hold no more. */
export type WaitingCommands = Map<string, number>;

/** A minute, of an application. */
const MAX_WARNINGS = 60;

type Context = Pick<AppContext, 'log' | 'now' | 'everywhere' | 'servername'>;

export class CommandRunner {
  readonly #context: Context;
  readonly #options: ExecOptions;
  readonly #log: LimitedLog;
  readonly #counters: ExecCounters;
  readonly #waiting: WaitingCommands;
  readonly #running = new Set<Promise<void>>();

  constructor(options: ExecOptions, context: Context, counters: ExecCounters, waiting: WaitingCommands) {
    this.#context = context;
    this.#options = options;
    this.#log = new LimitedLog(context.log, () => context.now(), MAX_WARNINGS);
    this.#counters = counters;
    this.#waiting = waiting;
  }

  run(moment: string, commands: readonly CommandLine[], facts: Facts): void {
    for (const command of commands) {
      const done = this.#runInTurn(() => this.#execute(moment, command, facts))
        .catch((error: unknown) => this.#log.warn({ err: error }, `exec_${moment}: a command got no turn`))
        .finally(() => this.#running.delete(done));
      this.#running.add(done);
    }
  }

  /** More may run than by the earlier options: those that wait begin. */
  proceed(): void {
    if (!this.#waiting.has(this.#context.servername)) return;
    this.#context.everywhere.takePlace(this.#place, this.#options.maxRunning).then(
      (free) => free?.(),
      (error: unknown) => this.#log.warn({ err: error }, 'commands that wait do not know the new maxRunning'),
    );
  }

  /** Resolves when no command runs or waits. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Of a command that runs. */
  get #place(): string {
    return `exec.running ${this.#context.servername}`;
  }

  async #runInTurn(execute: () => Promise<void>): Promise<void> {
    this.#countWaiting(1);
    const free = await this.#takeTurn().finally(() => this.#countWaiting(-1));
    if (!free) return void this.#counters.dropped++;
    try {
      await execute();
    } finally {
      free();
    }
  }

  #countWaiting(change: 1 | -1): void {
    const { servername } = this.#context;
    const count = (this.#waiting.get(servername) ?? 0) + change;
    if (count > 0) this.#waiting.set(servername, count);
    else this.#waiting.delete(servername);
  }

  /** Waits for a turn among the commands of all workers, unless too many wait already. */
  async #takeTurn(): Promise<(() => void) | undefined> {
    const { everywhere, servername } = this.#context;
    const { maxRunning, maxWaiting } = this.#options;
    const running = this.#place;
    const free = await everywhere.takePlace(running, maxRunning);
    if (free) return free;
    const stopWaiting = await everywhere.takePlace(`exec.waiting ${servername}`, maxWaiting);
    return stopWaiting && (await everywhere.awaitPlace(running, maxRunning).finally(stopWaiting));
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
