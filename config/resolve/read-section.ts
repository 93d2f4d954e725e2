// Sorts the keys of the root or of an entry of servers[] into a section: core options, plugins' switches and options, aliases.
import { asksForSomething } from '../classic/classic-keys.ts';
import type { ClassicKey } from '../classic/classic-keys.ts';
import { SWITCH_WORDS, parseSwitch } from '../classic/switch.ts';
import { didYouMean } from '../options/nearest.ts';
import type { FaultList } from '../text/fault-list.ts';
import type { ConfigPath } from '../text/path.ts';
import { isPlainObject } from '../text/plain-object.ts';
import type { PlainObject } from '../text/plain-object.ts';
import { showValue } from '../text/show-value.ts';
import { BracesReader } from './read-braces.ts';
import type { Given } from './read-braces.ts';
import type { AliasTarget, KeyMeaning, KnownKeys, SectionLevel } from './known-keys.ts';
import { Section } from './section.ts';
import { explainUnknownKey } from './unknown-key.ts';

export interface ReadContext {
  readonly keys: KnownKeys;
  /** A plugin could not be loaded: a key that resembles no other may be its own. */
  readonly incomplete: boolean;
  readonly faults: FaultList;
}

export interface ReadSection {
  readonly section: Section;
  /** The values of `servers`, `plugins` and `servername`, where given. */
  readonly structure: ReadonlyMap<string, Given>;
}

/** Reads one section. Faults of its keys go to `faults`; values of options are checked later. */
export function readSection(
  level: SectionLevel,
  given: Given<PlainObject>,
  context: ReadContext,
): ReadSection {
  const reader = new SectionReader(level, given.path, context);
  reader.read(given.value);
  return reader;
}

class SectionReader implements ReadSection {
  readonly section: Section;
  readonly structure = new Map<string, Given>();
  readonly #classics = new Map<string, Given & { readonly entry: ClassicKey }>();
  readonly #level: SectionLevel;
  readonly #path: ConfigPath;
  readonly #context: ReadContext;

  constructor(level: SectionLevel, path: ConfigPath, context: ReadContext) {
    this.#level = level;
    this.#path = path;
    this.#context = context;
    this.section = new Section(path, context.faults);
  }

  get #faults(): FaultList {
    return this.#context.faults;
  }

  read(values: PlainObject): void {
    for (const key of Object.keys(values)) {
      const given = { value: values[key], path: [...this.#path, key] };
      const meaning = this.#context.keys.find(key, this.#level);
      if (meaning === undefined) this.#reportUnknown(key, given.path);
      else this.#readKey(meaning, given);
    }
    this.#warnOfClassics();
  }

  #readKey(meaning: KeyMeaning, given: Given): void {
    switch (meaning.kind) {
      case 'structure':
        return this.#readStructure(meaning.name, given);
      case 'core':
        return this.section.setCore(meaning.name, given.value, given);
      case 'plugin':
        return this.#readPlugin(meaning.name, given);
      case 'alias':
        for (const target of meaning.targets) this.#readAlias(target, given);
        return;
      case 'classic':
        this.#classics.set(meaning.name, { ...given, entry: meaning.entry });
    }
  }

  #readAlias({ plugin, option }: AliasTarget, given: Given): void {
    if (option[0] === 'enabled') return this.#readSwitch(plugin, given);
    this.section.setOption(plugin, option, given.value, given);
  }

  #readStructure(name: string, given: Given): void {
    const first = this.structure.get(name);
    if (first === undefined) {
      this.structure.set(name, given);
      return;
    }
    const where = this.#faults.lineOf(first);
    this.#faults.add(given, 'key', `the same key is already given as ${where}; remove one of the two`);
  }

  #readPlugin(plugin: string, { value, path }: Given): void {
    if (!isPlainObject(value)) {
      this.#readSwitch(plugin, { value, path }, ', or options in braces { }');
      return;
    }
    this.section.setBraces(plugin, { path });
    const renamed = this.#context.keys.renamedOptions(plugin);
    const options = new BracesReader(plugin, renamed, this.section, this.#faults);
    for (const key of Object.keys(value)) {
      const given = { value: value[key], path: [...path, key] };
      if (key === 'enabled') this.#readSwitch(plugin, given);
      else options.read([key], [key], given);
    }
  }

  #readSwitch(plugin: string, { value, path }: Given, alternative = ''): void {
    const on = parseSwitch(value);
    if (on !== undefined) {
      this.section.setSwitch(plugin, on, { path });
      return;
    }
    const hint = typeof value === 'string' ? didYouMean(value, SWITCH_WORDS) : '';
    const shown = showValue(this.#faults.template({ path })?.text ?? value);
    const message = `${shown} is not a switch; it must be "enable" or "disable"${alternative}${hint}`;
    this.#faults.add({ path }, 'value', message);
  }

  #reportUnknown(key: string, path: ConfigPath): void {
    const { keys, incomplete, faults } = this.#context;
    if (faults.full) return faults.countUntold();
    const message = explainUnknownKey(key, this.#level, keys);
    const known = keys.names(this.#level).sort().join(', ');
    if (message !== undefined) faults.add({ path }, 'key', message);
    else if (!incomplete) faults.add({ path }, 'key', `unknown key; known are ${known}`);
  }

  #warnOfClassics(): void {
    for (const { entry, value, path } of this.#classics.values()) {
      // One warning for each feature: the switch gets it.
      const hasSwitch = entry.switch !== undefined && this.#classics.has(entry.switch);
      if (hasSwitch || (entry.instead === undefined && !asksForSomething(value))) continue;
      const reason = entry.instead ?? `this build has no ${entry.feature}`;
      this.#faults.warn({ path }, `${reason}; the key has no effect`);
    }
  }
}
