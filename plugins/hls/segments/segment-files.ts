// A stream's playlist and segments in a directory, where another web server can find them. The stream continues, whatever
// the disk does.
import { join } from 'node:path';
import type { Logger } from 'livego';
import { writeWhole, type ClaimedFolders, type Disk, type FolderQueues } from 'livego/files';
import type { WindowResumption } from 'livego/media';
import { parseResumption, readPlaylist, readSegments } from './earlier-files.ts';
import type { HandedWindow } from './handed-window.ts';

/**
 * Beside their duration, the files of a stream that has ended stay this long: players fetch the tail, and publishers continue
 * the numbers.
 */
export const TAIL_MS = 30_000;
/** Operations that may wait for a slow disk; segments beyond that are not written. */
const MAX_PENDING = 64;

/** The means that all files of a server share. */
export interface FileSystemAccess {
  readonly queues: FolderQueues;
  readonly folders: ClaimedFolders;
  readonly disk: Disk;
  /** Whether no other worker has a folder that some file systems take for this one. Default: there is no other worker. */
  mayUse?: (folder: string) => Promise<boolean>;
  /** Called for each operation that has failed. */
  onFailure(): void;
}

const USABLE = Promise.resolve(true);

const SEGMENT = /^(\d{1,15})\.ts$/;
/** A file of `writeWhole` that a crash kept from being renamed. */
const SEGMENT_DRAFT = /^\.\d{1,15}\.ts\.[0-9a-f]{8}$/;

/** Where the segments of a stream are, which others must not have meanwhile. */
export function folderOf(path: string, key: string): string {
  return join(path, ...key.split('/'));
}

export class SegmentFiles {
  readonly #playlist: string;
  readonly #folder: string;
  readonly #log: Logger;
  readonly #access: FileSystemAccess;
  /** Settles before the first operation. */
  readonly usable: Promise<boolean>;
  #pending = 0;
  #failing = false;

  /** Files are PATH/APP/NAME.m3u8 and PATH/APP/NAME/NUMBER.ts, as in the URLs. The folder has been claimed. */
  constructor(path: string, key: string, log: Logger, access: FileSystemAccess) {
    this.#folder = folderOf(path, key);
    this.#playlist = `${this.#folder}.m3u8`;
    this.#log = log;
    this.#access = access;
    this.usable = access.mayUse?.(this.#folder) ?? USABLE;
  }

  /** Where its segments are. */
  get folder(): string {
    return this.#folder;
  }

  /** Operations that the disk has yet to do. */
  get pendingOperations(): number {
    return this.#pending;
  }

  fileOf(sequence: number): string {
    return join(this.#folder, `${sequence}.ts`);
  }

  /** Resolves to whether the segment is a complete file now. */
  writeSegment(sequence: number, bytes: Buffer): Promise<boolean> {
    const written = this.#enqueue((disk) => writeWhole(disk, this.fileOf(sequence), bytes));
    return written.then((done) => {
      if (done) this.#failing = false;
      return done;
    });
  }

  writePlaylist(text: string): Promise<boolean> {
    return this.#enqueue((disk) => writeWhole(disk, this.#playlist, Buffer.from(text)));
  }

  remove(sequences: readonly number[]): Promise<boolean> {
    return this.#enqueue(async (disk) => {
      for (const sequence of sequences) await disk.rm(this.fileOf(sequence), { force: true });
    });
  }

  /** Removes the playlist, its segments and, unless others put files there, their directory. */
  removeAll(isOurs: (sequence: number) => boolean = () => true): Promise<boolean> {
    return this.#perform(async (disk) => {
      await disk.rm(this.#playlist, { force: true });
      await this.#removeSegments(disk, isOurs);
      // Others may have files there, which is no fault.
      await disk.rmdir(this.#folder).catch(() => {});
    });
  }

  /** Removes segments below a number: those of an earlier run. */
  removeBelow(sequence: number): Promise<boolean> {
    return this.#enqueue((disk) => this.#removeSegments(disk, (each) => each < sequence));
  }

  /**
   * The point at which an earlier run stopped, with its segments if players may still wait for more; undefined if there is
   * none.
   *
   * @param graceMs - how long players wait
   */
  async readEarlier(graceMs: number): Promise<WindowResumption | HandedWindow | undefined> {
    try {
      // Files that are being removed are not continued.
      const { queues, disk } = this.#access;
      return await queues.run(this.#folder, async () => {
        if (!(await this.usable)) return undefined;
        const text = await readPlaylist(disk, this.#playlist);
        if (text === undefined) return undefined;
        const { mtimeMs } = await disk.stat(this.#playlist);
        const isFresh = Date.now() - mtimeMs < graceMs;
        const kept = isFresh ? await readSegments(disk, text, (each) => this.fileOf(each)) : undefined;
        return kept ?? parseResumption(text);
      });
    } catch (error) {
      this.#noteFailure(error);
      return undefined;
    }
  }

  /** Resolves when everything that is pending has been done or has failed. */
  settled(): Promise<void> {
    return this.#access.queues.settled(this.#folder);
  }

  #enqueue(work: (disk: Disk) => Promise<void>): Promise<boolean> {
    if (this.#pending < MAX_PENDING) return this.#perform(work);
    this.#noteFailure(new Error('the disk is too slow'));
    return Promise.resolve(false);
  }

  async #perform(work: (disk: Disk) => Promise<void>): Promise<boolean> {
    const { queues, disk } = this.#access;
    this.#pending++;
    try {
      return await queues.run(this.#folder, async () => {
        if (!(await this.usable)) return false;
        await work(disk);
        return true;
      });
    } catch (error) {
      this.#noteFailure(error);
      return false;
    } finally {
      this.#pending--;
    }
  }

  // Logged once until a segment can be written again: on a full disk a playlist may find room between two of them.
  #noteFailure(error: unknown): void {
    this.#access.onFailure();
    if (this.#failing) return;
    this.#failing = true;
    this.#log.error(
      { err: error, file: this.#playlist },
      'HLS files cannot be written; segments are served from memory in the meantime',
    );
  }

  async #removeSegments(disk: Disk, isUnwanted: (sequence: number) => boolean): Promise<void> {
    const names = await disk.readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    for (const name of names) {
      const sequence = SEGMENT.exec(name)?.[1];
      const unwanted = sequence === undefined ? SEGMENT_DRAFT.test(name) : isUnwanted(Number(sequence));
      if (unwanted) await disk.rm(join(this.#folder, name), { force: true });
    }
  }
}
