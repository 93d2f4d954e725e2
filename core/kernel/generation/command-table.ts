// The commands that the plugins of a generation have declared.
import { Ajv, type ValidateFunction } from 'ajv';
import type { ResolvedApp } from '../../config.ts';
import { livegoError, messageOf } from '../../errors.ts';
import type { CommandSpec, CommandView } from '../../plugin/commands.ts';
import { matchesServername } from '../../servername.ts';
import type { Scope } from '../instance/scope.ts';

interface Command {
  readonly view: CommandView;
  readonly validate: ValidateFunction;
  /** The server-wide instance, or one for each application. */
  readonly runners: Map<string | undefined, (input: never) => unknown>;
}

const APP_INPUT = { type: 'string', description: 'Name of the application.' };

export class CommandTable {
  readonly #ajv = new Ajv({ allErrors: true, useDefaults: true, strict: false, logger: false });
  readonly #commands = new Map<string, Command>();
  readonly #apps: readonly ResolvedApp[];

  /** Throws LVG_PLUGIN_FAILED for a command that is declared twice, or whose schema is wrong. */
  constructor(scopes: readonly Scope[], apps: readonly ResolvedApp[]) {
    this.#apps = apps;
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
    if (!command.validate(given)) {
      const faults = this.#ajv.errorsText(command.validate.errors, { dataVar: 'input' });
      throw livegoError('LVG_COMMAND', 'input', { command: name, faults });
    }
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
    const input = perApplication ? withApp(spec.input) : spec.input;
    const view = { name, description, input, perApplication };
    const validate = this.#compile(scope.label, name, input);
    this.#commands.set(name, { view, validate, runners: new Map([[servername, run]]) });
  }

  #compile(plugin: string, name: string, schema: CommandSpec['input']): ValidateFunction {
    try {
      return this.#ajv.compile(schema);
    } catch (error) {
      const values = { plugin, command: name, reason: messageOf(error) };
      throw livegoError('LVG_PLUGIN_FAILED', 'commandSchema', values, error);
    }
  }
}

function withApp(schema: CommandSpec['input']): CommandSpec['input'] {
  const properties = schema['properties'] as Record<string, unknown> | undefined;
  const required = (schema['required'] as readonly string[] | undefined) ?? [];
  return {
    ...schema,
    properties: { app: APP_INPUT, ...properties },
    required: [...new Set(['app', ...required])],
  };
}
