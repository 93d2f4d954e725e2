// Loads one custom plugin: bundled into a temporary file and imported, again whenever its content has changed.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageOf } from '../../core/errors.ts';
import type { PluginDefinition } from '../../core/plugin/plugin.ts';
import { withTimeout } from '../../core/time/timeout.ts';
import { bundlePlugin } from './plugin-bundle.ts';
import type { PluginBundle } from './plugin-bundle.ts';
import { unplacedFault } from './plugin-fault.ts';
import type { PluginFault } from './plugin-fault.ts';
import { findPluginFault } from './plugin-shape.ts';
import { resolvePackage } from './resolve-package.ts';
import { findSourcePlace } from './source-place.ts';
import type { SourcePlace } from './source-place.ts';

interface PluginFiles {
  /** Files whose change calls for another load; also after a fault. Absolute. */
  readonly files: readonly string[];
}

export type LoadedPlugin =
  | (PluginFiles & { readonly ok: true; readonly definition: PluginDefinition })
  | (PluginFiles & { readonly ok: false; readonly faults: readonly PluginFault[] });

export interface PluginLoaderSettings {
  /** The module that `livego` means in a plugin, part of the running package. `livego/NAME` is the module NAME beside it. */
  readonly entryUrl: string;
  /** A plugin whose top level awaits for longer than this is rejected. */
  readonly importTimeoutMs?: number;
}

/** Gives the same definition object for the same content, for as long as the loader lives. */
export class PluginLoader {
  readonly #entryUrl: string;
  readonly #importTimeoutMs: number;
  /** Modules by their content. Node keeps every module that it has imported, so forgetting one would save nothing. */
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
    if (found === undefined) return rejected([], unplacedFault(undefined, missing(specifier, directory)));
    if ('problem' in found) return rejected([], unplacedFault(undefined, found.problem));
    // Node does not read TypeScript inside node_modules, and takes everything else as its author published it.
    return /\.[cm]?tsx?$/.test(found.path) ? this.#loadFile(found.path) : this.#loadPublished(found.path);
  }

  async #loadFile(path: string): Promise<LoadedPlugin> {
    const bundle = await bundlePlugin(path, this.#entryUrl);
    if (!bundle.ok) return { ok: false, faults: bundle.faults, files: [...new Set([path, ...bundle.files])] };
    const { files } = bundle;
    const hash = createHash('sha256').update(`${path}\0`).update(bundle.code).digest('hex');
    try {
      if (!this.#imported.has(hash)) this.#imported.set(hash, await this.#importBundle(bundle));
    } catch (error) {
      return rejected(files, importFault(error, path));
    }
    return judge(this.#imported.get(hash), path, files);
  }

  async #loadPublished(path: string): Promise<LoadedPlugin> {
    try {
      return judge(await this.#import(pathToFileURL(path).href), path, []);
    } catch (error) {
      return rejected([], importFault(error, path));
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
        throw new PlacedError(error, findSourcePlace(error, url, bundle.map));
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  #import(url: string): Promise<unknown> {
    const limit = this.#importTimeoutMs;
    const message = `its top level did not finish within ${limit} ms; slow work belongs in onStart`;
    return withTimeout(limit, import(/* @vite-ignore */ url), message);
  }
}

/** An error of a plugin's top level, with its place in the plugin's source. */
class PlacedError extends Error {
  readonly place: SourcePlace | undefined;

  constructor(cause: unknown, place: SourcePlace | undefined) {
    super(messageOf(cause), { cause });
    this.place = place;
  }
}

function importFault(error: unknown, path: string): PluginFault {
  const place = error instanceof PlacedError ? error.place : undefined;
  const message = `the plugin fails when it is loaded: ${messageOf(error)}`;
  return { ...unplacedFault(path, message), ...place };
}

function judge(module: unknown, path: string, files: readonly string[]): LoadedPlugin {
  const exported = defaultOf(module);
  const message = findPluginFault(exported);
  if (message !== undefined) return rejected(files, unplacedFault(path, message));
  return { ok: true, definition: exported as PluginDefinition, files };
}

function rejected(files: readonly string[], fault: PluginFault): LoadedPlugin {
  return { ok: false, files, faults: [fault] };
}

/** The default export; one level deeper for CommonJS that was compiled from ESM. */
function defaultOf(module: unknown): unknown {
  const exported = (module as { default?: unknown }).default;
  const inner = exported as { __esModule?: boolean; default?: unknown } | null | undefined;
  return typeof inner === 'object' && inner?.__esModule === true ? inner.default : exported;
}

function missing(specifier: string, directory: string): string {
  const isFile = ['', '.ts', '.js'].some((suffix) => existsSync(resolve(directory, specifier + suffix)));
  const hint = isFile
    ? `for the file beside the config write "./${specifier}"`
    : 'install it beside the config file';
  return `there is no package "${specifier}"; ${hint}`;
}
