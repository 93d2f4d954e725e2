// The config that a migration writes: keys in the order in which they are set, with comments, and what was left out.

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

  note(line: number | undefined, what: string, reason: string): void {
    this.notes.push({ line, what, reason });
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

  /** @param path - "hls.segmentSeconds" sets a key of the section "hls" */
  set(path: string, value: unknown, comments: readonly string[] = []): void {
    const [key = '', ...rest] = path.split('.');
    const index = this.#entries.findIndex((entry) => entry.key === key);
    const present = this.#entries[index];
    if (rest.length > 0) {
      const section = present?.value instanceof DraftSection ? present.value : new DraftSection();
      section.set(rest.join('.'), value, comments);
      if (present?.value !== section)
        this.#put(index, { key, value: section, comments: present?.comments ?? [] });
    } else {
      this.#put(index, { key, value, comments: [...(present?.comments ?? []), ...comments] });
    }
  }

  /** Adds an item to the list at that path. */
  add(path: string, item: unknown, comments: readonly string[] = []): void {
    const present = this.get(path);
    this.set(path, [...(Array.isArray(present) ? present : []), item], comments);
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
