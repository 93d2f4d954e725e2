// One section of a config, the root or an entry of servers[], with each value under its canonical name.
import type { FaultList, Origin } from '../text/fault-list.ts';
import { pathKey } from '../text/path.ts';
import type { ConfigPath } from '../text/path.ts';
import { defineKey, isPlainObject, lookUp, putAt } from '../text/plain-object.ts';
import type { PlainObject } from '../text/plain-object.ts';
import type { KeyMeaning } from './known-keys.ts';

/** The settings of one plugin in one section. */
export interface GivenSetting {
  /** The switch, if it was given. Options in braces switch the plugin on unless it says off. */
  enabled: boolean | undefined;
  /** It has its own key with options in braces. */
  inBraces: boolean;
  readonly options: PlainObject;
}

/** An entry of servers[] with its name. */
export interface EntrySection {
  /** Empty when the config gives none that can be used, which is a fault. */
  readonly servername: string;
  /** The place where the name was written. */
  readonly nameOrigin: Origin;
  readonly section: Section;
}

export interface Sections {
  readonly root: Section;
  readonly entries: readonly EntrySection[];
}

/** Values by canonical path (`['hls', 'port']`), and the place where each was written (`hlsport`). */
export class Section {
  readonly path: ConfigPath;
  readonly core: PlainObject = {};
  readonly plugins = new Map<string, GivenSetting>();
  readonly #origins = new Map<string, Origin>();
  readonly #faults: FaultList;

  constructor(path: ConfigPath, faults: FaultList) {
    this.path = path;
    this.#faults = faults;
  }

  /** Whether this section switches the plugin on or off; undefined if it does neither. */
  switchOf(plugin: string): boolean | undefined {
    const setting = this.plugins.get(plugin);
    return setting?.enabled ?? (setting?.inBraces === true ? true : undefined);
  }

  /** The place where the value at a canonical path was written. If it was not: the nearest place around it. */
  originOf(canonical: ConfigPath): Origin {
    const near = this.#origins.get(pathKey([...canonical.slice(0, 1), 'enabled'])) ?? { path: this.path };
    return this.writtenAt(canonical) ?? near;
  }

  /** The place where the value at a canonical path was written, or would stand beside its siblings. */
  writtenAt(canonical: ConfigPath): Origin | undefined {
    for (let length = canonical.length; length > 0; length--) {
      const origin = this.#origins.get(pathKey(canonical.slice(0, length)));
      if (origin === undefined) continue;
      return 'flag' in origin ? origin : { path: [...origin.path, ...canonical.slice(length)] };
    }
    return undefined;
  }

  setCore(name: string, value: unknown, origin: Origin): void {
    if (this.#claim([name], origin)) defineKey(this.core, name, value);
  }

  setSwitch(plugin: string, on: boolean, origin: Origin): void {
    if (this.#claim([plugin, 'enabled'], origin)) this.setting(plugin).enabled = on;
  }

  /** Sets an option. If both the present and the new value are objects, key by key. */
  setOption(plugin: string, option: ConfigPath, value: unknown, origin: Origin): void {
    const { options } = this.setting(plugin);
    const present = lookUp(options, option);
    const canonical = [plugin, ...option];
    if (present.found && isPlainObject(present.value) && isPlainObject(value) && 'path' in origin) {
      for (const key of Object.keys(value))
        this.setOption(plugin, [...option, key], value[key], { path: [...origin.path, key] });
    } else if (present.found) {
      this.#reportTwice(this.originOf(canonical), origin);
    } else if (hasRoomFor(option, options)) {
      putAt(options, option, value);
      this.#origins.set(pathKey(canonical), origin);
    }
  }

  /** Registers the plugin's own key. */
  setBraces(plugin: string, origin: Origin): void {
    if (this.#claim([plugin], origin)) this.setting(plugin).inBraces = true;
  }

  /** Lets a flag of the command override the file. */
  override(meaning: KeyMeaning & { kind: 'core' | 'alias' }, value: unknown, flag: string): void {
    const origin = { flag };
    if (meaning.kind === 'core') {
      defineKey(this.core, meaning.name, value);
      this.#origins.set(pathKey([meaning.name]), origin);
      return;
    }
    for (const { plugin, option } of meaning.targets) {
      putAt(this.setting(plugin).options, option, value);
      this.#origins.set(pathKey([plugin, ...option]), origin);
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
    const where = this.#faults.lineOf(first);
    this.#faults.add(again, 'key', `the same option is already given as ${where}; remove one of the two`);
  }
}

/** False if a value on the way is not an object. The value stays, so that the check finds its fault. */
function hasRoomFor(option: ConfigPath, options: PlainObject): boolean {
  return option.slice(1).every((_, index) => {
    const { found, value } = lookUp(options, option.slice(0, index + 1));
    return !found || isPlainObject(value);
  });
}
