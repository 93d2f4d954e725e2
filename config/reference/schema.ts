// The JSON Schema of a whole config, for editors: assembled from the server's own options and those of its plugins.
import { APP_OPTIONS_SCHEMA, SERVER_OPTIONS_SCHEMA } from '../../core/options.ts';
import type { JsonSchema, PluginDefinition } from '../../core/plugin/plugin.ts';
import { CLASSIC_KEYS } from '../classic/classic.ts';
import { KnownKeys } from '../options/known-keys.ts';
import { closeObjects } from '../options/option-check.ts';
import { defineKey, isPlainObject, lookUp } from '../text/path.ts';
import type { PlainObject } from '../text/path.ts';
import { descriptionOf } from '../text/wording.ts';

const SWITCH_DEFINITION = {
  description: 'Switches a plugin.',
  anyOf: [{ type: 'boolean' }, { type: 'string', enum: ['enable', 'disable', 'on', 'off'] }],
};

const VARIABLE = { type: 'string', pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:[^}]*)?\\}' };

/** JSON Schema (draft 07) of a config with these plugins. */
export function buildConfigSchema(definitions: readonly PluginDefinition[]): JsonSchema {
  const server = forEditors(SERVER_OPTIONS_SCHEMA)['properties'] as PlainObject;
  const app = forEditors(APP_OPTIONS_SCHEMA)['properties'] as PlainObject;
  const keys = new KnownKeys(definitions);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'livego.json5',
    description: 'The config of a livego server.',
    type: 'object',
    properties: {
      $schema: { type: 'string', description: 'Where editors find this schema.' },
      ...server,
      ...app,
      ...pluginProperties(definitions, 'root'),
      ...aliasProperties(definitions, 'root'),
      ...classicProperties(keys, 'root'),
      plugins: {
        type: 'array',
        items: { type: 'string', minLength: 1 },
        description:
          'Custom plugins: paths from the config file, such as "./my-plugin.ts", or names of packages.',
      },
      servers: {
        type: 'array',
        description: 'The applications. Without any there is one, "live".',
        items: entrySchema(definitions, app, keys),
      },
    },
    // Custom plugins bring keys of their own, and letter case does not matter; `livego check` knows them all.
    additionalProperties: true,
    definitions: { switch: SWITCH_DEFINITION, variable: VARIABLE },
  };
}

function entrySchema(
  definitions: readonly PluginDefinition[],
  app: PlainObject,
  keys: KnownKeys,
): JsonSchema {
  return {
    type: 'object',
    properties: {
      servername: {
        type: 'string',
        minLength: 1,
        description:
          "The application's name, or a pattern in which * stands for anything. The first entry that fits counts.",
      },
      ...withoutDefaults(app),
      ...pluginProperties(definitions, 'entry'),
      ...aliasProperties(definitions, 'entry'),
      ...classicProperties(keys, 'entry'),
    },
    required: ['servername'],
    additionalProperties: true,
  };
}

function pluginProperties(definitions: readonly PluginDefinition[], level: 'root' | 'entry'): PlainObject {
  const properties: PlainObject = {};
  for (const { name, schema } of definitions) {
    if (level === 'entry' && schema['level'] === 'server') continue;
    const given = level === 'root' ? schema : withoutServerLevel(schema);
    const options = forEditors(given);
    const inner = {
      enabled: { $ref: '#/definitions/switch' },
      ...(level === 'root'
        ? (options['properties'] as PlainObject)
        : withoutDefaults(options['properties'] as PlainObject)),
    };
    properties[name] = {
      ...(typeof schema['description'] === 'string' ? { description: schema['description'] } : {}),
      anyOf: [
        { $ref: '#/definitions/switch' },
        { $ref: '#/definitions/variable' },
        { ...withoutRequired(options), properties: inner },
      ],
    };
  }
  return properties;
}

function aliasProperties(definitions: readonly PluginDefinition[], level: 'root' | 'entry'): PlainObject {
  const properties: PlainObject = {};
  for (const { name, schema, aliases = {} } of definitions)
    for (const [alias, target] of Object.entries(aliases)) {
      const description = `The same as ${name}.${target}.`;
      if (target === 'enabled') {
        properties[alias] = {
          description,
          anyOf: [{ $ref: '#/definitions/switch' }, { $ref: '#/definitions/variable' }],
        };
        continue;
      }
      const path = target.split('.').flatMap((step) => ['properties', step]);
      const { value } = lookUp(schema, path);
      if (!isPlainObject(value) || (level === 'entry' && value['level'] === 'server')) continue;
      const option = withVariable(forEditors(value));
      properties[alias] = {
        ...option,
        description: `${description} ${descriptionOf(value)}`.trim(),
      };
    }
  return level === 'root' ? properties : withoutDefaults(properties);
}

function classicProperties(keys: KnownKeys, level: 'root' | 'entry'): PlainObject {
  const properties: PlainObject = {};
  for (const { key, feature } of CLASSIC_KEYS)
    if (keys.find(key, level)?.kind === 'classic')
      properties[key] = {
        description: `Of the classic config; this build has no ${feature}, and the key has no effect.`,
      };
  return properties;
}

/** A copy without our annotations, in which a value that is not a string may also be a variable. */
function forEditors(schema: JsonSchema): PlainObject {
  const {
    level: _level,
    expects: _expects,
    applies: _applies,
    ...rest
  } = closeObjects(schema) as PlainObject;
  if (isPlainObject(rest['properties']))
    rest['properties'] = mapValues(rest['properties'], (inner) =>
      withVariable(forEditors(inner as JsonSchema)),
    );
  if (isPlainObject(rest['items'])) rest['items'] = forEditors(rest['items']);
  if (isPlainObject(rest['additionalProperties']))
    rest['additionalProperties'] = forEditors(rest['additionalProperties']);
  for (const keyword of ['anyOf', 'oneOf'])
    if (Array.isArray(rest[keyword]))
      rest[keyword] = rest[keyword].map((branch) => forEditors(branch as JsonSchema));
  return rest;
}

function withVariable(schema: PlainObject): PlainObject {
  if (schema['type'] === 'string' || schema['type'] === 'object' || schema['type'] === 'array') return schema;
  const { description, default: defaultValue, ...rest } = schema;
  return {
    ...(description === undefined ? {} : { description }),
    ...(defaultValue === undefined ? {} : { default: defaultValue }),
    anyOf: [
      ...(Array.isArray(rest['anyOf']) && Object.keys(rest).length === 1 ? rest['anyOf'] : [rest]),
      { $ref: '#/definitions/variable' },
    ],
  };
}

function withoutServerLevel(schema: JsonSchema): PlainObject {
  const properties = isPlainObject(schema['properties']) ? schema['properties'] : {};
  const kept = Object.entries(properties).filter(
    ([, inner]) => !isPlainObject(inner) || inner['level'] !== 'server',
  );
  return {
    ...schema,
    properties: Object.fromEntries(
      kept.map(([key, inner]) => [
        key,
        isPlainObject(inner) && isPlainObject(inner['properties']) ? withoutServerLevel(inner) : inner,
      ]),
    ),
  };
}

// In an entry of servers[] the root's value is the default, which an editor cannot know.
function withoutDefaults(properties: PlainObject): PlainObject {
  return mapValues(properties, (inner) => {
    if (!isPlainObject(inner)) return inner;
    const { default: _default, ...rest } = inner;
    return isPlainObject(rest['properties'])
      ? { ...rest, properties: withoutDefaults(rest['properties']) }
      : rest;
  });
}

// What the root lacks an entry may give.
function withoutRequired(schema: PlainObject): PlainObject {
  const { required: _required, default: _default, ...rest } = schema;
  return rest;
}

function mapValues(object: PlainObject, change: (value: unknown) => unknown): PlainObject {
  const result: PlainObject = {};
  for (const [key, value] of Object.entries(object)) defineKey(result, key, change(value));
  return result;
}
