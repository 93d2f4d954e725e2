// Loads livego.json5 into the config that the kernel runs. Only this file knows the order of the steps.
//
//   text      the file is read and parsed, variables are replaced         config/text
//   plugins   custom plugins are loaded, so that their keys are known     config/plugins
//   options   keys are sorted to their owners, values are checked         config/resolve, with config/options
//   resolved  the config as the kernel takes it                           core/config.ts
//
// Each folder imports from those before it only: text, classic, options, plugins, resolve. config/reference makes the
// documents of a config, config/watch follows its files; no step needs them.
import { dirname, extname } from 'node:path';
import type { ConfigSource, LoadResult } from '../core/config.ts';
import { LivegoError, livegoError } from '../core/errors.ts';
import { faultOfFile, type ConfigFault } from '../core/config-fault.ts';
import type { PluginDefinition } from '../core/plugin/plugin.ts';
import { showIn, VariableMask } from '../core/log/variable-mask.ts';
import type { Override } from './classic/flags.ts';
import { Pace } from '../core/time/in-turns.ts';
import { loadCustomPlugins } from './plugins/custom-plugins.ts';
import type { CustomPlugin } from './plugins/custom-plugins.ts';
import { PluginLoader } from './plugins/plugin-loader.ts';
import { KnownKeys } from './resolve/known-keys.ts';
import { readSections } from './resolve/read-sections.ts';
import { SchemaCache, resolveConfig } from './resolve/resolve-config.ts';
import { ConfigFile } from './text/config-file.ts';
import { FaultList } from './text/fault-list.ts';
import { parseConfigText } from './text/parse-text.ts';
import { isPlainObject } from './text/plain-object.ts';
import type { PlainObject } from './text/plain-object.ts';
import { kindOf } from './text/show-value.ts';
import { expandVariables } from './text/variables.ts';
import type { Environment, Expansion } from './text/variables.ts';

export interface ConfigSourceSettings {
  /** The config's path as the operator gave it. Custom plugins are looked up from its folder. */
  readonly file: string;
  /** The plugins that need not be listed, in the order in which their gates are asked. */
  readonly builtins: readonly PluginDefinition[];
  /** Values that flags of the command give; they override those of the file. */
  readonly overrides?: readonly Override[];
  readonly env?: Environment;
  /** A file that does not exist is a fault, or means a server with the defaults of every option. Default: a fault. */
  readonly whenMissing?: 'fault' | 'defaults';
  /** The config's text, instead of the file's content. */
  readonly text?: string;
  /**
   * The module that `livego` means in a custom plugin; `livego/NAME` is the module NAME beside it. Default: those of this
   * package.
   */
  readonly entryUrl?: string;
}

/** The module that programs import as `livego`, seen from here, without its suffix. */
const ENTRY_MODULE = '../livego/index';

/** A config that is read again at each `load()`. Plugins whose content has not changed keep their definition. */
export function createConfigSource(settings: ConfigSourceSettings): ConfigSource {
  return new FileSource(settings);
}

class FileSource implements ConfigSource {
  readonly name: string;
  readonly #settings: ConfigSourceSettings;
  readonly #file: ConfigFile;
  readonly #loader: PluginLoader;
  readonly #schemas = new SchemaCache();
  readonly #mask = new VariableMask();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(settings: ConfigSourceSettings) {
    const { file, whenMissing = 'fault', entryUrl = ownEntryUrl() } = settings;
    this.name = file;
    this.#settings = settings;
    this.#file = new ConfigFile({ file, whenMissing });
    this.#loader = new PluginLoader({ entryUrl });
  }

  /** One load after the other, so that the same content is never imported twice. */
  load(text?: string): Promise<LoadResult> {
    const result = this.#turn.then(() => this.#load(text ?? this.#settings.text));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  show(text: string): string {
    return this.#mask.show(text);
  }

  async read(): Promise<string> {
    const read = await this.#file.read(this.#settings.text);
    if (read.ok) return read.text;
    throw new LivegoError('LVG_CONFIG_FILE', `${this.name}: ${read.message}`);
  }

  async write(text: string): Promise<void> {
    if (this.#settings.text !== undefined) throw livegoError('LVG_CONFIG_WRITE', 'noFile', {});
    await this.#file.write(text);
  }

  async #load(given: string | undefined): Promise<LoadResult> {
    const { builtins, overrides = [], env = process.env } = this.#settings;
    const path = this.#file.path;

    const read = await this.#file.read(given);
    if (!read.ok) return reject([path], [faultOfFile(this.name, read.message)]);
    const pace = new Pace();
    const { root, variables, faults } = await parse(read.text, this.name, env, pace);
    this.#mask.learn(variables);
    if (root === undefined) return this.#reject([path], faults);

    const custom = await loadCustomPlugins(root, path, this.#loader, faults);
    const keys = new KnownKeys([...builtins, ...custom.plugins.map(({ definition }) => definition)]);
    reportClashes(keys, custom.plugins, faults);

    const { incomplete } = custom;
    await pace.next();
    const sections = await readSections(root, overrides, { keys, incomplete, faults });
    const config = await resolveConfig(sections, keys.definitions, {
      schemas: this.#schemas,
      folders: { config: dirname(path), state: stateFolder(env), working: process.cwd() },
      faults,
    });

    const files = [...new Set([path, ...custom.files])];
    if (faults.faults.length > 0) return this.#reject(files, faults, read.warnings);
    const warnings = this.#warnings(faults, read.warnings);
    return { ok: true, config, files, warnings, text: read.text };
  }

  #reject(files: readonly string[], list: FaultList, more: readonly string[] = []): LoadResult {
    return reject(files, showIn(list.faults, this.#mask.show), this.#warnings(list, more));
  }

  #warnings(list: FaultList, more: readonly string[]): readonly string[] {
    return [...more, ...list.warnings.map(this.#mask.show)];
  }
}

/** The root of the text's config. Undefined if the text is not a config at all. */
async function parse(
  text: string,
  name: string,
  env: Environment,
  pace: Pace,
): Promise<{ root: PlainObject | undefined; variables: Expansion['variables']; faults: FaultList }> {
  const parsed = parseConfigText(text);
  await pace.next();
  const { repeated } = parsed.positions;
  await pace.next();
  const { value, templates, variables, faults: variableFaults } = expandVariables(parsed.value, env);
  const faults = new FaultList(name, parsed.positions, templates);
  for (const fault of parsed.faults) faults.addAt(fault, fault.message);
  for (const { path, message } of variableFaults) faults.add({ path }, 'value', message);
  for (const { path, first } of repeated) {
    const message = `the same key is already given in line ${first.line}; remove one of the two`;
    faults.add({ path }, 'key', message);
  }
  if (isPlainObject(value)) return { root: value, variables, faults };
  const message = `the config is ${kindOf(value)}; it must be an object in braces { }`;
  if (parsed.value !== undefined) faults.add({ path: [] }, 'value', message);
  return { root: undefined, variables, faults };
}

function reportClashes(keys: KnownKeys, custom: readonly CustomPlugin[], faults: FaultList): void {
  for (const { definition, message } of keys.clashes) {
    // If a plugin is listed twice, its last place in the list is at fault.
    const path = custom.findLast((plugin) => plugin.definition === definition)?.path ?? [];
    faults.add({ path }, 'value', message);
  }
}

function reject(
  files: readonly string[],
  faults: readonly ConfigFault[],
  warnings: readonly string[] = [],
): LoadResult {
  return { ok: false, files, faults, warnings };
}

/** systemd names the directories of a unit's state, the first of which is its own. */
function stateFolder({ STATE_DIRECTORY: folders = '' }: Environment): string | undefined {
  return folders.split(':').find((folder) => folder !== '');
}

function ownEntryUrl(): string {
  return new URL(`${ENTRY_MODULE}${extname(import.meta.url)}`, import.meta.url).href;
}
