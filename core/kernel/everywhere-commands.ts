// Commands in a server of several workers: each has instances of the plugin, and what a command is about may be in any of them.
import { messageOf } from '../errors.ts';
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

const COMMAND_CALL = 'core command';

interface CommandCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Answers the calls of other workers, and of this one, that are no questions of core. */
export function answerOther(
  { commands, scopes }: { readonly commands: LocalCommands; readonly scopes: readonly Scope[] },
  name: string,
  input: unknown,
): unknown {
  if (name === COMMAND_CALL) return runForOther(commands, input as CommandCall);
  return answerQuestion(scopes, name, input);
}

/** Never rejects. */
async function runForOther(local: LocalCommands, { name, input }: CommandCall): Promise<Outcome> {
  try {
    return { is: 'done', result: await local.call(name, input) };
  } catch (error) {
    if (error instanceof Denial) return { is: 'denied', code: error.code, reason: error.reason };
    return { is: 'failed', message: messageOf(error) };
  }
}

/**
 * A command runs in the worker that is asked. If it has nothing to do there (it throws a `Denial` with the code `not-found`),
 * it runs in the others, one after another, until it has something to do.
 */
export function commandsEverywhere(local: LocalCommands, calls: WorkerCalls): Commands {
  return {
    list: () => local.list(),
    call: async (name, input) => {
      try {
        return await local.call(name, input);
      } catch (error) {
        if (!(error instanceof Denial) || error.code !== 'not-found') throw error;
        for (const worker of calls.others) {
          const outcome = await ask(calls, worker, { name, input });
          if (outcome.is === 'done') return outcome.result;
          if (outcome.is === 'failed')
            throw new Error(`worker ${worker}: ${outcome.message}`, { cause: error });
          if (outcome.code !== 'not-found') throw new Denial(outcome.code, outcome.reason);
        }
        throw error;
      }
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

/** The answer of a plugin's server-wide instance to a question of its like. */
function answerQuestion(scopes: readonly Scope[], name: string, input: unknown): unknown {
  for (const { definition, servername, declared } of scopes) {
    if (servername !== undefined) continue;
    const question = declared.questions.find((each) => `${definition.name}.${each.name}` === name);
    if (question) return question.answer(input as never);
  }
  throw new Error(`no plugin of this worker answers "${name}"`);
}
