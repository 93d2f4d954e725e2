// The same options in several sections, the upper ones over the lower ones: an entry of servers[] over the root.
import type { OptionCheck } from '../options/option-check.ts';
import type { FaultList, Origin } from '../text/fault-list.ts';
import type { ConfigPath } from '../text/path.ts';
import { lookUp, mergeOver } from '../text/plain-object.ts';
import type { PlainObject } from '../text/plain-object.ts';
import type { Section } from './section.ts';

/** The root, and perhaps an entry of servers[] over it. */
export type Layers = readonly [root: Section, entry?: Section];

/** The options of one plugin, or the server's own, as the layers give them. */
export class LayeredOptions {
  readonly #layers: readonly Section[];
  readonly #plugin: string | undefined;
  readonly #merged: PlainObject;

  /** @param plugin - undefined for options that belong to no plugin */
  constructor(layers: Layers, plugin?: string) {
    this.#layers = layers.filter((layer) => layer !== undefined);
    this.#plugin = plugin;
    this.#merged = this.#layers
      .map((layer) => this.#givenBy(layer))
      .reduce((below, above) => mergeOver(below, above) as PlainObject);
  }

  /** The plugin's switch in the uppermost layer that has it. */
  get switch(): boolean | undefined {
    const plugin = this.#plugin;
    if (plugin === undefined) return undefined;
    return this.#layers.map((layer) => layer.switchOf(plugin)).findLast((on) => on !== undefined);
  }

  /** Checks the merged options. Each fault is placed where the layer that gave the value has it. */
  check(check: OptionCheck, enabled: boolean, faults: FaultList): PlainObject {
    const result = check.run(this.#merged, (path) => {
      const origin = this.originOf(path);
      if ('path' in origin) return faults.template(origin);
      const { value } = lookUp(this.#merged, path);
      return typeof value === 'string' ? { text: value, alone: true } : undefined;
    });
    for (const { path, end, message, missing } of result.faults)
      if (enabled || !missing) faults.add(this.originOf(path), end, message);
    return result.options;
  }

  #givenBy(layer: Section): PlainObject {
    return this.#plugin === undefined ? layer.core : (layer.plugins.get(this.#plugin)?.options ?? {});
  }

  /** The place of a value: in the layer that gave it. */
  originOf(path: ConfigPath): Origin {
    const giver =
      path.length === 0
        ? undefined
        : this.#layers.findLast((each) => lookUp(this.#givenBy(each), path).found);
    const prefix = this.#plugin === undefined ? [] : [this.#plugin];
    return (giver ?? this.#holder()).originOf([...prefix, ...path]);
  }

  /** The layer in which a fault is placed if no layer gives the value. */
  #holder(): Section {
    const plugin = this.#plugin;
    const mentions = this.#layers.findLast((layer) => plugin !== undefined && layer.plugins.has(plugin));
    const holder = mentions ?? this.#layers[0];
    if (holder === undefined) throw new TypeError('a config has at least its root');
    return holder;
  }
}
