// The finished recordings of some directories, kept in step with them. Only what stands here is ever served.
import { lstat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { messageOf, type Logger } from 'livego';
import { isSameFile, listFiles } from 'livego/files';
import type { Md5Sums } from './md5-sums.ts';
import { readRecording } from './read-recording.ts';
import { keyOf, type Recording, type RecordingKind } from './recording.ts';

/** Beyond so many recordings, those found later are not served. */
const MAX_RECORDINGS = 100_000;
/** Files that cannot be read are named once, as long as there are no more than this. */
const MAX_WARNED = 1000;

export interface Listing {
  readonly app?: string | undefined;
  readonly name?: string | undefined;
  readonly kind?: RecordingKind | undefined;
  /** Those that ended before then, in milliseconds of the wall clock. Default: all. */
  readonly endedBefore?: number | undefined;
  /** Applications whose recordings may be listed. Default: all. */
  readonly shows?: (app: string) => boolean;
  /** Those that come before, which are left out. Default: 0. */
  readonly offset?: number;
  readonly most: number;
}

/** What is known of recordings, for another list of them. */
export type KnownRecordings = readonly (readonly [Recording, md5: string | undefined])[];

export class Recordings {
  readonly #roots: readonly string[];
  readonly #log: Logger;
  readonly #md5: Md5Sums | undefined;
  /** By APP/FILE. */
  readonly #known = new Map<string, Recording>();
  /** The newest first; undefined since the last change. */
  #sorted: readonly Recording[] | undefined;
  #bytes = 0;
  #scanning: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  readonly #warned = new Set<string>();

  constructor(directories: readonly string[], log: Logger, md5: Md5Sums | undefined) {
    this.#roots = directories.map((directory) => resolve(directory));
    this.#log = log;
    this.#md5 = md5;
  }

  get size(): number {
    return this.#known.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The newest first. */
  list({ app, name, kind, endedBefore, shows, offset = 0, most }: Listing): {
    readonly found: readonly Recording[];
    readonly total: number;
  } {
    this.#sorted ??= [...this.#known.values()].toSorted(
      (one, other) => other.startedAt.getTime() - one.startedAt.getTime(),
    );
    const shown = new Map<string, boolean>();
    const isShown = (each: string): boolean => {
      const known = shown.get(each) ?? (shows === undefined || shows(each));
      shown.set(each, known);
      return known;
    };
    const fits = (each: Recording): boolean =>
      (app === undefined || each.app === app) &&
      (name === undefined || each.name === name) &&
      (kind === undefined || each.kind === kind) &&
      (endedBefore === undefined || each.endedAt.getTime() < endedBefore) &&
      isShown(each.app);
    const all = this.#sorted.filter(fits);
    return { found: all.slice(offset, offset + most), total: all.length };
  }

  md5Of(recording: Recording): string | undefined {
    return this.#md5?.find(recording);
  }

  /** @param path - APP/FILE */
  find(path: string): Recording | undefined {
    return this.#known.get(path);
  }

  /** @param path - APP/FILE without its extension */
  findByName(path: string): Recording | undefined {
    return this.find(`${path}.flv`) ?? this.find(`${path}.ts`);
  }

  give(): KnownRecordings {
    return [...this.#known.values()].map((each) => [each, this.md5Of(each)]);
  }

  /** Takes over what lies in its directories: none of it is read again, and all of it is served at once. */
  take(known: KnownRecordings): void {
    for (const [recording, md5] of known)
      if (this.#roots.includes(recording.root)) this.#keep(recording, md5);
  }

  /** A file was finished a moment ago. */
  add(path: string, md5?: string): void {
    const root = this.#roots.find((each) => resolve(path).startsWith(each + sep));
    if (root === undefined) return;
    const name = relative(root, resolve(path)).split(sep).join('/');
    readRecording({ path: resolve(path), name }, root)
      .then((recording) => recording && this.#keep(recording, md5))
      .catch((error: unknown) => this.#warn(path, error));
  }

  /** Searches the directories. Calls while it searches lead to one further search. */
  scan(): Promise<void> {
    this.#again = true;
    this.#scanning ??= this.#scanAll().finally(() => (this.#scanning = undefined));
    return this.#scanning;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.#scanning, this.#md5?.stop()]);
  }

  async #scanAll(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      const found = new Set<string>();
      for (const root of this.#roots) {
        try {
          await this.#scanRoot(root, found);
        } catch (error) {
          this.#warn(root, error);
        }
      }
      for (const [key, recording] of this.#known)
        if (!found.has(recording.path)) await this.#forgetIfGone(key, recording);
    }
  }

  async #scanRoot(root: string, found: Set<string>): Promise<void> {
    for await (const file of listFiles(root)) {
      if (this.#stopped) return;
      try {
        if (await this.#look(file, root)) found.add(file.path);
      } catch (error) {
        this.#warn(file.path, error);
      }
    }
  }

  /** Whether the file is a recording. */
  async #look(file: { readonly path: string; readonly name: string }, root: string): Promise<boolean> {
    const known = this.#known.get(file.name);
    if (known && (await isUnchanged(known))) return true;
    const recording = await readRecording(file, root);
    if (recording) this.#keep(recording);
    return recording !== undefined;
  }

  #keep(recording: Recording, md5?: string): void {
    const key = keyOf(recording);
    const present = this.#known.get(key);
    // Of two directories that hold the same name, the first counts.
    const isLater = present && this.#roots.indexOf(present.root) < this.#roots.indexOf(recording.root);
    if (this.#stopped || isLater) return;
    if (!present && this.#known.size >= MAX_RECORDINGS)
      return this.#warn('recordings', new Error(`there are more than ${MAX_RECORDINGS}`));
    this.#bytes += recording.bytes - (present?.bytes ?? 0);
    this.#known.set(key, recording);
    this.#sorted = undefined;
    this.#md5?.add(recording, md5);
  }

  // A file that was added while the directories were searched is there, though the search has not met it.
  async #forgetIfGone(key: string, recording: Recording): Promise<void> {
    if (await isUnchanged(recording)) return;
    // It may be another one by now.
    if (this.#known.get(key) !== recording) return;
    this.#known.delete(key);
    this.#bytes -= recording.bytes;
    this.#sorted = undefined;
    this.#md5?.forget(recording.path);
  }

  #warn(path: string, error: unknown): void {
    if (this.#warned.has(path) || this.#warned.size >= MAX_WARNED) return;
    this.#warned.add(path);
    this.#log.warn(`${path} cannot be read: ${messageOf(error)}`);
  }
}

/** A cheap look. What is served is looked at again when it is read. */
async function isUnchanged(recording: Recording): Promise<boolean> {
  try {
    const { dev, ino, size, mtimeMs } = await lstat(recording.path);
    return isSameFile(recording, { device: dev, inode: ino, bytes: size, modifiedMs: mtimeMs });
  } catch {
    // It is gone.
    return false;
  }
}
