// A temporary folder for plugins and packages, with a loader that looks there. Removed when the test ends.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { createConfigSource } from '../../../config/load.ts';
import type { PluginFault } from '../../../config/plugins/plugin-fault.ts';
import { PluginLoader } from '../../../config/plugins/plugin-loader.ts';
import type { LoadedPlugin } from '../../../config/plugins/plugin-loader.ts';
import type { ConfigSource } from '../../../core/config.ts';
import type { PluginDefinition } from '../../../core/plugin/plugin.ts';
import { FAKES } from '../fake-plugins.ts';

export class PluginFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'livego-loader-')));
  /** The module that `livego` means. */
  readonly entryUrl = pathToFileURL(join(this.path, 'entry/index.mjs')).href;
  readonly #loader: PluginLoader;

  constructor({ importTimeoutMs = 30_000 } = {}) {
    this.#loader = new PluginLoader({ entryUrl: this.entryUrl, importTimeoutMs });
    onTestFinished(() => rmSync(this.path, { recursive: true, force: true }));
    this.write(
      'entry/index.mjs',
      'export const definePlugin = (definition) => definition; export const mark = "own entry";',
    );
  }

  write(name: string, content: string): string {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  load(specifier: string): Promise<LoadedPlugin> {
    return this.#loader.load(specifier, this.path);
  }

  /** The plugin, or an error with its faults. */
  async definitionOf(specifier: string): Promise<PluginDefinition & Record<string, unknown>> {
    const loaded = await this.load(specifier);
    if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join('\n'));
    return loaded.definition as PluginDefinition & Record<string, unknown>;
  }

  /** The first fault of a plugin that cannot be loaded. */
  async faultOf(specifier: string): Promise<PluginFault | undefined> {
    const loaded = await this.load(specifier);
    return loaded.ok ? undefined : loaded.faults[0];
  }

  /** The source of the folder's livego.json5. */
  source(): ConfigSource {
    const file = join(this.path, 'livego.json5');
    return createConfigSource({ file, builtins: FAKES, env: {}, entryUrl: this.entryUrl });
  }
}

/** The text of a plugin named "mine". */
export function pluginText(extra = ''): string {
  return `export default { name: 'mine', schema: { type: 'object', properties: {} }, app() {}, ${extra} };`;
}
