// Options that had another name in the version before, as a plugin's `renamedOptions` lists them.
import { pathKey } from '../text/path.ts';

/** An option within its plugin: `['limits', 'endedBytes']` is written `limits.endedBytes`. */
export type OptionName = readonly string[];

export class RenamedOptions {
  /** New names by the `pathKey` of the old one. */
  readonly #newNames: ReadonlyMap<string, OptionName>;
  readonly #oldNames: readonly OptionName[];

  constructor(renamed: Readonly<Record<string, string>> = {}) {
    const pairs = Object.entries(renamed).map(([old, now]) => [old.split('.'), now.split('.')] as const);
    this.#newNames = new Map(pairs.map(([old, now]) => [pathKey(old), now]));
    this.#oldNames = pairs.map(([old]) => old);
  }

  /** The present name of an option, if `option` is its old one. */
  newName(option: OptionName): OptionName | undefined {
    return this.#newNames.get(pathKey(option));
  }

  /** Whether `option` is, or was, an object that holds options with old names. */
  holdsOldNames(option: OptionName): boolean {
    return this.#oldNames.some((old) => old.length > option.length && startsWith(old, option));
  }

  /** The old name that `option` is or lies in. */
  oldNameAround(option: OptionName): OptionName | undefined {
    return this.#oldNames.find((old) => startsWith(option, old));
  }
}

function startsWith(option: OptionName, start: OptionName): boolean {
  return start.every((step, index) => option[index] === step);
}
