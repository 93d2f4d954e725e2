// Checks that an object is a plugin. Only its shape counts: a package may bring its own copy of livego along, and then
// another `definePlugin` than ours has made its plugin.
import { messageOf } from '../../core/errors.ts';
import { RenamedOptions } from '../options/renamed-options.ts';
import { compileSchema, findOption, propertyNames } from '../options/schema.ts';
import { isPlainObject } from '../text/plain-object.ts';
import type { PlainObject } from '../text/plain-object.ts';

const WANTED =
  'the default export must be a plugin: export default definePlugin({ name, schema, server and/or app })';

/** The reason why `exported` is not a plugin. Undefined if it is one. */
export function findPluginFault(exported: unknown): string | undefined {
  if (exported === undefined) return `it has no default export; ${WANTED}`;
  if (!isPlainObject(exported)) return `it exports ${describe(exported)}; ${WANTED}`;
  const { name, schema, server, app } = exported;
  if (typeof name !== 'string' || !/^[A-Za-z][A-Za-z0-9_-]*$/.test(name))
    return `its name must be a string of letters, digits, "-" and "_" that begins with a letter; ${WANTED}`;
  if (server === undefined && app === undefined)
    return `plugin "${name}" has neither server() nor app(); ${WANTED}`;
  for (const [key, part] of Object.entries({ server, app }))
    if (part !== undefined && typeof part !== 'function')
      return `${key} of plugin "${name}" must be a function`;
  return (
    findSettingsFault(name, exported) ??
    findSchemaFault(name, schema) ??
    findRenamedFault(name, exported) ??
    findAliasFault(name, exported)
  );
}

function findSettingsFault(name: string, plugin: PlainObject): string | undefined {
  const { enabledByDefault, aliases, sharedAliases, renamedOptions } = plugin;
  if (enabledByDefault !== undefined && typeof enabledByDefault !== 'boolean')
    return `enabledByDefault of plugin "${name}" must be true or false`;
  if (!isNameTable(sharedAliases))
    return `sharedAliases of plugin "${name}" must be like { oldkey: "option" }`;
  if (!isNameTable(aliases)) return `aliases of plugin "${name}" must be like { oldkey: "option" }`;
  if (!isNameTable(renamedOptions))
    return `renamedOptions of plugin "${name}" must be like { oldName: "newName" }`;
  return undefined;
}

function isNameTable(value: unknown): boolean {
  return (
    value === undefined ||
    (isPlainObject(value) && Object.values(value).every((name) => typeof name === 'string'))
  );
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
    return `schema of plugin "${name}" is not valid: ${messageOf(error)}`;
  }
}

function findRenamedFault(name: string, plugin: PlainObject): string | undefined {
  const schema = plugin['schema'] as PlainObject;
  const renamed = (plugin['renamedOptions'] ?? {}) as Readonly<Record<string, string>>;
  for (const [old, now] of Object.entries(renamed)) {
    const fault = `renamedOptions of plugin "${name}" leads from "${old}" to "${now}"`;
    if (findOption(schema, now.split('.')) === undefined)
      return `${fault}, but its schema has no such option`;
    if (findOption(schema, old.split('.')) !== undefined)
      return `${fault}, but its schema still has an option "${old}"`;
    if (old === 'enabled') return `${fault}, but "enabled" is every plugin's switch`;
  }
  return undefined;
}

function findAliasFault(name: string, plugin: PlainObject): string | undefined {
  const { aliases = {}, renamedOptions } = plugin as Readonly<Record<string, Record<string, string>>>;
  const renamed = new RenamedOptions(renamedOptions);
  for (const [alias, option] of Object.entries(aliases)) {
    const old = renamed.oldNameAround(option.split('.'))?.join('.');
    if (old !== undefined)
      return `the alias "${alias}" of plugin "${name}" stands for "${option}", but "${old}" is an old name; write the new one`;
  }
  return undefined;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
