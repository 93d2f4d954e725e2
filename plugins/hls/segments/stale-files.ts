// Files of streams that an earlier run of the server has left in the directory, because it crashed or was stopped before
// their tails were over. Without this they would stay until somebody publishes under the same names.
import type { Dirent } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import type { Logger } from '../../../core/log.ts';
import { readPlaylist, SegmentFiles, type FileSystemAccess } from './segment-files.ts';

/** What is asked about the streams of an application. */
export interface StaleFilesOwner {
  /** `hls.path`. */
  readonly path: string;
  readonly log: Logger;
  /** Whether the application's streams, and those of no other, are in this folder of the directory. */
  owns(folder: string): boolean;
  /** Whether the files of a stream are in use. */
  uses(key: string): boolean;
  /** Wall clock, in milliseconds. */
  now(): number;
}

/** Streams have names with slashes; what lies deeper is none of ours. */
const DEEPEST = 16;
/** The same grace as for streams that end: players fetch the tail, and publishers go on with the numbers. */
const TAIL_MS = 30_000;
/** Segments that were retained, and those that the last playlist did not come to name. */
const BEFORE_PLAYLIST = 100_000;
const AFTER_PLAYLIST = 1000;

export class StaleFiles {
  readonly #owner: StaleFilesOwner;
  readonly #files: FileSystemAccess;
  /** Playlists whose tail is not over, and when it will be. */
  readonly #young = new Map<string, number>();
  #stopped = false;

  constructor(owner: StaleFilesOwner, files: FileSystemAccess) {
    this.#owner = owner;
    this.#files = files;
  }

  /** Looks through the directory, in the background: thousands of files hold nobody up. */
  search(): Promise<void> {
    return this.#searchFolder(this.#owner.path, 0);
  }

  /** Removes what has become old meanwhile; called now and then. */
  sweep(): void {
    for (const [playlist, overAt] of this.#young) {
      if (this.#owner.now() < overAt) continue;
      this.#young.delete(playlist);
      void this.#visit(playlist);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#young.clear();
  }

  async #searchFolder(folder: string, depth: number): Promise<void> {
    try {
      for await (const entry of await this.#files.disk.opendir(folder)) {
        if (this.#stopped) return;
        await this.#searchEntry(entry, join(folder, entry.name), depth);
      }
    } catch (error) {
      // The folder of segments that were just removed.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      this.#owner.log.warn({ err: error, folder }, 'HLS files of earlier runs cannot be looked for');
    }
  }

  async #searchEntry(entry: Dirent, path: string, depth: number): Promise<void> {
    if (depth === 0 && !this.#owner.owns(entry.name)) return;
    if (entry.isDirectory() && depth < DEEPEST) await this.#searchFolder(path, depth + 1);
    else if (entry.isFile() && depth > 0 && entry.name.endsWith('.m3u8')) await this.#visit(path);
  }

  async #visit(playlist: string): Promise<void> {
    const { path, log } = this.#owner;
    const key = relative(path, playlist).slice(0, -'.m3u8'.length).split(sep).join('/');
    try {
      const text = await readPlaylist(this.#files.disk, playlist);
      const ours = text === undefined ? undefined : recognizePlaylist(text, basename(key));
      if (!ours) return;
      const overAt = (await this.#files.disk.stat(playlist)).mtimeMs + ours.durationMs + TAIL_MS;
      if (this.#stopped || this.#owner.uses(key)) return;
      if (this.#owner.now() < overAt) return void this.#young.set(playlist, overAt);
      const { first, last } = ours;
      const files = new SegmentFiles(path, key, log, this.#files);
      const removed = await files.removeAll(
        (sequence) => sequence >= first - BEFORE_PLAYLIST && sequence <= last + AFTER_PLAYLIST,
      );
      if (removed) log.info({ file: playlist }, `${key}: HLS files of an earlier run are removed`);
    } catch (error) {
      log.warn({ err: error, file: playlist }, 'HLS files of an earlier run cannot be removed');
    }
  }
}

export interface PlaylistExtent {
  /** Numbers of its segments. */
  readonly first: number;
  readonly last: number;
  readonly durationMs: number;
}

const HEAD = /^#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:\d+\n#EXT-X-MEDIA-SEQUENCE:(\d{10,15})\n/;

/**
 * What a playlist in the directory says, so far as it is surely one that a run of this server wrote: its head, numbers
 * from the clock on (ten digits), a time for each segment, and URIs of consecutive numbers in the stream's own folder.
 *
 * @param name the last part of the stream's name
 */
export function recognizePlaylist(text: string, name: string): PlaylistExtent | undefined {
  const first = Number(HEAD.exec(text)?.[1]);
  if (Number.isNaN(first)) return undefined;
  const lines = text.split('\n').filter((line) => line !== '');
  const uris = lines.filter((line) => !line.startsWith('#'));
  const count = (tag: string): number => lines.filter((line) => line.startsWith(tag)).length;
  const folder = encodeURIComponent(name);
  const ours =
    uris.length > 0 &&
    uris.every((uri, index) => uri === `${folder}/${first + index}.ts`) &&
    count('#EXTINF:') === uris.length &&
    count('#EXT-X-PROGRAM-DATE-TIME:') === uris.length;
  if (!ours) return undefined;
  const seconds = [...text.matchAll(/^#EXTINF:([\d.]+),$/gm)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
  return { first, last: first + uris.length - 1, durationMs: seconds * 1000 };
}
