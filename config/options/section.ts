// One section of a config, the root or an entry of servers[], with each key under the name of what it stands for.
import type { FaultList, Origin } from './fault-list.ts';
import type { KeyMeaning, SectionLevel } from './known-keys.ts';
import { defineKey, isPlainObject, lookUp, pathKey, putAt } from '../text/path.ts';
import type { ConfigPath, PlainObject } from '../text/path.ts';

/** What a section says about one plugin. */
export interface GivenSetting {
  /** The switch, where one was given; options in braces switch the plugin on unless it says off. */
  enabled: boolean | undefined;
  /** It has its own key with options in braces. */
  inBraces: boolean;
  readonly options: PlainObject;
}

/** Values by canonical path (`['hls', 'port']`), and where each was written (`hlsport`). */
export class Section {
  readonly level: SectionLevel;
  readonly path: ConfigPath;
  readonly core: PlainObject = {};
  readonly plugins = new Map<string, GivenSetting>();
  readonly #origins = new Map<string, Origin>();
  readonly #faults: FaultList;

  constructor(level: SectionLevel, path: ConfigPath, faults: FaultList) {
    this.level = level;
    this.path = path;
    this.#faults = faults;
  }

  /** Whether the plugin is on as far as this section says. */
  switchOf(plugin: string): boolean | undefined {
    const setting = this.plugins.get(plugin);
    return setting?.enabled ?? (setting?.inBraces === true ? true : undefined);
  }

  /** Where the value at a canonical path was written; for what was not, the nearest place around it. */
  originOf(canonical: ConfigPath): Origin {
    for (let length = canonical.length; length > 0; length--) {
      const origin = this.#origins.get(pathKey(canonical.slice(0, length)));
      if (origin === undefined) continue;
      return 'flag' in origin ? origin : { path: [...origin.path, ...canonical.slice(length)] };
    }
    return this.#origins.get(pathKey([...canonical.slice(0, 1), 'enabled'])) ?? { path: this.path };
  }

  setCore(name: string, value: unknown, origin: Origin): void {
    if (this.#claim([name], origin)) defineKey(this.core, name, value);
  }

  setSwitch(plugin: string, on: boolean, origin: Origin): void {
    if (this.#claim([plugin, 'enabled'], origin)) this.setting(plugin).enabled = on;
  }

  /** Sets an option; where both the old and the new value are objects, key by key. */
  setOption(plugin: string, option: ConfigPath, value: unknown, origin: Origin): void {
    const { options } = this.setting(plugin);
    const present = lookUp(options, option);
    if (present.found && isPlainObject(present.value) && isPlainObject(value) && 'path' in origin) {
      for (const key of Object.keys(value))
        this.setOption(plugin, [...option, key], value[key], { path: [...origin.path, key] });
      return;
    }
    const canonical = [plugin, ...option];
    if (present.found) this.#reportTwice(this.originOf(canonical), origin);
    else {
      putAt(options, option, value);
      this.#origins.set(pathKey(canonical), origin);
    }
  }

  /** Registers the plugin's own key. */
  setBraces(plugin: string, origin: Origin): void {
    if (this.#claim([plugin], origin)) this.setting(plugin).inBraces = true;
  }

  /** Lays a flag of the command over whatever the file says. */
  override(meaning: KeyMeaning & { kind: 'core' | 'alias' }, value: unknown, flag: string): void {
    const origin = { flag };
    if (meaning.kind === 'core') {
      defineKey(this.core, meaning.name, value);
      this.#origins.set(pathKey([meaning.name]), origin);
    } else {
      putAt(this.setting(meaning.plugin).options, meaning.option, value);
      this.#origins.set(pathKey([meaning.plugin, ...meaning.option]), origin);
    }
  }

  setting(plugin: string): GivenSetting {
    const present = this.plugins.get(plugin);
    if (present !== undefined) return present;
    const setting: GivenSetting = { enabled: undefined, inBraces: false, options: {} };
    this.plugins.set(plugin, setting);
    return setting;
  }

  #claim(canonical: ConfigPath, origin: Origin): boolean {
    const first = this.#origins.get(pathKey(canonical));
    if (first === undefined) this.#origins.set(pathKey(canonical), origin);
    else this.#reportTwice(first, origin);
    return first === undefined;
  }

  #reportTwice(first: Origin, again: Origin): void {
    this.#faults.add(
      again,
      'key',
      `the same option is already given as ${this.#faults.lineOf(first)}; remove one of the two`,
    );
  }
}
