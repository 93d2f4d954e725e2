// The config that a migration writes: keys in the order in which they are set, with comments, and what was left out.
import { isDeepStrictEqual } from 'node:util';

export interface Note {
  readonly line: number | undefined;
  /** What stands in that line, without values that may be secret. */
  readonly what: string;
  /** Why it has no counterpart, or how the counterpart differs. */
  readonly reason: string;
}

export interface DraftEntry {
  readonly key: string;
  readonly comments: readonly string[];
  /** A section, or a value as JSON has it. */
  readonly value: unknown;
}

export class Draft {
  /** Comments on the whole. */
  readonly header: string[] = [];
  readonly root = new DraftSection();
  readonly notes: Note[] = [];
  readonly servers: DraftSection[] = [];

  /** A line that several applications inherit is listed once. */
  note(line: number | undefined, what: string, reason: string): void {
    const isListed = this.notes.some(
      (note) => note.line === line && note.what === what && note.reason === reason,
    );
    if (!isListed) this.notes.push({ line, what, reason });
  }

  /** The entry of `servers` with that name; a new one if there is none. */
  server(name: string, comments: readonly string[] = []): DraftSection {
    const present = this.servers.find((server) => server.get('servername') === name);
    if (present) return present;
    const server = new DraftSection();
    server.set('servername', name, comments);
    this.servers.push(server);
    return server;
  }
}

export class DraftSection {
  readonly #entries: DraftEntry[] = [];

  get entries(): readonly DraftEntry[] {
    return this.#entries;
  }

  /**
   * A switch ("enable", "disable") and options of one plugin may come in any order: together they are a section with
   * `enabled`.
   *
   * @param path - "hls.segmentSeconds" sets a key of the section "hls"
   */
  set(path: string, value: unknown, comments: readonly string[] = []): void {
    const [key = '', ...rest] = path.split('.');
    const index = this.#entries.findIndex((entry) => entry.key === key);
    const present = this.#entries[index];
    const all = [...(present?.comments ?? []), ...comments];
    if (rest.length > 0) {
      const section = sectionOf(present?.value);
      section.set(rest.join('.'), value, comments);
      if (present?.value !== section)
        this.#put(index, { key, value: section, comments: present?.comments ?? [] });
    } else if (present?.value instanceof DraftSection && isSwitch(value)) {
      present.value.set('enabled', value === 'enable');
      this.#put(index, { ...present, comments: all });
    } else {
      this.#put(index, { key, value, comments: all });
    }
  }

  /** Adds an item to the list at that path, once. */
  add(path: string, item: unknown, comments: readonly string[] = []): void {
    const present = this.get(path);
    const items: readonly unknown[] = Array.isArray(present) ? present : [];
    if (!items.some((each) => isDeepStrictEqual(each, item))) this.set(path, [...items, item], comments);
  }

  get(path: string): unknown {
    const [key = '', ...rest] = path.split('.');
    const value = this.#entries.find((entry) => entry.key === key)?.value;
    if (rest.length === 0) return value;
    return value instanceof DraftSection ? value.get(rest.join('.')) : undefined;
  }

  /** Removes a key and returns what it had. */
  take(key: string): DraftEntry | undefined {
    const index = this.#entries.findIndex((entry) => entry.key === key);
    return index < 0 ? undefined : this.#entries.splice(index, 1)[0];
  }

  #put(index: number, entry: DraftEntry): void {
    if (index < 0) this.#entries.push(entry);
    else this.#entries[index] = entry;
  }
}

/** One source is an address; several, which are tried in turn, are a list. */
export function addOnDemand(section: DraftSection, address: string, comments: readonly string[] = []): void {
  const present = section.get('relay.onDemand');
  const all = present === undefined ? [] : [present].flat();
  if (!all.includes(address))
    section.set('relay.onDemand', all.length === 0 ? address : [...all, address], comments);
}

function isSwitch(value: unknown): value is 'enable' | 'disable' {
  return value === 'enable' || value === 'disable';
}

/** The section that a value is; a new one, switched as the value says, if it is none. */
function sectionOf(value: unknown): DraftSection {
  if (value instanceof DraftSection) return value;
  const section = new DraftSection();
  if (isSwitch(value)) section.set('enabled', value === 'enable');
  return section;
}
