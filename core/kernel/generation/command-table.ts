// The commands that the plugins of a generation have declared.
import type { ResolvedApp } from '../../config.ts';
import { livegoError, messageOf } from '../../errors.ts';
import type { CommandSpec, CommandView } from '../../plugin/commands.ts';
import { matchesServername } from '../../servername.ts';
import type { CommandInput, CommandInputs } from './command-inputs.ts';
import type { Scope } from '../instance/scope.ts';

interface Command {
  readonly view: CommandView;
  readonly input: CommandInput;
  /** The server-wide instance, or one for each application. */
  readonly runners: Map<string | undefined, (input: never) => unknown>;
}

export class CommandTable {
  readonly #commands = new Map<string, Command>();
  readonly #apps: readonly ResolvedApp[];
  readonly #inputs: CommandInputs;

  /** Throws LVG_PLUGIN_FAILED for a command that is declared twice, or whose schema is wrong. */
  constructor(scopes: readonly Scope[], apps: readonly ResolvedApp[], inputs: CommandInputs) {
    this.#apps = apps;
    this.#inputs = inputs;
    for (const scope of scopes) for (const spec of scope.declared.commands) this.#add(scope, spec);
  }

  list(): readonly CommandView[] {
    return [...this.#commands.values()].map(({ view }) => view);
  }

  /** Throws LVG_COMMAND when the command is unknown or the input does not match its schema. */
  async call(name: string, input: Readonly<Record<string, unknown>>): Promise<unknown> {
    const command = this.#commands.get(name);
    if (!command) {
      const known = [...this.#commands.keys()].join(', ') || 'none';
      throw livegoError('LVG_COMMAND', 'unknown', { command: name, known });
    }
    const given = structuredClone(input);
    const faults = command.input.faultsOf(given);
    if (faults !== undefined) throw livegoError('LVG_COMMAND', 'input', { command: name, faults });
    const { perApplication } = command.view;
    const app = perApplication ? String(given['app']) : undefined;
    const servername = app === undefined ? undefined : this.#servernameOf(app);
    const run = command.runners.get(servername);
    if (!run || (perApplication && servername === undefined))
      throw livegoError('LVG_COMMAND', 'application', { command: name, app: String(app) });
    return await run(given as never);
  }

  #servernameOf(app: string): string | undefined {
    return this.#apps.find(({ servername }) => matchesServername(servername, app))?.servername;
  }

  #add(scope: Scope, spec: CommandSpec): void {
    const name = `${scope.definition.name}.${spec.name}`;
    const present = this.#commands.get(name);
    const { servername } = scope;
    const run = (input: never): unknown => spec.run(input);
    if (present?.view.perApplication && servername !== undefined && !present.runners.has(servername)) {
      present.runners.set(servername, run);
      return;
    }
    if (present)
      throw livegoError('LVG_PLUGIN_FAILED', 'commandTwice', { plugin: scope.label, command: name });
    const perApplication = servername !== undefined;
    const { description } = spec;
    const input = this.#compile(scope, name, spec);
    const view = { name, description, input: input.schema, perApplication };
    this.#commands.set(name, { view, input, runners: new Map([[servername, run]]) });
  }

  #compile({ label, servername }: Scope, command: string, { input }: CommandSpec): CommandInput {
    try {
      return this.#inputs.of(input, servername === undefined ? 'server' : 'app');
    } catch (error) {
      const values = { plugin: label, command, reason: messageOf(error) };
      throw livegoError('LVG_PLUGIN_FAILED', 'commandSchema', values, error);
    }
  }
}
