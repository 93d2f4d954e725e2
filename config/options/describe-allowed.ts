// Describes in plain words the values that a schema allows.
import type { JsonSchema } from '../../core/options/json-schema.ts';
import { isPlainObject } from '../text/plain-object.ts';
import { showValue } from '../text/show-value.ts';

/** Completes the sentence "it must be …": `a number of at least 0.5`, `"reject" or "replace"`. */
export function describeAllowed(schema: unknown): string {
  if (!isPlainObject(schema)) return 'another value';
  if (typeof schema['expects'] === 'string') return schema['expects'];
  if ('const' in schema) return showValue(schema['const']);
  if (Array.isArray(schema['enum'])) return joinOr(schema['enum'].map(showValue));
  const branches = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(branches))
    return joinOr(
      branches.map((branch) => describeAllowed({ type: schema['type'], ...(branch as JsonSchema) })),
    );
  const types = Array.isArray(schema['type']) ? schema['type'] : [schema['type']];
  return joinOr(types.map((type) => describeType(type, schema)));
}

/** The schema's own description, or an empty string. */
export function descriptionOf(schema: JsonSchema): string {
  return typeof schema['description'] === 'string' ? schema['description'] : '';
}

function describeType(type: unknown, schema: JsonSchema): string {
  switch (type) {
    case 'integer':
      return `a whole number${describeRange(schema)}`;
    case 'number':
      return `a number${describeRange(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return `a string${describeString(schema)}`;
    case 'array':
      return `a list${describeItems(schema)}`;
    case 'object':
      return 'options in braces { }';
    case 'null':
      return 'null';
    default:
      return 'another value';
  }
}

function describeRange(schema: JsonSchema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const parts: string[] = [];
  if (minimum !== undefined && maximum !== undefined)
    parts.push(`from ${minimum as number} to ${maximum as number}`);
  else if (minimum !== undefined) parts.push(`of at least ${minimum as number}`);
  else if (maximum !== undefined) parts.push(`of at most ${maximum as number}`);
  if (exclusiveMinimum !== undefined) parts.push(`greater than ${exclusiveMinimum as number}`);
  if (exclusiveMaximum !== undefined) parts.push(`less than ${exclusiveMaximum as number}`);
  if (multipleOf !== undefined) parts.push(`that is a multiple of ${multipleOf as number}`);
  return parts.map((part) => ` ${part}`).join('');
}

function describeString({ minLength, maxLength, pattern, format }: JsonSchema): string {
  const parts: string[] = [];
  if (minLength === 1) parts.push('that is not empty');
  else if (minLength !== undefined) parts.push(`of at least ${minLength as number} characters`);
  if (maxLength !== undefined) parts.push(`of at most ${maxLength as number} characters`);
  if (typeof pattern === 'string') parts.push(`that fits ${String(new RegExp(pattern))}`);
  if (typeof format === 'string') parts.push(`in the form of ${format}`);
  return parts.map((part) => ` ${part}`).join('');
}

function describeItems({ items, minItems, maxItems }: JsonSchema): string {
  const count =
    minItems !== undefined && maxItems !== undefined
      ? ` of ${minItems as number} to ${maxItems as number} items`
      : minItems !== undefined
        ? ` of at least ${minItems as number} item${minItems === 1 ? '' : 's'}`
        : maxItems !== undefined
          ? ` of at most ${maxItems as number} items`
          : '';
  return isPlainObject(items)
    ? `${count} in brackets [ ], each ${describeAllowed(items)}`
    : `${count} in brackets [ ]`;
}

function joinOr(parts: readonly string[]): string {
  const different = [...new Set(parts)];
  if (different.length < 2) return different.join('');
  return `${different.slice(0, -1).join(', ')} or ${different.at(-1)}`;
}
