// One directory, watched by chokidar for a few names in it and for its own removal.
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { watch } from 'chokidar';
import type { FSWatcher } from 'chokidar';

export interface DirectoryEvents {
  /** Milliseconds between two looks at times and sizes. Undefined: the system reports changes. */
  readonly interval: number | undefined;
  /** One of the names is being written, created, replaced or removed. */
  onWrite(): void;
  /** Something has happened, perhaps to one of the names, perhaps some time ago. */
  onNotice(): void;
  /** The directory cannot be watched, e.g. because the system's watches are used up. */
  onBlind(): void;
}

/**
 * chokidar reads the whole directory after each event in it. While a log in it is written with a thousand lines a second,
 * that takes most of a core. A directory with more events than this is looked at at intervals instead.
 */
const BUSY_EVENTS_PER_SECOND = 20;
const BUSY_INTERVAL_MS = 500;

/** Tells the directory at a path from another one that takes its place. Undefined if there is none. */
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
  /** The watcher has been set up, or could not be. */
  #isSetUp = false;
  #second = 0;
  #others = 0;

  /** @param names - entries of the directory to watch; other entries are ignored */
  constructor(path: string, names: ReadonlySet<string>, events: DirectoryEvents) {
    this.#path = path;
    this.#names = names;
    this.#events = events;
    this.#interval = events.interval;
    this.identity = identityOf(path);
    this.#watcher = this.#watch();
  }

  /** Whether the system reports nothing of it at present. */
  get blind(): boolean {
    return this.#blind;
  }

  /** Whether it is looked at at intervals: events come late, and may come in the middle of a write. */
  get polled(): boolean {
    return this.#interval !== undefined;
  }

  covers(names: ReadonlySet<string>): boolean {
    return [...names].every((name) => this.#names.has(name));
  }

  /** Tries again to watch it if that has failed. It stays blind until that has succeeded. */
  retry(): void {
    if (this.#blind && this.#isSetUp) this.#watchAnew();
  }

  close(): Promise<void> {
    return this.#watcher.close();
  }

  #watchAnew(): void {
    void this.#watcher.close();
    this.#watcher = this.#watch();
  }

  #watch(): FSWatcher {
    this.#isSetUp = false;
    let failed = false;
    const watcher = watch(this.#path, {
      depth: 0,
      ignored: (each) => each !== this.#path && !this.#names.has(basename(each)),
      ignoreInitial: true,
      // Each link on the way to a file is watched in its own directory. Following it would watch its target twice.
      followSymlinks: false,
      // This option would hide names that end in "~" or in ".swp".
      atomic: false,
      usePolling: this.#interval !== undefined,
      interval: this.#interval ?? 0,
      binaryInterval: this.#interval ?? 0,
    });
    watcher.on('ready', () => {
      this.#isSetUp = true;
      if (failed) return;
      this.#blind = false;
      // Changes before the watch was set up have raised no event.
      this.#events.onNotice();
    });
    watcher.on('all', () => this.#events.onNotice());
    // chokidar's own events are throttled, and late while it reads the directory. The system's come at once.
    watcher.on('raw', (_event, name, details: unknown) => this.#raw(name, details));
    watcher.on('error', () => {
      failed = true;
      this.#blind = true;
      this.#events.onBlind();
    });
    return watcher;
  }

  /** @param name - an entry of the directory, or the directory itself; when polling, a whole path */
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
      this.#countOther();
    }
  }

  #countOther(): void {
    const second = Math.floor(performance.now() / 1000);
    this.#others = second === this.#second ? this.#others + 1 : 1;
    this.#second = second;
    if (this.#others <= BUSY_EVENTS_PER_SECOND || this.#interval !== undefined) return;
    this.#interval = BUSY_INTERVAL_MS;
    this.#watchAnew();
  }
}
