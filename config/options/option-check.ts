// Checks options against a schema with Ajv, fills in defaults, and says in plain words what is wrong.
//
// This room knows schemas, and the options of one plugin or of the server at a time. It does not know the layout of the
// file: which keys there are, what the root and an entry of servers[] say together (config/resolve), and where the
// plugins come from (config/plugins).
import type { ValidateFunction } from 'ajv';
import type { JsonSchema } from '../../core/options/json-schema.ts';
import type { PlainObject } from '../text/plain-object.ts';
import { coerceOptions } from './coerce.ts';
import { describeErrors } from './option-faults.ts';
import type { OptionFault, SubstituteAt } from './option-faults.ts';
import { compileSchema } from './schema.ts';

export interface CheckedOptions {
  readonly options: PlainObject;
  readonly faults: readonly OptionFault[];
}

/** A compiled schema. Objects that list properties allow no others unless the schema says so, at every depth. */
export class OptionCheck {
  readonly #schema: JsonSchema;
  readonly #validate: ValidateFunction;

  /** Throws what Ajv throws when the schema itself is wrong. */
  constructor(schema: JsonSchema) {
    this.#schema = schema;
    this.#validate = compileSchema(schema);
  }

  /** Returns a copy of `given` with every default filled in, and all its faults. */
  run(given: PlainObject, substituteAt: SubstituteAt = () => undefined): CheckedOptions {
    const options = coerceOptions(given, this.#schema, (path) => substituteAt(path)?.alone === true);
    this.#validate(options);
    return { options, faults: describeErrors(this.#validate.errors ?? [], substituteAt) };
  }
}
