// One directory as chokidar watches it: only the names that matter, and the end of the directory itself.
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { watch } from 'chokidar';
import type { FSWatcher } from 'chokidar';

export interface DirectoryEvents {
  /** Milliseconds between two looks at times and sizes; undefined: the system reports. */
  readonly interval: number | undefined;
  /** One of the names is being written, put in place or taken away. */
  onWrite(): void;
  /** Something has happened, perhaps to one of the names, perhaps some time ago. */
  onNotice(): void;
  /** The directory cannot be watched, e.g. because the system's watches are used up. */
  onBlind(): void;
}

/**
 * chokidar reads the whole directory after any event in it, again and again while a log in it is written: with a
 * thousand lines a second that is most of a core. A directory with more events than this is looked at in intervals.
 */
const BUSY_EVENTS_PER_SECOND = 20;
const BUSY_INTERVAL_MS = 500;

/** What stands at a path: another directory at the same path is another one. Undefined if there is none. */
export function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

export class WatchedDirectory {
  readonly identity: string | undefined;
  readonly #path: string;
  readonly #names: ReadonlySet<string>;
  readonly #events: DirectoryEvents;
  #watcher: FSWatcher;
  #interval: number | undefined;
  #blind = false;
  #second = 0;
  #foreign = 0;

  /** @param names - in the directory; anything else in it may be written all day without being noticed. */
  constructor(path: string, names: ReadonlySet<string>, events: DirectoryEvents) {
    this.#path = path;
    this.#names = names;
    this.#events = events;
    this.#interval = events.interval;
    this.identity = identityOf(path);
    this.#watcher = this.#watch();
  }

  get blind(): boolean {
    return this.#blind;
  }

  /** Events come late, and may come in the middle of a write. */
  get polled(): boolean {
    return this.#interval !== undefined;
  }

  covers(names: ReadonlySet<string>): boolean {
    return [...names].every((name) => this.#names.has(name));
  }

  close(): Promise<void> {
    return this.#watcher.close();
  }

  #watch(): FSWatcher {
    const watcher = watch(this.#path, {
      depth: 0,
      ignored: (each) => each !== this.#path && !this.#names.has(basename(each)),
      ignoreInitial: true,
      // The steps of a path are watched where they stand; following links would watch their ends twice.
      followSymlinks: false,
      // It would hide names that end in "~" or in ".swp".
      atomic: false,
      usePolling: this.#interval !== undefined,
      interval: this.#interval ?? 0,
      binaryInterval: this.#interval ?? 0,
    });
    // What happened before the watch was set up has raised no event.
    watcher.on('ready', () => this.#events.onNotice());
    watcher.on('all', () => this.#events.onNotice());
    // chokidar's own events lag behind while it reads the directory, and are throttled: the system's come at once.
    watcher.on('raw', (_event, name, details: unknown) => this.#raw(name, details));
    watcher.on('error', () => {
      this.#blind = true;
      this.#events.onBlind();
    });
    return watcher;
  }

  // `name` is an entry of the directory, or the directory itself, as the system tells it; when polling, a whole path.
  #raw(name: string | null, details: unknown): void {
    const watched = (details as { readonly watchedPath?: string } | undefined)?.watchedPath;
    if (watched === undefined) {
      if (name === this.#path) this.#events.onNotice();
      else this.#events.onWrite();
    } else if (watched !== this.#path || name === null || this.#names.has(basename(name))) {
      this.#events.onWrite();
    } else if (name === basename(this.#path)) {
      this.#events.onNotice();
    } else {
      this.#countForeign();
    }
  }

  #countForeign(): void {
    const second = Math.floor(performance.now() / 1000);
    this.#foreign = second === this.#second ? this.#foreign + 1 : 1;
    this.#second = second;
    if (this.#foreign <= BUSY_EVENTS_PER_SECOND || this.#interval !== undefined) return;
    this.#interval = BUSY_INTERVAL_MS;
    void this.#watcher.close();
    this.#watcher = this.#watch();
  }
}
