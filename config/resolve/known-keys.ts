// Every key that a config may hold at its root and in an entry of servers[], with its meaning. Letter case does not matter.
import { APP_OPTIONS_SCHEMA, SERVER_OPTIONS_SCHEMA } from '../../core/options/options.ts';
import type { PluginDefinition } from '../../core/plugin/plugin.ts';
import { CLASSIC_KEYS } from '../classic/classic-keys.ts';
import type { ClassicKey } from '../classic/classic-keys.ts';
import { RenamedOptions } from '../options/renamed-options.ts';
import { propertyNames } from '../options/schema.ts';

/** The option that an alias stands for. */
export interface AliasTarget {
  readonly plugin: string;
  readonly option: readonly string[];
}

export type KeyMeaning =
  | { readonly kind: 'structure'; readonly name: 'servers' | 'plugins' | 'servername' | '$schema' }
  | { readonly kind: 'core'; readonly name: string; readonly level: 'server' | 'app' }
  | { readonly kind: 'plugin'; readonly name: string }
  | {
      readonly kind: 'alias';
      readonly name: string;
      /** The plugin that owns the alias comes first; others share it. */
      readonly targets: readonly [AliasTarget, ...AliasTarget[]];
    }
  | { readonly kind: 'classic'; readonly name: string; readonly entry: ClassicKey };

export type SectionLevel = 'root' | 'entry';

/** A key that two definitions want. */
export interface KeyClash {
  /** The plugin that does not get it. */
  readonly definition: PluginDefinition;
  readonly message: string;
}

const ROOT_ONLY = new Set(['servers', 'plugins', '$schema']);

/** The keys that are valid with a list of plugins. */
export class KnownKeys {
  readonly #meanings = new Map<string, KeyMeaning>();
  readonly clashes: KeyClash[] = [];
  /** The definitions without those whose name is taken. */
  readonly definitions: readonly PluginDefinition[];
  readonly #renamed: ReadonlyMap<string, RenamedOptions>;

  /** If two definitions want the same key, the first one gets it; `clashes` has the others. */
  constructor(definitions: readonly PluginDefinition[]) {
    for (const name of ['servers', 'plugins', 'servername', '$schema'] as const)
      this.#meanings.set(name.toLowerCase(), { kind: 'structure', name });
    for (const name of propertyNames(SERVER_OPTIONS_SCHEMA)) this.#addCore(name, 'server');
    for (const name of propertyNames(APP_OPTIONS_SCHEMA)) this.#addCore(name, 'app');
    this.definitions = definitions.filter((definition) => this.#addName(definition));
    for (const definition of this.definitions) this.#addAliases(definition);
    for (const definition of this.definitions) this.#shareAliases(definition);
    this.#renamed = new Map(
      this.definitions.map(({ name, renamedOptions }) => [name, new RenamedOptions(renamedOptions)]),
    );
    for (const entry of CLASSIC_KEYS)
      if (!this.#meanings.has(entry.key.toLowerCase()))
        this.#meanings.set(entry.key.toLowerCase(), { kind: 'classic', name: entry.key, entry });
  }

  /** The meaning of `key`. Undefined when it is unknown or belongs to the other level. */
  find(key: string, level: SectionLevel): KeyMeaning | undefined {
    const meaning = this.#meanings.get(key.toLowerCase());
    return meaning !== undefined && isOfLevel(meaning, level) ? meaning : undefined;
  }

  /** The canonical spellings that are valid at a level. */
  names(level: SectionLevel): string[] {
    return [...this.#meanings.values()]
      .filter((meaning) => isOfLevel(meaning, level))
      .map(({ name }) => name);
  }

  renamedOptions(plugin: string): RenamedOptions {
    return this.#renamed.get(plugin) ?? new RenamedOptions();
  }

  #addCore(name: string, level: 'server' | 'app'): void {
    this.#meanings.set(name.toLowerCase(), { kind: 'core', name, level });
  }

  #addName(definition: PluginDefinition): boolean {
    const { name } = definition;
    const owner = this.#meanings.get(name.toLowerCase());
    if (owner === undefined) this.#meanings.set(name.toLowerCase(), { kind: 'plugin', name });
    else
      this.clashes.push({
        definition,
        message: `the plugin name "${name}" is taken: ${ownerInWords(owner)}`,
      });
    return owner === undefined;
  }

  #addAliases(definition: PluginDefinition): void {
    const { name: plugin, aliases = {} } = definition;
    for (const [name, target] of Object.entries(aliases)) {
      const owner = this.#meanings.get(name.toLowerCase());
      if (owner === undefined) this.#setAlias(name, { plugin, option: target.split('.') });
      else
        this.clashes.push({
          definition,
          message: `the alias "${name}" of plugin "${plugin}" is taken: ${ownerInWords(owner)}`,
        });
    }
  }

  #shareAliases(definition: PluginDefinition): void {
    const { name: plugin, sharedAliases = {} } = definition;
    for (const [name, target] of Object.entries(sharedAliases)) {
      const owner = this.#meanings.get(name.toLowerCase());
      if (owner === undefined || owner.kind === 'alias')
        this.#setAlias(name, { plugin, option: target.split('.') }, owner?.targets);
      else
        this.clashes.push({
          definition,
          message: `the alias "${name}" of plugin "${plugin}" is taken: ${ownerInWords(owner)}`,
        });
    }
  }

  #setAlias(name: string, target: AliasTarget, present: readonly AliasTarget[] = []): void {
    const [first, ...rest] = [...present, target];
    this.#meanings.set(name.toLowerCase(), { kind: 'alias', name, targets: [first ?? target, ...rest] });
  }
}

function isOfLevel(meaning: KeyMeaning, level: SectionLevel): boolean {
  switch (meaning.kind) {
    case 'structure':
      return (level === 'root') === ROOT_ONLY.has(meaning.name);
    case 'core':
      return level === 'root' || meaning.level === 'app';
    case 'classic':
      return meaning.entry.level === 'both' || meaning.entry.level === level;
    default:
      return true;
  }
}

function ownerInWords(owner: KeyMeaning): string {
  if (owner.kind === 'plugin') return 'another plugin has it';
  if (owner.kind === 'alias') return `plugin "${owner.targets[0].plugin}" has it as an alias`;
  return `"${owner.name}" is a key of the server itself`;
}
