// Checks the parameters and the body of a request against the schemas of its operation (JSON Schema 2020-12).
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonSchema } from 'livego';
import { Problem } from './problem.ts';

export interface InputCheck {
  /** Throws a problem. Returns the values with their types and defaults. */
  query(given: URLSearchParams): Readonly<Record<string, unknown>>;
  body(given: unknown): void;
}

/** Parameters that every operation takes: the token, and the empty one that classic programs send. */
const ALWAYS_TAKEN: ReadonlySet<string> = new Set(['jwt', '']);

export function compileInput({
  query = {},
  body,
}: {
  readonly query?: Readonly<Record<string, JsonSchema>>;
  readonly body?: JsonSchema;
}): InputCheck {
  const settings = { allErrors: true, useDefaults: true, strict: false, logger: false } as const;
  const parameters = { type: 'object', additionalProperties: false, properties: query };
  const checkQuery = new Ajv2020({ ...settings, coerceTypes: true }).compile(parameters);
  const checkBody = body && new Ajv2020(settings).compile(body);
  return {
    query: (given) => {
      const values: Record<string, unknown> = {};
      for (const [name, value] of given) {
        if (ALWAYS_TAKEN.has(name)) continue;
        if (Object.hasOwn(values, name)) throw new Problem(400, 'invalid', `query has "${name}" twice`);
        values[name] = value;
      }
      requireValid(checkQuery, values, 'query');
      return values;
    },
    body: (given) => {
      if (checkBody) requireValid(checkBody, given, 'body');
    },
  };
}

function requireValid(check: ValidateFunction, value: unknown, what: string): void {
  if (check(value)) return;
  const faults = (check.errors ?? []).map((error) => ({
    path: `${what}${error.instancePath}`,
    message: wordsOf(error),
  }));
  const detail = faults.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new Problem(400, 'invalid', detail, { faults });
}

function wordsOf({ keyword, params, message = 'is not allowed' }: ErrorObject): string {
  const { additionalProperty } = params as { additionalProperty?: string };
  return keyword === 'additionalProperties' ? `must not have "${additionalProperty}"` : message;
}
