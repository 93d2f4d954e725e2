// The JSON Schema of a whole config, for editors: assembled from the server's own options and those of its plugins.
//
// This room makes what people and editors read about a config: this schema and the tables of docs/config.md. Nothing here
// takes part in loading one.
import type { JsonSchema } from '../../core/options/json-schema.ts';
import { APP_OPTIONS_SCHEMA, SERVER_OPTIONS_SCHEMA } from '../../core/options/options.ts';
import type { PluginDefinition } from '../../core/plugin/plugin.ts';
import { CLASSIC_KEYS } from '../classic/classic-keys.ts';
import { SWITCH_WORDS } from '../classic/switch.ts';
import { descriptionOf } from '../options/describe-allowed.ts';
import { findOption, propertiesOf } from '../options/schema.ts';
import { KnownKeys } from '../resolve/known-keys.ts';
import type { SectionLevel } from '../resolve/known-keys.ts';
import type { PlainObject } from '../text/plain-object.ts';
import {
  forEditors,
  propertiesForEditors,
  withOldNames,
  withVariable,
  withoutDefaults,
  withoutServerLevel,
} from './editor-schema.ts';

const SWITCH_DEFINITION = {
  description: 'Switches a plugin.',
  anyOf: [{ type: 'boolean' }, { type: 'string', enum: SWITCH_WORDS }],
};
const VARIABLE_DEFINITION = { type: 'string', pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:[^}]*)?\\}' };

const SWITCH = [{ $ref: '#/definitions/switch' }, { $ref: '#/definitions/variable' }];

/** JSON Schema (draft 07) of a config with these plugins. */
export function buildConfigSchema(definitions: readonly PluginDefinition[]): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'livego.json5',
    description: 'The config of a livego server.',
    type: 'object',
    properties: {
      $schema: { type: 'string', description: 'Where editors find this schema.' },
      ...propertiesForEditors(SERVER_OPTIONS_SCHEMA),
      ...propertiesForEditors(APP_OPTIONS_SCHEMA),
      ...sectionProperties(definitions, 'root'),
      plugins: {
        type: 'array',
        items: { type: 'string', minLength: 1 },
        description:
          'Custom plugins: paths from the config file, such as "./my-plugin.ts", or names of packages.',
      },
      servers: {
        type: 'array',
        description: 'The applications. Without any there is one, "live".',
        items: entrySchema(definitions),
      },
    },
    // Custom plugins bring keys of their own, and letter case does not matter; `livego check` knows them all.
    additionalProperties: true,
    definitions: { switch: SWITCH_DEFINITION, variable: VARIABLE_DEFINITION },
  };
}

function entrySchema(definitions: readonly PluginDefinition[]): JsonSchema {
  return {
    type: 'object',
    properties: {
      servername: {
        type: 'string',
        minLength: 1,
        description:
          "The application's name, or a pattern in which * stands for anything. The first entry that matches is used.",
      },
      ...withoutDefaults(propertiesForEditors(APP_OPTIONS_SCHEMA)),
      ...sectionProperties(definitions, 'entry'),
    },
    required: ['servername'],
    additionalProperties: true,
  };
}

/** The keys that plugins bring, and the classic ones that no plugin owns. */
function sectionProperties(definitions: readonly PluginDefinition[], level: SectionLevel): PlainObject {
  return {
    ...pluginProperties(definitions, level),
    ...aliasProperties(definitions, level),
    ...classicProperties(new KnownKeys(definitions), level),
  };
}

function pluginProperties(definitions: readonly PluginDefinition[], level: SectionLevel): PlainObject {
  const properties: PlainObject = {};
  for (const definition of definitions) {
    const { name, schema } = definition;
    if (level === 'entry' && schema['level'] === 'server') continue;
    properties[name] = {
      ...(typeof schema['description'] === 'string' ? { description: schema['description'] } : {}),
      anyOf: [...SWITCH, bracesSchema(definition, level)],
    };
  }
  return properties;
}

/** The options of a plugin in braces. */
function bracesSchema(definition: PluginDefinition, level: SectionLevel): PlainObject {
  const schema = withOldNames(definition);
  const options = forEditors(level === 'root' ? schema : withoutServerLevel(schema));
  // The root may lack what an entry gives, and an entry what the root gives: neither alone must be complete.
  const { required: _required, default: _default, ...rest } = options;
  const properties = propertiesOf(options);
  return {
    ...rest,
    properties: {
      enabled: { $ref: '#/definitions/switch' },
      ...(level === 'root' ? properties : withoutDefaults(properties)),
    },
  };
}

function aliasProperties(definitions: readonly PluginDefinition[], level: SectionLevel): PlainObject {
  const properties: PlainObject = {};
  for (const { name, schema, aliases = {} } of definitions)
    for (const [alias, target] of Object.entries(aliases)) {
      const description = `The same as ${name}.${target}.`;
      const option = findOption(schema, target.split('.'));
      if (target === 'enabled') properties[alias] = { description, anyOf: SWITCH };
      else if (option !== undefined && (level === 'root' || option['level'] !== 'server'))
        properties[alias] = {
          ...withVariable(forEditors(option)),
          description: `${description} ${descriptionOf(option)}`.trim(),
        };
    }
  return level === 'root' ? properties : withoutDefaults(properties);
}

function classicProperties(keys: KnownKeys, level: SectionLevel): PlainObject {
  const properties: PlainObject = {};
  for (const { key, feature, instead } of CLASSIC_KEYS)
    if (keys.find(key, level)?.kind === 'classic')
      properties[key] = {
        description: `A key of the classic config without effect: ${instead ?? `this build has no ${feature}`}.`,
      };
  return properties;
}
