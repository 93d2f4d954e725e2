// Schemas of options: how they are compiled and looked into. docs/config.md explains the annotations.
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import type { JsonSchema } from '../../core/options/json-schema.ts';
import { isPlainObject, lookUp, mapValues } from '../text/plain-object.ts';
import type { PlainObject } from '../text/plain-object.ts';

/** Compiles the schema of options. Throws what Ajv throws when the schema itself is wrong. */
export function compileSchema(schema: JsonSchema): ValidateFunction {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    useDefaults: true,
    logger: false,
  });
  ajv.addKeyword({ keyword: 'level', schemaType: 'string', metaSchema: { enum: ['server', 'app'] } });
  ajv.addKeyword({ keyword: 'expects', schemaType: 'string' });
  ajv.addKeyword({ keyword: 'applies', schemaType: 'string', metaSchema: { enum: ['next-session'] } });
  ajv.addKeyword({
    keyword: 'path',
    schemaType: 'string',
    metaSchema: { enum: ['read', 'write', 'program', 'command'] },
  });
  return ajv.compile(closeObjects(schema));
}

/** A copy of the schema in which an object that lists properties allows no others, unless it says so itself. */
export function closeObjects(schema: JsonSchema): JsonSchema {
  const copy: PlainObject = { ...schema };
  if (isPlainObject(schema['properties'])) {
    copy['properties'] = mapValues(schema['properties'], closeInner);
    if (schema['additionalProperties'] === undefined && schema['patternProperties'] === undefined)
      copy['additionalProperties'] = false;
  }
  if (schema['items'] !== undefined) copy['items'] = closeInner(schema['items']);
  if (isPlainObject(schema['additionalProperties']))
    copy['additionalProperties'] = closeObjects(schema['additionalProperties']);
  for (const keyword of ['anyOf', 'oneOf'])
    if (Array.isArray(schema[keyword])) copy[keyword] = schema[keyword].map(closeInner);
  return copy;
}

function closeInner(schema: unknown): unknown {
  return isPlainObject(schema) ? closeObjects(schema) : schema;
}

/** The options that a schema lists, each with its own schema. */
export function propertiesOf(schema: unknown): PlainObject {
  const properties = isPlainObject(schema) ? schema['properties'] : undefined;
  return isPlainObject(properties) ? properties : {};
}

/** Names of the options that a schema lists. */
export function propertyNames(schema: unknown): string[] {
  return Object.keys(propertiesOf(schema));
}

/** The schema of one option, such as `['encrypt', 'rotate']`. Undefined if the schema does not list it. */
export function findOption(schema: JsonSchema, option: readonly string[]): JsonSchema | undefined {
  const { value } = lookUp(
    schema,
    option.flatMap((step) => ['properties', step]),
  );
  return isPlainObject(value) ? value : undefined;
}
