// Loads custom plugins, afresh whenever their content has changed: a bundle in a temporary file, imported once.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { PluginDefinition } from '../../core/plugin/plugin.ts';
import { findPluginFault } from './plugin-shape.ts';
import { bundlePlugin, resolvePackage } from './plugin-bundle.ts';
import type { PluginBundle } from './plugin-bundle.ts';

/** What stands in the way of a plugin, placed in its own file. */
export interface PluginFault {
  /** Undefined when no file of the plugin is to blame: it was not found. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly message: string;
}

interface PluginFiles {
  /** Files whose change calls for another load; also after a fault. Absolute. */
  readonly files: readonly string[];
}

export type LoadedPlugin =
  | (PluginFiles & { readonly ok: true; readonly definition: PluginDefinition })
  | (PluginFiles & { readonly ok: false; readonly faults: readonly PluginFault[] });

export interface PluginLoaderSettings {
  /** Module that `import … from 'livego'` means in a plugin: this very package's. */
  readonly entryUrl: string;
  /** A plugin whose top level awaits for longer than this is refused. */
  readonly importTimeoutMs?: number;
}

/** Gives the same definition object for the same content, for as long as the loader lives. */
export class PluginLoader {
  readonly #entryUrl: string;
  readonly #importTimeoutMs: number;
  /** By content. Node never forgets a module, so neither need we. */
  readonly #imported = new Map<string, unknown>();
  #sequence = 0;

  constructor(settings: PluginLoaderSettings) {
    this.#entryUrl = settings.entryUrl;
    this.#importTimeoutMs = settings.importTimeoutMs ?? 10_000;
  }

  /** `specifier` is a path that begins with `.` or `/`, or the name of a package; both are looked up from `directory`. */
  async load(specifier: string, directory: string): Promise<LoadedPlugin> {
    if (/^\.{0,2}\//.test(specifier) || isAbsolute(specifier))
      return this.#loadFile(resolve(directory, specifier));
    if (specifier.startsWith('file:')) return this.#loadFile(fileURLToPath(specifier));
    const found = await resolvePackage(specifier, [directory, dirname(fileURLToPath(this.#entryUrl))]);
    if (found === undefined) return notFound(specifier, directory);
    // Node does not read TypeScript inside node_modules, and takes everything else as its author published it.
    return /\.[cm]?tsx?$/.test(found) ? this.#loadFile(found) : this.#loadPublished(found);
  }

  async #loadFile(path: string): Promise<LoadedPlugin> {
    const bundle = await bundlePlugin(path, this.#entryUrl);
    if (!bundle.ok) return { ok: false, faults: bundle.faults, files: [...new Set([path, ...bundle.files])] };
    const { files } = bundle;
    const hash = createHash('sha256').update(`${path}\0`).update(bundle.code).digest('hex');
    try {
      if (!this.#imported.has(hash)) this.#imported.set(hash, await this.#importBundle(bundle));
    } catch (error) {
      return { ok: false, files, faults: [importFault(error, path)] };
    }
    return judge(this.#imported.get(hash), path, files);
  }

  async #loadPublished(path: string): Promise<LoadedPlugin> {
    try {
      return judge(await this.#import(pathToFileURL(path).href), path, []);
    } catch (error) {
      return { ok: false, files: [], faults: [importFault(error, path)] };
    }
  }

  async #importBundle(bundle: PluginBundle): Promise<unknown> {
    const directory = await mkdtemp(join(tmpdir(), 'livego-plugin-'));
    try {
      // A name of its own for each, because modules are kept by URL.
      const file = join(directory, `${++this.#sequence}.mjs`);
      const map = Buffer.from(JSON.stringify(bundle.map)).toString('base64');
      const note = `//# sourceMappingURL=data:application/json;base64,${map}\n`;
      await writeFile(file, `${bundle.code}\n${note}`, { mode: 0o600 });
      const url = pathToFileURL(file).href;
      return await this.#import(url).catch((error: unknown) => {
        throw new PlacedError(error, placeInSource(error, url, bundle.map));
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async #import(url: string): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const tooSlow = new Promise<never>((_, reject) => {
      const limit = this.#importTimeoutMs;
      const message = `its top level did not finish within ${limit} ms; slow work belongs into onStart`;
      timer = setTimeout(() => reject(new Error(message)), limit);
    });
    try {
      return await Promise.race([import(/* @vite-ignore */ url), tooSlow]);
    } finally {
      clearTimeout(timer);
    }
  }
}

interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** An error of a plugin's top level, with its place in the plugin's source. */
class PlacedError extends Error {
  readonly place: SourcePlace | undefined;

  constructor(cause: unknown, place: SourcePlace | undefined) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.place = place;
  }
}

/** The topmost frame of the error that lies in the plugin: in the bundle, or, where Node maps stacks itself, in a source. */
function placeInSource(error: unknown, url: string, map: SourceMapPayload): SourcePlace | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const [, name, line, column] of stack.matchAll(/((?:file:\/\/)?\/[^():]*):(\d+):(\d+)/g)) {
    const frame = { file: toPath(name ?? ''), line: Number(line), column: Number(column) };
    if (map.sources.some((source) => toPath(source) === frame.file)) return frame;
    if (frame.file !== toPath(url)) continue;
    const entry = new SourceMap(map).findEntry(frame.line - 1, frame.column - 1);
    if ('originalSource' in entry)
      return {
        file: toPath(entry.originalSource),
        line: entry.originalLine + 1,
        column: entry.originalColumn + 1,
      };
  }
  return undefined;
}

function toPath(name: string): string {
  return name.startsWith('file:') ? fileURLToPath(name) : name;
}

function importFault(error: unknown, path: string): PluginFault {
  const place = error instanceof PlacedError ? error.place : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const file = place?.file ?? path;
  return {
    file,
    line: place?.line,
    column: place?.column,
    message: `the plugin fails when it is loaded: ${message}`,
  };
}

function judge(module: unknown, path: string, files: readonly string[]): LoadedPlugin {
  const exported = defaultOf(module);
  const message = findPluginFault(exported);
  if (message === undefined) return { ok: true, definition: exported as PluginDefinition, files };
  return { ok: false, files, faults: [{ file: path, line: undefined, column: undefined, message }] };
}

/** The default export; one level deeper for CommonJS that was compiled from ESM. */
function defaultOf(module: unknown): unknown {
  const exported = (module as { default?: unknown }).default;
  const inner = exported as { __esModule?: boolean; default?: unknown } | null | undefined;
  return typeof inner === 'object' && inner?.__esModule === true ? inner.default : exported;
}

function notFound(specifier: string, directory: string): LoadedPlugin {
  const file = ['', '.ts', '.js'].find((suffix) => existsSync(resolve(directory, specifier + suffix)));
  const hint =
    file === undefined
      ? 'install it beside the config file'
      : `for the file beside the config write "./${specifier}"`;
  const message = `there is no package "${specifier}"; ${hint}`;
  return { ok: false, files: [], faults: [{ file: undefined, line: undefined, column: undefined, message }] };
}
