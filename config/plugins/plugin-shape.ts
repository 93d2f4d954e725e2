// What makes an object a plugin, for those that come from outside.
import { compileSchema } from '../options/option-check.ts';
import { propertyNames } from '../options/known-keys.ts';
import { isPlainObject } from '../text/path.ts';

const WANTED =
  'the default export must be a plugin: export default definePlugin({ name, schema, server and/or app })';

/** What keeps `exported` from being a plugin, or undefined. */
export function findPluginFault(exported: unknown): string | undefined {
  if (exported === undefined) return `it has no default export; ${WANTED}`;
  if (!isPlainObject(exported)) return `it exports ${describe(exported)}; ${WANTED}`;
  const { name, schema, aliases, enabledByDefault, server, app } = exported;
  if (typeof name !== 'string' || !/^[A-Za-z][A-Za-z0-9_-]*$/.test(name))
    return `its name must be a string of letters, digits, "-" and "_" that begins with a letter; ${WANTED}`;
  if (server === undefined && app === undefined)
    return `plugin "${name}" has neither server() nor app(); ${WANTED}`;
  for (const [key, part] of Object.entries({ server, app }))
    if (part !== undefined && typeof part !== 'function')
      return `${key} of plugin "${name}" must be a function`;
  if (enabledByDefault !== undefined && typeof enabledByDefault !== 'boolean')
    return `enabledByDefault of plugin "${name}" must be true or false`;
  if (
    aliases !== undefined &&
    !(isPlainObject(aliases) && Object.values(aliases).every((to) => typeof to === 'string'))
  )
    return `aliases of plugin "${name}" must be like { oldkey: "option" }`;
  return findSchemaFault(name, schema);
}

function findSchemaFault(name: string, schema: unknown): string | undefined {
  if (!isPlainObject(schema) || schema['type'] !== 'object')
    return `schema of plugin "${name}" must be a JSON Schema of type "object"; { type: 'object', properties: {} } if it has no options`;
  if (propertyNames(schema).includes('enabled'))
    return `schema of plugin "${name}" has an option "enabled", which is every plugin's switch; choose another name`;
  try {
    compileSchema(schema);
    return undefined;
  } catch (error) {
    return `schema of plugin "${name}" is not valid: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
