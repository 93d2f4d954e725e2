// The options in the braces of one plugin's key. Old names of renamed options are read as the new ones.
import type { OptionName, RenamedOptions } from '../options/renamed-options.ts';
import type { FaultList } from '../text/fault-list.ts';
import type { ConfigPath } from '../text/path.ts';
import { isPlainObject } from '../text/plain-object.ts';
import type { Section } from './section.ts';

/** A value and the place where it was written. */
export interface Given<Value = unknown> {
  readonly value: Value;
  readonly path: ConfigPath;
}

export class BracesReader {
  readonly #plugin: string;
  readonly #renamed: RenamedOptions;
  readonly #section: Section;
  readonly #faults: FaultList;

  constructor(plugin: string, renamed: RenamedOptions, section: Section, faults: FaultList) {
    this.#plugin = plugin;
    this.#renamed = renamed;
    this.#section = section;
    this.#faults = faults;
  }

  /**
   * Reads one option and the options in it.
   * @param written - its name in the file
   * @param name - its name by now, as far as what is around it has been renamed
   */
  read(written: OptionName, name: OptionName, given: Given): void {
    const newName = this.#renamed.newName(written) ?? this.#renamed.newName(name);
    if (newName !== undefined) this.#warn(newName, given.path);
    const present = newName ?? name;
    const { value, path } = given;
    const keys = isPlainObject(value) ? Object.keys(value) : [];
    const mayHoldOldNames = [written, present].some((option) => this.#renamed.holdsOldNames(option));
    if (!isPlainObject(value) || keys.length === 0 || !mayHoldOldNames) {
      this.#section.setOption(this.#plugin, present, value, { path });
      return;
    }
    // One by one: the present names may lie elsewhere.
    for (const key of keys)
      this.read([...written, key], [...present, key], { value: value[key], path: [...path, key] });
  }

  #warn(newName: OptionName, path: ConfigPath): void {
    const name = [this.#plugin, ...newName].join('.');
    this.#faults.warn({ path }, `this option is called ${name} now; the old name works in this version only`);
  }
}
