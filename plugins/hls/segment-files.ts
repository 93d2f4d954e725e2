// A stream's playlist and segments in a directory, where another web server may find them. Whatever the disk does, the
// stream goes on.
import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LivegoError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { WindowResumption } from '../../core/media/hls/index.ts';

/** Operations that may wait for a slow disk; beyond that segments are not written. */
const MOST_WAITING = 64;
/** A playlist that is larger is not ours. */
const LARGEST_PLAYLIST = 16 * 1024 * 1024;

export class SegmentFiles {
  readonly #playlist: string;
  readonly #folder: string;
  readonly #log: Logger;
  readonly #onFailure: () => void;
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;
  #failing = false;

  /** Files are PATH/APP/NAME.m3u8 and PATH/APP/NAME/NUMBER.ts, as in the URLs. */
  constructor(path: string, key: string, log: Logger, onFailure: () => void) {
    this.#folder = join(path, ...key.split('/'));
    this.#playlist = `${this.#folder}.m3u8`;
    this.#log = log;
    this.#onFailure = onFailure;
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
    return this.#enqueue(() => writeWhole(this.fileOf(sequence), bytes));
  }

  writePlaylist(text: string): Promise<boolean> {
    return this.#enqueue(() => writeWhole(this.#playlist, Buffer.from(text)));
  }

  remove(sequences: readonly number[]): Promise<boolean> {
    return this.#enqueue(async () => {
      for (const sequence of sequences) await rm(this.fileOf(sequence), { force: true });
    });
  }

  /** Removes the playlist, its segments and, unless others put files there, their directory. */
  removeAll(): Promise<boolean> {
    return this.#enqueue(async () => {
      await rm(this.#playlist, { force: true });
      for (const { file } of await this.#list()) await rm(file, { force: true });
      // Others may have files there, which is no fault.
      await rmdir(this.#folder).catch(() => {});
    });
  }

  /** Removes segments below a number: those of an earlier run. */
  removeBelow(sequence: number): Promise<boolean> {
    return this.#enqueue(async () => {
      for (const each of await this.#list())
        if (each.sequence < sequence) await rm(each.file, { force: true });
    });
  }

  /** Where an earlier run stopped; undefined when there is nothing to go on with. */
  async readResumption(): Promise<WindowResumption | undefined> {
    try {
      const file = await open(this.#playlist);
      try {
        if ((await file.stat()).size > LARGEST_PLAYLIST) return undefined;
      } finally {
        await file.close();
      }
      return parseResumption(await readFile(this.#playlist, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#noteFailure(error);
      return undefined;
    }
  }

  /** Resolves when everything that waited has been done or has failed. */
  settled(): Promise<void> {
    return this.#queue;
  }

  #enqueue(work: () => Promise<void>): Promise<boolean> {
    if (this.#waiting >= MOST_WAITING) {
      this.#noteFailure(new Error('the disk is too slow'));
      return Promise.resolve(false);
    }
    this.#waiting++;
    const done = this.#queue.then(work).then(
      () => {
        this.#failing = false;
        return true;
      },
      (error: unknown) => {
        this.#noteFailure(error);
        return false;
      },
    );
    this.#queue = done.then(() => void this.#waiting--);
    return done;
  }

  // Told once until it works again, not for each segment.
  #noteFailure(error: unknown): void {
    this.#onFailure();
    if (this.#failing) return;
    this.#failing = true;
    this.#log.error(
      { err: error, file: this.#playlist },
      'HLS files cannot be written; segments are served from memory meanwhile',
    );
  }

  async #list(): Promise<{ readonly file: string; readonly sequence: number }[]> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names
      .filter((name) => /^\d{1,15}\.ts$/.test(name))
      .map((name) => ({ file: join(this.#folder, name), sequence: Number.parseInt(name, 10) }));
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
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
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
async function writeWhole(file: string, bytes: Buffer): Promise<void> {
  const folder = dirname(file);
  const draft = join(folder, `.${basename(file)}.${randomBytes(4).toString('hex')}`);
  await mkdir(folder, { recursive: true });
  try {
    const handle = await open(draft, 'wx');
    try {
      await handle.writeFile(bytes);
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
