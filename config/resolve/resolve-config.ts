// Makes the config that the kernel runs from the sections of a file: entries laid over the root, checked, defaults filled in.
//
// This room knows the layout of a config: its keys and what each stands for, the root, the entries of servers[]. Values of
// options are checked in config/options, and plugins are loaded in config/plugins.
import type { PluginSetting, ResolvedApp, ResolvedConfig } from '../../core/config.ts';
import type { JsonSchema } from '../../core/options/json-schema.ts';
import { APP_OPTIONS_SCHEMA, SERVER_OPTIONS_SCHEMA } from '../../core/options/options.ts';
import type { AppOptions, ServerOptions } from '../../core/options/options.ts';
import type { PluginDefinition } from '../../core/plugin/plugin.ts';
import { matchesServername } from '../../core/servername.ts';
import { mapInTurns } from '../../core/time/in-turns.ts';
import { OptionCheck } from '../options/option-check.ts';
import { propertiesOf, propertyNames } from '../options/schema.ts';
import type { FaultList } from '../text/fault-list.ts';
import { formatInBraces, type ConfigPath } from '../text/path.ts';
import { freezeDeep, isPlainObject } from '../text/plain-object.ts';
import type { PlainObject } from '../text/plain-object.ts';
import { resolvePaths, type PathFolders } from './option-paths.ts';
import { LayeredOptions } from './option-layers.ts';
import type { Layers } from './option-layers.ts';
import type { EntrySection, Section, Sections } from './section.ts';

const CORE_CHECK_SCHEMA: JsonSchema = {
  type: 'object',
  properties: { ...propertiesOf(SERVER_OPTIONS_SCHEMA), ...propertiesOf(APP_OPTIONS_SCHEMA) },
};

/** Compiled schemas, kept from one load to the next. The schema of a definition never changes. */
export class SchemaCache {
  readonly core = new OptionCheck(CORE_CHECK_SCHEMA);
  readonly #plugins = new WeakMap<PluginDefinition, OptionCheck>();

  /** Throws what Ajv throws when the plugin's schema is wrong. */
  of(definition: PluginDefinition): OptionCheck {
    const present = this.#plugins.get(definition);
    if (present !== undefined) return present;
    const check = new OptionCheck(definition.schema);
    this.#plugins.set(definition, check);
    return check;
  }
}

interface ResolveContext {
  readonly schemas: SchemaCache;
  readonly folders: PathFolders;
  readonly faults: FaultList;
}

/** Resolves a config, a few applications in each turn of the event loop. Its faults go to `faults`; the result can be used only if there are none. */
export async function resolveConfig(
  { root, entries }: Sections,
  definitions: readonly PluginDefinition[],
  context: ResolveContext,
): Promise<ResolvedConfig> {
  const { faults } = context;
  const resolver = new Resolver(root, definitions, context);
  checkServernames(entries, faults);
  const config: ResolvedConfig = {
    server: resolver.server,
    definitions,
    plugins: resolver.plugins,
    apps: await mapInTurns(entries, ({ servername, section }): ResolvedApp => {
      for (const definition of definitions) rejectServerLevel(definition, section, faults);
      return { servername, ...resolver.entry(section) };
    }),
  };
  const sections = [root, ...entries.map(({ section }) => section)];
  // Not enumerable: a config whose options only stand in other lines is an equal one.
  Object.defineProperty(config, 'placeOf', {
    value: (option: string) => placeOf(option, sections, faults),
  });
  return Object.freeze(config);
}

/** The first of the places where the option was written: at the root, or in an entry. */
function placeOf(option: string, sections: readonly Section[], faults: FaultList): string | undefined {
  const path = option.split('.');
  for (const section of sections) {
    const origin = section.writtenAt(path);
    const place = origin && faults.placeOf(origin, option);
    if (place !== undefined) return place;
  }
  return undefined;
}

/**
 * Resolves what the root alone, or an entry of servers[] over it, says. Whatever an entry says nothing of is the root's, as
 * the same object: thousands of entries say little.
 */
class Resolver {
  /** The server's own options. */
  readonly server: ServerOptions;
  /** The root's settings by plugin name. */
  readonly plugins: ReadonlyMap<string, PluginSetting>;
  readonly #root: Section;
  readonly #appOptions: AppOptions;
  readonly #definitions: readonly PluginDefinition[];
  readonly #schemas: SchemaCache;
  readonly #folders: PathFolders;
  readonly #faults: FaultList;

  constructor(
    root: Section,
    definitions: readonly PluginDefinition[],
    { schemas, folders, faults }: ResolveContext,
  ) {
    this.#root = root;
    this.#definitions = definitions;
    this.#schemas = schemas;
    this.#folders = folders;
    this.#faults = faults;
    const core = this.#core([root]);
    this.server = pick(core, SERVER_OPTIONS_SCHEMA) as unknown as ServerOptions;
    this.#appOptions = pick(core, APP_OPTIONS_SCHEMA) as unknown as AppOptions;
    this.plugins = new Map(definitions.map((each) => [each.name, this.#plugin(each, [root])]));
  }

  entry(section: Section): Omit<ResolvedApp, 'servername'> {
    const layers: Layers = [this.#root, section];
    const saysNothing = Object.keys(section.core).length === 0;
    const options = saysNothing
      ? this.#appOptions
      : (pick(this.#core(layers), APP_OPTIONS_SCHEMA) as unknown as AppOptions);
    if (section.plugins.size === 0) return { options, plugins: this.plugins };
    const plugins = this.#definitions.map((each): [string, PluginSetting] => [
      each.name,
      section.plugins.has(each.name) ? this.#plugin(each, layers) : this.plugins.get(each.name)!,
    ]);
    return { options, plugins: new Map(plugins) };
  }

  /** Options that belong to no plugin. */
  #core(layers: Layers): PlainObject {
    return new LayeredOptions(layers).check(this.#schemas.core, true, this.#faults);
  }

  #plugin(definition: PluginDefinition, layers: Layers): PluginSetting {
    const { name, enabledByDefault = true } = definition;
    const layered = new LayeredOptions(layers, name);
    const enabled = layered.switch ?? enabledByDefault;
    const checked = layered.check(this.#schemas.of(definition), enabled, this.#faults);
    const fromFlag = (path: ConfigPath): boolean => 'flag' in layered.originOf(path);
    const { options, misplaced } = resolvePaths(checked, definition.schema, this.#folders, fromFlag);
    if (enabled)
      for (const { path, message } of misplaced) this.#faults.warn(layered.originOf(path), message);
    return freezeDeep({ enabled, options });
  }
}

/** Options of the whole server have no place in an entry of servers[]. */
function rejectServerLevel(definition: PluginDefinition, section: Section, faults: FaultList): void {
  const setting = section.plugins.get(definition.name);
  if (setting === undefined) return;
  const { name, schema } = definition;
  if (schema['level'] === 'server') {
    faults.add(section.originOf([name]), 'key', `${name} works for the whole server; write it at the root`);
    return;
  }
  for (const path of serverLevelPaths(schema, setting.options)) {
    const there = formatInBraces([name, ...path]);
    const message = `this option belongs to the whole server; write it at the root, as ${there}`;
    faults.add(section.originOf([name, ...path]), 'key', message);
  }
}

function serverLevelPaths(schema: JsonSchema, options: PlainObject): string[][] {
  const paths: string[][] = [];
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
  const earlier = new Map<string, EntrySection>();
  const patterns: string[] = [];
  for (const entry of entries) {
    const { servername, nameOrigin } = entry;
    // A missing name is a fault of its own.
    if (servername === '') continue;
    const same = earlier.get(servername);
    if (same !== undefined) {
      const where = faults.lineOf(same.nameOrigin);
      const message = `"${servername}" is already the name in ${where}; each application has one entry`;
      faults.add(nameOrigin, 'value', message);
      continue;
    }
    const cover = patterns.find((pattern) => matchesServername(pattern, servername));
    if (cover !== undefined) {
      const message = `"${servername}" is never reached, because "${cover}" stands before it and matches first`;
      faults.warn(nameOrigin, message);
    }
    earlier.set(servername, entry);
    if (servername.includes('*')) patterns.push(servername);
  }
}

function pick(options: PlainObject, schema: JsonSchema): PlainObject {
  const picked = Object.fromEntries(propertyNames(schema).map((name) => [name, options[name]]));
  return freezeDeep(picked);
}
