// Follows files by content, however they are saved: in place, by rename, by a symlink swap, by unlink and create.
//
// This room tells that a file has changed. It does not know what is in the files, nor what a change leads to.
import { createHash } from 'node:crypto';
import { readFileSync, statSync, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { resolutionSteps } from './symlinks.ts';
import { identityOf, WatchedDirectory } from './watched-directory.ts';

export interface WatchSettings {
  /** Look at intervals, for mounts on which the system reports nothing. */
  readonly poll: boolean;
  /** A file is read when it has not been written for this long. */
  readonly settleMs: number;
  /** Time between two looks when polling, and while a file is missing. */
  readonly pollMs?: number;
}

/** Called once for each save, however many of the files it touched. `file` is the path that was asked for. */
export type ChangeListener = (event: 'changed' | 'vanished', file: string) => void;

const DEFAULT_POLL_MS = 1000;
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Starts at once: content that differs from that at the time of the call is a change. A save that leaves the content as
 * it was is not. A file that vanishes is reported once, and as changed if it comes back with other content.
 */
export function watchFiles(
  files: readonly string[],
  settings: WatchSettings,
  onChange: ChangeListener,
): FileWatch {
  return new FileWatch(files, settings, onChange);
}

interface WatchedFile {
  /** Identifies the last content seen. Undefined if there has been none. */
  digest: string | undefined;
  present: boolean;
  /** The content that a poll saw last. It becomes the file's content if the next look sees it too. */
  pending: string | undefined;
}

/** Made by `watchFiles`. */
export class FileWatch {
  readonly #settings: WatchSettings;
  readonly #onChange: ChangeListener;
  readonly #files = new Map<string, WatchedFile>();
  readonly #directories = new Map<string, WatchedDirectory>();
  #settling: NodeJS.Timeout | undefined;
  #polling: NodeJS.Timeout | undefined;
  /** The system cannot watch something, e.g. because its watches are used up. */
  #blind = false;
  /** Too many files were open to look at one of them. */
  #unknown = false;
  #looking = false;
  #lookAgain = false;
  #closed = false;

  constructor(files: readonly string[], settings: WatchSettings, onChange: ChangeListener) {
    this.#settings = settings;
    this.#onChange = onChange;
    this.update(files);
  }

  /** Follows these files from now on, and no others. Files that were followed before keep their state. */
  update(files: readonly string[]): void {
    const wanted = new Set(files.map((file) => resolve(file)));
    for (const file of this.#files.keys()) if (!wanted.has(file)) this.#files.delete(file);
    for (const file of wanted) {
      if (this.#files.has(file)) continue;
      const digest = digestNow(file);
      this.#files.set(file, { digest, present: digest !== undefined, pending: undefined });
    }
    this.#watchDirectories();
  }

  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#settling);
    clearTimeout(this.#polling);
    const closed = [...this.#directories.values()].map((directory) => directory.close());
    this.#directories.clear();
    this.#files.clear();
    return Promise.all(closed).then(() => undefined);
  }

  /** A directory for each step by which a path finds its file: an event on any of them may change the content. */
  #watchDirectories(): void {
    const wanted = new Map<string, Set<string>>();
    for (const file of this.#files.keys())
      for (const step of resolutionSteps(file)) {
        const names = wanted.get(dirname(step)) ?? new Set();
        wanted.set(dirname(step), names.add(basename(step)));
      }
    this.#blind = false;
    for (const [path, directory] of this.#directories) {
      // Another directory may be at the same path by now. This watcher would get no more events.
      if (wanted.has(path) && directory.identity === identityOf(path)) continue;
      this.#directories.delete(path);
      void directory.close();
    }
    for (const [path, names] of wanted) this.#watchDirectory(path, names);
    this.#poll();
  }

  #watchDirectory(path: string, names: ReadonlySet<string>): void {
    const present = this.#directories.get(path);
    if (present?.covers(names) === true) {
      // What the system had too little of may be free again.
      present.retry();
      this.#blind ||= present.blind;
      return;
    }
    void present?.close();
    const directory = new WatchedDirectory(path, names, {
      interval: this.#settings.poll ? (this.#settings.pollMs ?? DEFAULT_POLL_MS) : undefined,
      onWrite: () => this.#settle(),
      onNotice: () => this.#notice(),
      onBlind: () => {
        this.#blind = true;
        this.#poll();
      },
    });
    this.#directories.set(path, directory);
  }

  /** Something may have happened: schedules a look, unless one is scheduled already. */
  #notice(): void {
    if (this.#settling === undefined) this.#settle();
  }

  #settle(): void {
    if (this.#closed) return;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#settling = undefined;
      this.#startLook();
    }, this.#settings.settleMs);
  }

  /**
   * Files are read at intervals where watching fails, where times and sizes are polled (Node's first look at them is
   * asynchronous, and what has changed before it is never reported), and while one of them is missing
   * or cannot be looked at.
   */
  #poll(): void {
    clearTimeout(this.#polling);
    const missing = [...this.#files.values()].some(({ present }) => !present);
    if (this.#closed || !(this.#polled || this.#unknown || missing)) return;
    this.#polling = setTimeout(() => this.#startLook(), this.#settings.pollMs ?? DEFAULT_POLL_MS);
    this.#polling.unref();
  }

  #startLook(): void {
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = true;
    void this.#look().finally(() => {
      this.#looking = false;
      if (!this.#closed && this.#lookAgain) this.#startLook();
      this.#lookAgain = false;
    });
  }

  async #look(): Promise<void> {
    this.#unknown = false;
    const changed: string[] = [];
    const vanished: string[] = [];
    for (const [file, state] of this.#files) {
      const digest = await digestOf(file);
      if (digest === UNKNOWN) {
        this.#unknown = true;
        continue;
      }
      // Closed, or no longer followed, while the file was read.
      if (this.#files.get(file) !== state || !this.#isSettled(state, digest)) continue;
      if (digest === undefined && state.present) vanished.push(file);
      if (digest !== undefined && digest !== state.digest) changed.push(file);
      state.present = digest !== undefined;
      state.digest = digest ?? state.digest;
    }
    if (this.#closed) return;
    this.#watchDirectories();
    if (vanished.length > 0) this.#onChange('vanished', vanished.join(', '));
    if (changed.length > 0) this.#onChange('changed', changed.join(', '));
  }

  /** Whether no events come for some of the files. */
  get #polled(): boolean {
    return this.#blind || [...this.#directories.values()].some((directory) => directory.polled);
  }

  /** Events say when a file is being written. A poll must see the same content twice to know that writing has ended. */
  #isSettled(state: WatchedFile, digest: string | undefined): boolean {
    if (state.present && !this.#polled) return true;
    const current = state.present ? state.digest : undefined;
    if (digest === current) {
      state.pending = undefined;
      return true;
    }
    const seen = digest ?? 'missing';
    if (state.pending === seen) {
      state.pending = undefined;
      return true;
    }
    state.pending = seen;
    this.#settle();
    return false;
  }
}

function digestNow(file: string): string | undefined {
  try {
    const stats = statSync(file);
    return isReadable(stats) ? sha256(readFileSync(file)) : unreadable(stats);
  } catch {
    return undefined;
  }
}

/** Too many files are open to tell. */
const UNKNOWN = Symbol('unknown');

/** Undefined if there is no such file. */
async function digestOf(file: string): Promise<string | typeof UNKNOWN | undefined> {
  try {
    const stats = await stat(file);
    return isReadable(stats) ? sha256(await readFile(file)) : unreadable(stats);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EMFILE' || code === 'ENFILE' ? UNKNOWN : undefined;
  }
}

/** Reading a pipe would wait for its writer, and a huge file is no config, certificate or plugin. */
function isReadable(stats: Stats): boolean {
  return stats.isFile() && stats.size <= MAX_BYTES;
}

function unreadable({ mode, size, mtimeMs }: Stats): string {
  return `unreadable ${mode} ${size} ${mtimeMs}`;
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
