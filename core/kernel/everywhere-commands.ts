// A command runs in every worker: each has instances of the plugin, and what the command is about may be in any of them.
import { LivegoError, messageOf } from '../errors.ts';
import type { CommandView, Commands } from '../plugin/commands.ts';
import type { WorkerCalls } from '../plugin/worker-calls.ts';
import { Denial, type DenialCode } from '../session/denial.ts';
import type { Scope } from './instance/scope.ts';

/** What a command came to in one worker, as data. */
type Outcome =
  | { readonly is: 'done'; readonly result: unknown }
  | { readonly is: 'denied'; readonly code: DenialCode; readonly reason: string }
  | { readonly is: 'failed'; readonly message: string };

/** The commands of one worker. */
interface LocalCommands {
  list(): readonly CommandView[];
  call(name: string, input: Readonly<Record<string, unknown>>): Promise<unknown>;
}

export const COMMAND_CALL = 'core command';

export interface CommandCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Answers another worker. Never rejects. */
export async function runForOther(local: LocalCommands, { name, input }: CommandCall): Promise<Outcome> {
  try {
    return { is: 'done', result: await local.call(name, input) };
  } catch (error) {
    if (error instanceof Denial) return { is: 'denied', code: error.code, reason: error.reason };
    return { is: 'failed', message: messageOf(error) };
  }
}

/**
 * The result is that of the first worker in which the command did something, this one before the others. If it did nothing
 * anywhere, the error is this worker's, or that of a worker that knew more than `not-found`.
 */
export function commandsEverywhere(local: LocalCommands, calls: WorkerCalls): Commands {
  return {
    list: () => local.list(),
    call: async (name, input) => {
      const { others } = calls;
      if (others.length === 0) return await local.call(name, input);
      const own = await local.call(name, input).then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      );
      // A command that is unknown, or whose input is wrong, is so in every worker.
      if ('error' in own && own.error instanceof LivegoError && own.error.code === 'LVG_COMMAND')
        throw own.error;
      const call: CommandCall = { name, input };
      const outcomes = await Promise.all(others.map((worker) => ask(calls, worker, call)));
      if ('result' in own) return own.result;
      const done = outcomes.find((each) => each.is === 'done');
      if (done) return done.result;
      throw worst(own.error, outcomes);
    },
  };
}

async function ask(calls: WorkerCalls, worker: number, call: CommandCall): Promise<Outcome> {
  try {
    return (await calls.call(worker, COMMAND_CALL, call)) as Outcome;
  } catch (error) {
    return { is: 'failed', message: messageOf(error) };
  }
}

function worst(own: unknown, outcomes: readonly Outcome[]): unknown {
  const isMiss = own instanceof Denial && own.code === 'not-found';
  const other = outcomes.find((each) => each.is === 'denied' && each.code !== 'not-found');
  return isMiss && other?.is === 'denied' ? new Denial(other.code, other.reason) : own;
}

/** The answer of a plugin's server-wide instance to a question of its like. */
export function answerQuestion(scopes: readonly Scope[], name: string, input: unknown): unknown {
  for (const { definition, servername, declared } of scopes) {
    if (servername !== undefined) continue;
    const question = declared.questions.find((each) => `${definition.name}.${each.name}` === name);
    if (question) return question.answer(input as never);
  }
  throw new Error(`no plugin of this worker answers "${name}"`);
}
