// The schemas of commands, compiled: once for as long as a plugin has them, and not again for each config.
import { Ajv, type ValidateFunction } from 'ajv';
import type { CommandSpec } from '../../plugin/commands.ts';

type Schema = CommandSpec['input'];

/** Commands of an application's instance are asked for the application. */
type Level = 'server' | 'app';

const APP_INPUT = { type: 'string', description: 'Name of the application.' };

/** Ajv keeps all that it has compiled, and what it needs for the first schema takes as long as dozens of others. */
const MAX_SCHEMAS_EACH = 64;

export class CommandInputs {
  #ajv: Ajv | undefined;
  #compiledByIt = 0;
  readonly #compiled: Readonly<Record<Level, WeakMap<Schema, CommandInput>>> = {
    server: new WeakMap(),
    app: new WeakMap(),
  };

  /** Throws what Ajv throws when the schema is wrong. */
  of(schema: Schema, level: Level): CommandInput {
    const present = this.#compiled[level].get(schema);
    if (present) return present;
    const input = this.#compile(level === 'app' ? withApp(schema) : schema);
    this.#compiled[level].set(schema, input);
    return input;
  }

  // Ajv rejects an `$id` that it knows, also of a plugin's former code, and accepts a wrong schema that it is given again: one
  // that knows none has the last word.
  #compile(schema: Schema): CommandInput {
    if (this.#ajv && this.#compiledByIt++ < MAX_SCHEMAS_EACH) {
      try {
        return new CommandInput(schema, this.#ajv);
      } catch {
        this.#ajv = undefined;
      }
    }
    const ajv = newAjv();
    const input = new CommandInput(schema, ajv);
    this.#ajv = ajv;
    this.#compiledByIt = 1;
    return input;
  }
}

export class CommandInput {
  readonly schema: Schema;
  readonly #ajv: Ajv;
  readonly #validate: ValidateFunction;

  constructor(schema: Schema, ajv: Ajv) {
    this.schema = schema;
    this.#ajv = ajv;
    this.#validate = ajv.compile(schema);
  }

  /** Fills in defaults. Undefined if there are no faults. */
  faultsOf(input: unknown): string | undefined {
    if (this.#validate(input)) return undefined;
    return this.#ajv.errorsText(this.#validate.errors, { dataVar: 'input' });
  }
}

function newAjv(): Ajv {
  return new Ajv({ allErrors: true, useDefaults: true, strict: false, logger: false });
}

function withApp(schema: Schema): Schema {
  const properties = schema['properties'] as Record<string, unknown> | undefined;
  const required = (schema['required'] as readonly string[] | undefined) ?? [];
  return {
    ...schema,
    properties: { app: APP_INPUT, ...properties },
    required: [...new Set(['app', ...required])],
  };
}
