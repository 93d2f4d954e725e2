// The `plugins: […]` of a config: loads what is listed, and places every fault.
import { dirname } from 'node:path';
import type { PluginDefinition } from '../../core/plugin/plugin.ts';
import type { FaultList } from '../options/fault-list.ts';
import { formatPath, isPlainObject } from '../text/path.ts';
import type { ConfigPath } from '../text/path.ts';
import type { PluginFault, PluginLoader } from './plugin-loader.ts';
import { showValue } from '../text/wording.ts';

export interface CustomPlugin {
  readonly definition: PluginDefinition;
  /** Its place in the list. */
  readonly path: ConfigPath;
}

export interface CustomPlugins {
  readonly plugins: readonly CustomPlugin[];
  /** Files whose change calls for another load. */
  readonly files: readonly string[];
  /** Some plugin is not there, so that its keys look unknown. */
  readonly incomplete: boolean;
}

/** Loads the plugins that `root` lists; specifiers are looked up from the folder of `file`. */
export async function loadCustomPlugins(
  root: unknown,
  file: string,
  loader: PluginLoader,
  faults: FaultList,
): Promise<CustomPlugins> {
  const plugins: CustomPlugin[] = [];
  const files: string[] = [];
  let incomplete = false;
  for (const { specifier, path } of listSpecifiers(root, faults)) {
    const loaded = await loader.load(specifier, dirname(file));
    files.push(...loaded.files);
    if (loaded.ok) plugins.push({ definition: loaded.definition, path });
    else {
      incomplete = true;
      for (const fault of loaded.faults) addFault(fault, path, faults);
    }
  }
  return { plugins, files, incomplete };
}

function listSpecifiers(root: unknown, faults: FaultList): { specifier: string; path: ConfigPath }[] {
  const key = isPlainObject(root)
    ? Object.keys(root).find((name) => name.toLowerCase() === 'plugins')
    : undefined;
  if (key === undefined || !isPlainObject(root)) return [];
  const list = root[key];
  if (!Array.isArray(list)) {
    const message = `${showValue(list)} is not a list; it must be a list of plugins, such as ["./my-plugin.ts"]`;
    faults.add({ path: [key] }, 'value', message);
    return [];
  }
  const specifiers: { specifier: string; path: ConfigPath }[] = [];
  for (const [index, specifier] of (list as unknown[]).entries()) {
    const path = [key, index];
    if (typeof specifier === 'string' && specifier.trim() !== '') specifiers.push({ specifier, path });
    else
      faults.add(
        { path },
        'value',
        `${showValue(specifier)} is not a plugin; it must be a path such as "./my-plugin.ts", or the name of a package`,
      );
  }
  return specifiers;
}

function addFault(fault: PluginFault, path: ConfigPath, faults: FaultList): void {
  if (fault.file === undefined) faults.add({ path }, 'value', fault.message);
  else
    faults.addFault({
      file: fault.file,
      line: fault.line,
      column: fault.column,
      path: formatPath(path),
      message: fault.message,
    });
}
