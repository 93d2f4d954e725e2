// Schemas of options as editors need them: without our annotations, with variables, with the old names of options.
import type { JsonSchema } from '../../core/options/json-schema.ts';
import type { PluginDefinition } from '../../core/plugin/plugin.ts';
import { closeObjects, findOption, propertiesOf } from '../options/schema.ts';
import { isPlainObject, mapValues, putAt } from '../text/plain-object.ts';
import type { PlainObject } from '../text/plain-object.ts';

/** A copy without our annotations, in which a value that is not a string may also be a variable. */
export function forEditors(schema: JsonSchema): PlainObject {
  const {
    level: _level,
    expects: _expects,
    applies: _applies,
    path: _path,
    ...rest
  } = closeObjects(schema) as PlainObject;
  if (isPlainObject(rest['properties'])) rest['properties'] = propertiesForEditors(rest);
  if (isPlainObject(rest['items'])) rest['items'] = forEditors(rest['items']);
  if (isPlainObject(rest['additionalProperties']))
    rest['additionalProperties'] = forEditors(rest['additionalProperties']);
  for (const keyword of ['anyOf', 'oneOf'])
    if (Array.isArray(rest[keyword]))
      rest[keyword] = rest[keyword].map((branch) => forEditors(branch as JsonSchema));
  return rest;
}

/** The options that a schema lists, each as editors need it. */
export function propertiesForEditors(schema: JsonSchema): PlainObject {
  return mapValues(propertiesOf(schema), (inner) => withVariable(forEditors(inner as JsonSchema)));
}

/** Lets a variable stand for the value. Strings may hold one anyway, and variables cannot stand for objects and lists. */
export function withVariable(schema: PlainObject): PlainObject {
  if (schema['type'] === 'string' || schema['type'] === 'object' || schema['type'] === 'array') return schema;
  const { description, default: defaultValue, deprecated, ...rest } = schema;
  return {
    ...(description === undefined ? {} : { description }),
    ...(defaultValue === undefined ? {} : { default: defaultValue }),
    ...(deprecated === undefined ? {} : { deprecated }),
    anyOf: [
      ...(Array.isArray(rest['anyOf']) && Object.keys(rest).length === 1 ? rest['anyOf'] : [rest]),
      { $ref: '#/definitions/variable' },
    ],
  };
}

/** The plugin's schema with the old names of its options beside the new ones. */
export function withOldNames({ name, schema, renamedOptions = {} }: PluginDefinition): JsonSchema {
  const copy = structuredClone(schema);
  for (const [old, now] of Object.entries(renamedOptions)) {
    const option = findOption(schema, now.split('.'));
    if (option === undefined) continue;
    const { default: _default, ...rest } = option;
    const description = `Called ${name}.${now} now; this name works in this version only.`;
    addOption(copy, old.split('.'), { ...rest, description, deprecated: true });
  }
  return copy;
}

function addOption(schema: PlainObject, option: readonly string[], added: JsonSchema): void {
  for (let length = 1; length < option.length; length++) {
    const around = option.slice(0, length);
    // The old name lies in an object that is no longer there.
    if (findOption(schema, around) === undefined)
      addOption(schema, around, { type: 'object', properties: {}, deprecated: true });
  }
  putAt(
    schema,
    option.flatMap((step) => ['properties', step]),
    added,
  );
}

/** Without the options that an entry of servers[] may not set. */
export function withoutServerLevel(schema: JsonSchema): JsonSchema {
  const kept = Object.entries(propertiesOf(schema)).filter(
    ([, inner]) => !isPlainObject(inner) || inner['level'] !== 'server',
  );
  const properties = mapValues(Object.fromEntries(kept), (inner) =>
    isPlainObject(inner) && isPlainObject(inner['properties']) ? withoutServerLevel(inner) : inner,
  );
  return { ...schema, properties };
}

/** In an entry of servers[] the root's value is the default, which an editor cannot know. */
export function withoutDefaults(properties: PlainObject): PlainObject {
  return mapValues(properties, (inner) => {
    if (!isPlainObject(inner)) return inner;
    const { default: _default, ...rest } = inner;
    return isPlainObject(rest['properties'])
      ? { ...rest, properties: withoutDefaults(rest['properties']) }
      : rest;
  });
}
