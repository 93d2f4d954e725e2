// Variables and flags give strings. Where the schema wants a number or a boolean, such a string is turned into one before
// the options are checked. A string that the schema takes as it is stays a string.
import type { JsonSchema } from '../../core/options/json-schema.ts';
import { parsePointer } from '../text/path.ts';
import type { ConfigPath } from '../text/path.ts';
import { isPlainObject, lookUp, mapValues } from '../text/plain-object.ts';
import type { PlainObject } from '../text/plain-object.ts';

/** Whether the string at a path may stand for a number or a boolean. */
export type MayCoerce = (path: ConfigPath) => boolean;

/** A deep copy of `options` in which such strings have the type that `schema` wants. */
export function coerceOptions(options: PlainObject, schema: JsonSchema, mayCoerce: MayCoerce): PlainObject {
  return new Coercion(schema, mayCoerce).coerce(options, [schema], []) as PlainObject;
}

/** A schema may refer to itself without end. */
const MAX_NESTED_ALTERNATIVES = 16;

class Coercion {
  readonly #root: JsonSchema;
  readonly #mayCoerce: MayCoerce;

  constructor(root: JsonSchema, mayCoerce: MayCoerce) {
    this.#root = root;
    this.#mayCoerce = mayCoerce;
  }

  /** @param schemas - the schemas that may apply to `value` */
  coerce(value: unknown, schemas: readonly unknown[], path: ConfigPath): unknown {
    const applicable = schemas.flatMap((schema) => this.#alternatives(schema, 0));
    if (typeof value === 'string') return this.#coerceText(value, applicable, path);
    const within = (inner: unknown, step: string | number): unknown =>
      this.coerce(
        inner,
        applicable.flatMap((schema) => schemasWithin(schema, step)),
        [...path, step],
      );
    if (Array.isArray(value)) return value.map(within);
    return isPlainObject(value) ? mapValues(value, within) : value;
  }

  #coerceText(text: string, schemas: readonly JsonSchema[], path: ConfigPath): unknown {
    const meant = parseScalar(text);
    if (meant === undefined || schemas.some((schema) => takesText(schema, text))) return text;
    return schemas.some((schema) => wantsTypeOf(schema, meant)) && this.#mayCoerce(path) ? meant : text;
  }

  /** The schema itself, and every schema that it names as an alternative or refers to. */
  #alternatives(schema: unknown, depth: number): JsonSchema[] {
    if (!isPlainObject(schema) || depth > MAX_NESTED_ALTERNATIVES) return [];
    const { $ref } = schema;
    const referred =
      typeof $ref === 'string' && $ref.startsWith('#')
        ? [lookUp(this.#root, parsePointer($ref.slice(1))).value]
        : [];
    const branches = ['anyOf', 'oneOf', 'allOf']
      .flatMap((keyword) => (Array.isArray(schema[keyword]) ? (schema[keyword] as unknown[]) : []))
      // A branch may leave the type to what is around it.
      .map((branch) => (isPlainObject(branch) ? { type: schema['type'], ...branch } : branch));
    const inner = [...referred, ...branches].flatMap((each) => this.#alternatives(each, depth + 1));
    return branches.length === 0 ? [schema, ...inner] : inner;
  }
}

/** The schemas of one item of a list, or of one property of an object. */
function schemasWithin(schema: JsonSchema, step: string | number): unknown[] {
  const { items, properties, patternProperties, additionalItems, additionalProperties } = schema;
  if (typeof step === 'number')
    return Array.isArray(items) ? [(items as unknown[])[step] ?? additionalItems] : [items];
  const patterns = isPlainObject(patternProperties) ? Object.entries(patternProperties) : [];
  const fitting = patterns
    .filter(([pattern]) => new RegExp(pattern, 'u').test(step))
    .map(([, inner]) => inner);
  const { found, value } = lookUp(properties, [step]);
  if (found) return [value, ...fitting];
  return fitting.length > 0 ? fitting : [additionalProperties];
}

/** The number or boolean that a string spells. */
function parseScalar(text: string): number | boolean | undefined {
  const trimmed = text.trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return Number(trimmed);
  if (/^true$/i.test(trimmed)) return true;
  return /^false$/i.test(trimmed) ? false : undefined;
}

function takesText(schema: JsonSchema, text: string): boolean {
  const { pattern, minLength = 0, maxLength = Infinity } = schema;
  const listed = listedValues(schema);
  if (listed !== undefined) return listed.includes(text);
  if (!typesOf(schema).includes('string')) return false;
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(text)) return false;
  return text.length >= (minLength as number) && text.length <= (maxLength as number);
}

function wantsTypeOf(schema: JsonSchema, value: number | boolean): boolean {
  const listed = listedValues(schema);
  if (listed !== undefined) return listed.includes(value);
  const types = typesOf(schema);
  if (typeof value === 'boolean') return types.includes('boolean');
  return types.includes('number') || types.includes('integer');
}

function typesOf({ type }: JsonSchema): readonly unknown[] {
  return Array.isArray(type) ? type : [type];
}

function listedValues(schema: JsonSchema): readonly unknown[] | undefined {
  if ('const' in schema) return [schema['const']];
  return Array.isArray(schema['enum']) ? schema['enum'] : undefined;
}
