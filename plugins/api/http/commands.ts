// Calls of commands that other plugins offer, and clear words where a plugin that offers one is off.
import type { ServerContext } from 'livego';
import { Problem } from './problem.ts';

export class OtherPlugins {
  readonly #commands: ServerContext['commands'];

  constructor({ commands }: Pick<ServerContext, 'commands'>) {
    this.#commands = commands;
  }

  has(command: string): boolean {
    return this.#commands.list().some(({ name }) => name === command);
  }

  /** Throws a problem 501 if no plugin that is on offers the command, and what the command throws. */
  async call<Result = unknown>(
    command: string,
    input: Readonly<Record<string, unknown>> = {},
  ): Promise<Result> {
    if (this.has(command)) return (await this.#commands.call(command, input)) as Result;
    const plugin = command.split('.', 1)[0];
    const detail = `the plugin "${plugin}" is off or not there, and only it can do this; switch it on in the config`;
    throw new Problem(501, 'not-offered', detail, { plugin, command });
  }

  /** The items of a list that a command answers with. */
  async list(
    command: string,
    key: string,
    input: Readonly<Record<string, unknown>> = {},
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const answer = await this.call<Readonly<Record<string, unknown>>>(command, input);
    const items = answer[key];
    return Array.isArray(items) ? (items as Readonly<Record<string, unknown>>[]) : [];
  }
}
