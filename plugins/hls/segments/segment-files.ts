// A stream's playlist and segments in a directory, where another web server may find them. Whatever the disk does, the
// stream goes on.
import { randomBytes } from 'node:crypto';
import * as fileSystem from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LivegoError } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import type { WindowResumption } from '../../../core/media/hls/index.ts';
import type { FolderQueues } from '../../../core/files/folder-queues.ts';

/** Operations that may wait for a slow disk; beyond that segments are not written. */
const MAX_WAITING = 64;
/** A playlist that is larger is not ours. */
const MAX_PLAYLIST = 16 * 1024 * 1024;

/** What is needed of a file system. */
export type Disk = Pick<
  typeof fileSystem,
  'mkdir' | 'open' | 'opendir' | 'readdir' | 'readFile' | 'rename' | 'rm' | 'rmdir' | 'stat'
>;

/** What all files of a server have in common. */
export interface FileSystemAccess {
  readonly queues: FolderQueues;
  readonly disk: Disk;
  /** Told of each operation that has failed. */
  onFailure(): void;
}

const SEGMENT = /^(\d{1,15})\.ts$/;
/** What `writeWhole` has not come to rename. */
const SEGMENT_DRAFT = /^\.\d{1,15}\.ts\.[0-9a-f]{8}$/;

export class SegmentFiles {
  readonly #playlist: string;
  readonly #folder: string;
  readonly #log: Logger;
  readonly #surroundings: FileSystemAccess;
  #waiting = 0;
  #failing = false;

  /** Files are PATH/APP/NAME.m3u8 and PATH/APP/NAME/NUMBER.ts, as in the URLs. */
  constructor(path: string, key: string, log: Logger, surroundings: FileSystemAccess) {
    this.#folder = join(path, ...key.split('/'));
    this.#playlist = `${this.#folder}.m3u8`;
    this.#log = log;
    this.#surroundings = surroundings;
  }

  /** Operations that the disk has yet to do. */
  get waiting(): number {
    return this.#waiting;
  }

  fileOf(sequence: number): string {
    return join(this.#folder, `${sequence}.ts`);
  }

  /** Resolves to whether the segment is on the disk now. */
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

  /** Where an earlier run stopped; undefined when there is nothing to go on with. */
  async readResumption(): Promise<WindowResumption | undefined> {
    try {
      // What is being removed is nothing to go on with.
      const { queues, disk } = this.#surroundings;
      const text = await queues.run(this.#folder, () => readPlaylist(disk, this.#playlist));
      return text === undefined ? undefined : parseResumption(text);
    } catch (error) {
      this.#noteFailure(error);
      return undefined;
    }
  }

  /** Resolves when everything that waited has been done or has failed. */
  settled(): Promise<void> {
    return this.#surroundings.queues.settled(this.#folder);
  }

  #enqueue(work: (disk: Disk) => Promise<void>): Promise<boolean> {
    if (this.#waiting < MAX_WAITING) return this.#perform(work);
    this.#noteFailure(new Error('the disk is too slow'));
    return Promise.resolve(false);
  }

  async #perform(work: (disk: Disk) => Promise<void>): Promise<boolean> {
    const { queues, disk } = this.#surroundings;
    this.#waiting++;
    try {
      await queues.run(this.#folder, () => work(disk));
      return true;
    } catch (error) {
      this.#noteFailure(error);
      return false;
    } finally {
      this.#waiting--;
    }
  }

  // Told once until segments can be written again: on a full disk a playlist may find room between two of them.
  #noteFailure(error: unknown): void {
    this.#surroundings.onFailure();
    if (this.#failing) return;
    this.#failing = true;
    this.#log.error(
      { err: error, file: this.#playlist },
      'HLS files cannot be written; segments are served from memory meanwhile',
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

/** A playlist's text; undefined when there is none, or none that we wrote. */
export async function readPlaylist(disk: Disk, file: string): Promise<string | undefined> {
  try {
    if ((await disk.stat(file)).size > MAX_PLAYLIST) return undefined;
    return await disk.readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The numbers of a playlist, so far as it is one that we wrote. */
export function parseResumption(text: string): WindowResumption | undefined {
  const numberOf = (tag: string): number | undefined => {
    const match = new RegExp(`^#${tag}:(\\d{1,15})$`, 'm').exec(text);
    return match ? Number(match[1]) : undefined;
  };
  const first = numberOf('EXT-X-MEDIA-SEQUENCE');
  if (!text.startsWith('#EXTM3U') || first === undefined) return undefined;
  const count = (tag: RegExp): number => text.match(tag)?.length ?? 0;
  return {
    nextSequence: first + count(/^#EXTINF:/gm),
    discontinuities: (numberOf('EXT-X-DISCONTINUITY-SEQUENCE') ?? 0) + count(/^#EXT-X-DISCONTINUITY$/gm),
    targetDuration: Math.min(numberOf('EXT-X-TARGETDURATION') ?? 1, 3600),
  };
}

/** Throws LVG_PLUGIN_FAILED unless files can be made there: better a config that is refused than one without segments. */
export async function requireDirectory(path: string): Promise<void> {
  if (path === '') return;
  try {
    await fileSystem.mkdir(path, { recursive: true });
    await fileSystem.access(path, fileSystem.constants.W_OK);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const way =
      'name a directory that this user may write to, or leave the option out to keep segments in memory';
    throw new LivegoError('LVG_PLUGIN_FAILED', `hls.path: ${path} cannot be written to (${detail}); ${way}`, {
      cause: error,
    });
  }
}

/** Readers see the old file or the new one, never a part: written under another name, then renamed. */
async function writeWhole(disk: Disk, file: string, bytes: Buffer): Promise<void> {
  const folder = dirname(file);
  const draft = join(folder, `.${basename(file)}.${randomBytes(4).toString('hex')}`);
  await disk.mkdir(folder, { recursive: true });
  try {
    const handle = await disk.open(draft, 'wx');
    try {
      await handle.writeFile(bytes);
    } finally {
      await handle.close();
    }
    await disk.rename(draft, file);
  } catch (error) {
    await disk.rm(draft, { force: true });
    throw error;
  }
}
