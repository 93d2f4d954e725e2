// From the sections of a config to what the kernel runs: root and entries laid over each other, checked, defaults filled in.
import { APP_OPTIONS_SCHEMA, SERVER_OPTIONS_SCHEMA } from '../../core/options.ts';
import type { AppOptions, ServerOptions } from '../../core/options.ts';
import type { JsonSchema, PluginDefinition } from '../../core/plugin/plugin.ts';
import { matchesServername } from '../../core/kernel/app.ts';
import type { FaultList, Origin } from './fault-list.ts';
import { propertyNames } from './known-keys.ts';
import { OptionCheck } from './option-check.ts';
import { freezeDeep, isPlainObject, lookUp, mergeOver } from '../text/path.ts';
import type { ConfigPath, PlainObject } from '../text/path.ts';
import type { Section } from './section.ts';
import type { PluginSetting, ResolvedApp, ResolvedConfig } from '../../core/config.ts';

/** An entry of servers[] with its name. */
export interface EntrySection {
  /** Empty when the config gives none that can be used, which is a fault. */
  readonly servername: string;
  /** Where the name was written. */
  readonly nameOrigin: Origin;
  readonly section: Section;
}

export interface Sections {
  readonly root: Section;
  readonly entries: readonly EntrySection[];
}

const CORE_CHECK_SCHEMA: JsonSchema = {
  type: 'object',
  properties: { ...propertiesOf(SERVER_OPTIONS_SCHEMA), ...propertiesOf(APP_OPTIONS_SCHEMA) },
};

/** Compiled schemas, kept from one load to the next. A schema belongs to its definition for good. */
export class SchemaCache {
  readonly #core = new OptionCheck(CORE_CHECK_SCHEMA);
  readonly #plugins = new WeakMap<PluginDefinition, OptionCheck>();

  get core(): OptionCheck {
    return this.#core;
  }

  /** Throws what Ajv throws when the plugin's schema is wrong. */
  of(definition: PluginDefinition): OptionCheck {
    const present = this.#plugins.get(definition);
    if (present !== undefined) return present;
    const check = new OptionCheck(definition.schema);
    this.#plugins.set(definition, check);
    return check;
  }
}

/** Resolves a config; its faults go to `faults`, and the result is only worth something when there are none. */
export function resolveConfig(
  sections: Sections,
  definitions: readonly PluginDefinition[],
  schemas: SchemaCache,
  faults: FaultList,
): ResolvedConfig {
  const { root, entries } = sections;
  const core = checkLayers(schemas.core, [root], [], (section) => section.core, true, faults);
  checkServernames(entries, faults);
  return Object.freeze({
    server: pick(core, SERVER_OPTIONS_SCHEMA) as unknown as ServerOptions,
    definitions,
    plugins: resolvePlugins([root], definitions, schemas, faults),
    apps: entries.map(({ servername, section }): ResolvedApp => {
      const layers = [root, section];
      for (const definition of definitions) refuseServerLevel(definition, section, faults);
      const options = checkLayers(schemas.core, layers, [], (each) => each.core, true, faults);
      return {
        servername,
        options: pick(options, APP_OPTIONS_SCHEMA) as unknown as AppOptions,
        plugins: resolvePlugins(layers, definitions, schemas, faults),
      };
    }),
  });
}

function resolvePlugins(
  layers: readonly Section[],
  definitions: readonly PluginDefinition[],
  schemas: SchemaCache,
  faults: FaultList,
): ReadonlyMap<string, PluginSetting> {
  const settings = new Map<string, PluginSetting>();
  for (const definition of definitions) {
    const { name, enabledByDefault = true } = definition;
    const said = layers.map((layer) => layer.switchOf(name)).filter((on) => on !== undefined);
    const enabled = said.at(-1) ?? enabledByDefault;
    const given = (layer: Section): PlainObject => layer.plugins.get(name)?.options ?? {};
    const options = checkLayers(schemas.of(definition), layers, [name], given, enabled, faults);
    settings.set(name, freezeDeep({ enabled, options }));
  }
  return settings;
}

/** Merges what the layers give, checks it, and blames each fault on the layer that gave the value. */
function checkLayers(
  check: OptionCheck,
  layers: readonly Section[],
  prefix: ConfigPath,
  given: (layer: Section) => PlainObject,
  enabled: boolean,
  faults: FaultList,
): PlainObject {
  const merged = layers.map(given).reduce((below, above) => mergeOver(below, above) as PlainObject);
  const origin = (path: ConfigPath): Origin => {
    const giver = path.length === 0 ? undefined : layers.findLast((each) => lookUp(given(each), path).found);
    const layer = giver ?? holderOf(layers, prefix);
    return layer.originOf([...prefix, ...path]);
  };
  const substituteAt = (path: ConfigPath): ReturnType<FaultList['template']> => {
    const from = origin(path);
    if ('path' in from) return faults.template(from);
    const { value } = lookUp(merged, path);
    return typeof value === 'string' ? { text: value, alone: true } : undefined;
  };
  const result = check.run(merged, substituteAt);
  for (const fault of result.faults)
    if (enabled || !fault.missing) faults.add(origin(fault.path), fault.end, fault.message);
  return result.options;
}

function holderOf(layers: readonly Section[], prefix: ConfigPath): Section {
  const [plugin] = prefix;
  const holder =
    layers.findLast((layer) => typeof plugin === 'string' && layer.plugins.has(plugin)) ?? layers.at(0);
  if (holder === undefined) throw new TypeError('a config has at least its root');
  return holder;
}

/** Options of the whole server have no place in an entry of servers[]. */
function refuseServerLevel(definition: PluginDefinition, section: Section, faults: FaultList): void {
  const setting = section.plugins.get(definition.name);
  if (setting === undefined) return;
  const { name, schema } = definition;
  if (schema['level'] === 'server') {
    faults.add(section.originOf([name]), 'key', `${name} works for the whole server; write it at the root`);
    return;
  }
  for (const path of serverLevelPaths(schema, setting.options)) {
    const option = path.join('.');
    const message = `this option belongs to the whole server; write it at the root, as ${name}: { ${option}: … }`;
    faults.add(section.originOf([name, ...path]), 'key', message);
  }
}

function serverLevelPaths(schema: JsonSchema, options: PlainObject): ConfigPath[] {
  const paths: ConfigPath[] = [];
  for (const [key, inner] of Object.entries(propertiesOf(schema))) {
    if (!Object.hasOwn(options, key) || !isPlainObject(inner)) continue;
    const value = options[key];
    if (inner['level'] === 'server') paths.push([key]);
    else if (isPlainObject(value))
      paths.push(...serverLevelPaths(inner, value).map((path) => [key, ...path]));
  }
  return paths;
}

function checkServernames(entries: readonly EntrySection[], faults: FaultList): void {
  for (const [index, { servername, nameOrigin }] of entries.entries()) {
    // No name, which is a fault of its own.
    if (servername === '') continue;
    const earlier = entries.slice(0, index);
    const same = earlier.find((entry) => entry.servername === servername);
    if (same !== undefined) {
      const where = faults.lineOf(same.nameOrigin);
      faults.add(
        nameOrigin,
        'value',
        `"${servername}" is already the name in ${where}; each application has one entry`,
      );
      continue;
    }
    const cover = earlier.find((entry) => matchesServername(entry.servername, servername));
    if (cover === undefined) continue;
    faults.warn(
      nameOrigin,
      `"${servername}" is never reached, because "${cover.servername}" stands before it and matches first`,
    );
  }
}

function propertiesOf(schema: JsonSchema): PlainObject {
  return isPlainObject(schema['properties']) ? schema['properties'] : {};
}

function pick(options: PlainObject, schema: JsonSchema): PlainObject {
  const picked = Object.fromEntries(propertyNames(schema).map((name) => [name, options[name]]));
  return freezeDeep(picked);
}
