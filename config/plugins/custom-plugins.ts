// The `plugins: […]` of a config: loads what is listed, and places every fault.
//
// This room turns files and packages of other people into plugin definitions. It does not know the options of a plugin,
// nor any other key of the config.
import { dirname } from 'node:path';
import type { PluginDefinition } from '../../core/plugin/plugin.ts';
import type { FaultList } from '../text/fault-list.ts';
import { formatPath } from '../text/path.ts';
import type { ConfigPath } from '../text/path.ts';
import type { PlainObject } from '../text/plain-object.ts';
import { showValue } from '../text/show-value.ts';
import type { PluginFault } from './plugin-fault.ts';
import type { PluginLoader } from './plugin-loader.ts';

export interface CustomPlugin {
  readonly definition: PluginDefinition;
  /** Its place in the list. */
  readonly path: ConfigPath;
}

export interface CustomPlugins {
  readonly plugins: readonly CustomPlugin[];
  /** Files whose change calls for another load. */
  readonly files: readonly string[];
  /** A plugin could not be loaded, so its keys look unknown. */
  readonly incomplete: boolean;
}

/** Loads the plugins that `root` lists. Specifiers are looked up from the folder of `file`. */
export async function loadCustomPlugins(
  root: PlainObject,
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

function listSpecifiers(root: PlainObject, faults: FaultList): { specifier: string; path: ConfigPath }[] {
  const key = Object.keys(root).find((name) => name.toLowerCase() === 'plugins');
  if (key === undefined) return [];
  const list = root[key];
  if (!Array.isArray(list)) {
    const message = `${showValue(list)} is not a list; it must be a list of plugins, such as ["./my-plugin.ts"]`;
    faults.add({ path: [key] }, 'value', message);
    return [];
  }
  return (list as unknown[]).flatMap((specifier, index) => {
    const path = [key, index];
    if (typeof specifier === 'string' && specifier.trim() !== '') return [{ specifier, path }];
    const message = `${showValue(specifier)} is not a plugin; it must be a path such as "./my-plugin.ts", or the name of a package`;
    faults.add({ path }, 'value', message);
    return [];
  });
}

function addFault({ file, line, column, message }: PluginFault, path: ConfigPath, faults: FaultList): void {
  if (file === undefined) faults.add({ path }, 'value', message);
  else faults.addFault({ file, line, column, path: formatPath(path), message });
}
