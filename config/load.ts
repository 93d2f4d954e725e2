// From livego.json5 to what the kernel runs: the one place that knows the order of the steps.
import { extname, resolve } from 'node:path';
import type { PluginDefinition } from '../core/plugin/plugin.ts';
import { loadCustomPlugins } from './plugins/custom-plugins.ts';
import type { CustomPlugin } from './plugins/custom-plugins.ts';
import { expandVariables } from './text/environment.ts';
import type { Environment } from './text/environment.ts';
import { FaultList } from './options/fault-list.ts';
import type { Override } from './classic/flags.ts';
import { KnownKeys } from './options/known-keys.ts';
import { isPlainObject } from './text/path.ts';
import { PluginLoader } from './plugins/plugin-loader.ts';
import { readConfigFile } from './text/read-file.ts';
import type { FileText } from './text/read-file.ts';
import { readSections } from './options/read-sections.ts';
import { SchemaCache, resolveConfig } from './options/resolve.ts';
import { parseConfigText } from './text/text.ts';
import type { ConfigFault, ConfigSource, LoadResult } from '../core/config.ts';
import { kindOf } from './text/wording.ts';

export interface ConfigSourceSettings {
  /** The config's path as the operator gave it. Custom plugins are looked up from its folder. */
  readonly file: string;
  /** The plugins that need not be listed, in the order in which their gates are asked. */
  readonly builtins: readonly PluginDefinition[];
  /** Options that the command's flags lay over the file's. */
  readonly overrides?: readonly Override[];
  readonly env?: Environment;
  /** A file that does not exist: a fault, or a server with the defaults of every option. Default: a fault. */
  readonly whenMissing?: 'fault' | 'defaults';
  /** The config's text, instead of the file's content. */
  readonly text?: string;
  /** What `livego` means in a custom plugin. Default: this package's own entry. */
  readonly entryUrl?: string;
}

/** A config that is read anew at each `load()`. Plugins whose content has not changed keep their definition. */
export function createConfigSource(settings: ConfigSourceSettings): ConfigSource {
  const loader = new PluginLoader({ entryUrl: settings.entryUrl ?? ownEntryUrl() });
  const schemas = new SchemaCache();
  let turn: Promise<unknown> = Promise.resolve();
  let seen = false;
  return {
    name: settings.file,
    load() {
      // One after the other, so that one content is never imported twice.
      const result = turn.then(() => {
        // A file that was there and is no longer has vanished: that is no wish for the defaults.
        const whenMissing = seen ? 'fault' : (settings.whenMissing ?? 'fault');
        return loadOnce({ ...settings, whenMissing }, loader, schemas, () => (seen = true));
      });
      turn = result.catch(() => undefined);
      return result;
    },
  };
}

async function loadOnce(
  settings: ConfigSourceSettings,
  loader: PluginLoader,
  schemas: SchemaCache,
  onRead: () => void,
): Promise<LoadResult> {
  const path = resolve(settings.file);
  const read = await readText(settings, path);
  if (read.ok && read.note === undefined) onRead();
  if (!read.ok)
    return { ok: false, files: [path], warnings: [], faults: [faultOfFile(settings.file, read.message)] };
  const parsed = parseConfigText(read.text);
  const expansion = expandVariables(parsed.value, settings.env ?? process.env);
  const faults = new FaultList(settings.file, parsed.positions, expansion.templates);
  for (const { line, column, message } of parsed.faults)
    faults.addFault({ file: settings.file, line, column, path: '', message });
  if (parsed.value === undefined) return { ok: false, files: [path], warnings: [], faults: faults.faults };
  for (const { path, message } of expansion.faults) faults.add({ path }, 'value', message);
  for (const { path, first } of parsed.positions.repeated)
    faults.add({ path }, 'key', `the same key is already given in line ${first.line}; remove one of the two`);
  if (!isPlainObject(expansion.value)) {
    faults.add(
      { path: [] },
      'value',
      `the config is ${kindOf(expansion.value)}; it must be an object in braces { }`,
    );
    return { ok: false, files: [path], warnings: [], faults: faults.faults };
  }
  const custom = await loadCustomPlugins(expansion.value, path, loader, faults);
  const keys = new KnownKeys([...settings.builtins, ...custom.plugins.map(({ definition }) => definition)]);
  reportClashes(keys, custom.plugins, faults);
  const sections = readSections(expansion.value, settings.overrides ?? [], keys, custom.incomplete, faults);
  const config = resolveConfig(sections, keys.definitions, schemas, faults);
  const facts = {
    files: [...new Set([path, ...custom.files])],
    warnings: [...missingNote(read), ...faults.warnings],
  };
  return faults.faults.length === 0
    ? { ok: true, config, ...facts }
    : { ok: false, faults: faults.faults, ...facts };
}

interface ReadText {
  readonly ok: true;
  readonly text: string;
  readonly note?: string;
}

async function readText(
  settings: ConfigSourceSettings,
  path: string,
): Promise<ReadText | (FileText & { ok: false })> {
  if (settings.text !== undefined) return { ok: true, text: settings.text };
  const read = await readConfigFile(path);
  if (read.ok || !read.missing || settings.whenMissing !== 'defaults') return read;
  return {
    ok: true,
    text: '{}',
    note: `there is no ${settings.file}; running with the defaults of every option`,
  };
}

function missingNote({ note }: ReadText): readonly string[] {
  return note === undefined ? [] : [note];
}

function faultOfFile(file: string, message: string): ConfigFault {
  return { file, line: undefined, column: undefined, path: '', message };
}

function reportClashes(keys: KnownKeys, custom: readonly CustomPlugin[], faults: FaultList): void {
  for (const { definition, message } of keys.clashes) {
    // Listed twice, the last one is the one too many.
    const path = custom.findLast((plugin) => plugin.definition === definition)?.path ?? [];
    faults.add({ path }, 'value', message);
  }
}

function ownEntryUrl(): string {
  return new URL(`../index${extname(import.meta.url)}`, import.meta.url).href;
}
