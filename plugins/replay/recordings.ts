// The finished recordings of some directories, kept in step with them. Only what stands here is ever served.
import * as fileSystem from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { messageOf, type Logger } from 'livego';
import { listFiles } from 'livego/files';
import type { Md5Sums } from './md5-sums.ts';
import { readRecording } from './read-recording.ts';
import type { Recording } from './recording.ts';

export class Recordings {
  readonly #roots: readonly string[];
  readonly #log: Logger;
  readonly #md5: Md5Sums | undefined;
  /** By APP/FILE. */
  #known = new Map<string, Recording>();
  #scanning: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #warned = new Set<string>();

  constructor(directories: readonly string[], log: Logger, md5: Md5Sums | undefined) {
    this.#roots = directories.map((directory) => resolve(directory));
    this.#log = log;
    this.#md5 = md5;
  }

  get size(): number {
    return this.#known.size;
  }

  get bytes(): number {
    let total = 0;
    for (const { bytes } of this.#known.values()) total += bytes;
    return total;
  }

  /** The newest first. */
  list(app?: string, name?: string): Recording[] {
    return [...this.#known.values()]
      .filter((each) => (app === undefined || each.app === app) && (name === undefined || each.name === name))
      .toSorted((one, other) => other.startedAt.getTime() - one.startedAt.getTime());
  }

  md5Of(recording: Recording): string | undefined {
    return this.#md5?.find(recording);
  }

  /** @param path - APP/FILE */
  find(path: string): Recording | undefined {
    return this.#known.get(path);
  }

  /** Opens a recording. Undefined if it is no longer there, or a link leads out of its directory. */
  async open(recording: Recording): Promise<fileSystem.FileHandle | undefined> {
    try {
      const real = await fileSystem.realpath(recording.path);
      const root = await fileSystem.realpath(recording.root);
      if (!real.startsWith(root + sep)) return undefined;
      return await fileSystem.open(real, 'r');
    } catch {
      return undefined;
    }
  }

  /** A file was finished a moment ago. */
  add(path: string): void {
    const root = this.#roots.find((each) => resolve(path).startsWith(each + sep));
    if (root === undefined) return;
    const name = relative(root, resolve(path)).split(sep).join('/');
    readRecording({ path: resolve(path), name }, root)
      .then((recording) => recording && this.#keep(recording))
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
      for (const [key, { path }] of this.#known) if (!found.has(path)) this.#forget(key, path);
    }
  }

  async #scanRoot(root: string, found: Set<string>): Promise<void> {
    for await (const file of listFiles(root)) {
      if (this.#stopped) return;
      found.add(file.path);
      try {
        await this.#look(file, root);
      } catch (error) {
        this.#warn(file.path, error);
      }
    }
  }

  async #look(file: { readonly path: string; readonly name: string }, root: string): Promise<void> {
    const known = this.#known.get(file.name);
    if (known) {
      const { size, mtimeMs } = await fileSystem.stat(file.path);
      if (known.bytes === size && known.modifiedMs === mtimeMs) return;
    }
    const recording = await readRecording(file, root);
    if (recording) this.#keep(recording);
  }

  #keep(recording: Recording): void {
    if (this.#stopped) return;
    this.#known.set(`${recording.app}/${recording.file}`, recording);
    this.#md5?.add(recording);
  }

  // A file that was added while the directories were searched is there, though the search has not met it.
  #forget(key: string, path: string): void {
    fileSystem.access(path).catch(() => this.#known.delete(key));
  }

  #warn(path: string, error: unknown): void {
    if (this.#warned.has(path)) return;
    this.#warned.add(path);
    this.#log.warn(`${path} cannot be read: ${messageOf(error)}`);
  }
}
