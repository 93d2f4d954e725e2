// Files of streams that an earlier run of the server has left in the directory, because it crashed or was stopped before
// their tails were over. Otherwise they would stay until a publisher uses the same names.
import type { Dirent } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import type { Logger } from 'livego';
import { readPlaylist } from './earlier-files.ts';
import { folderOf, SegmentFiles, TAIL_MS, type FileSystemAccess } from './segment-files.ts';

/** Answers questions about the streams of an application. */
export interface StaleFilesOwner {
  /** `hls.path`. */
  readonly path: string;
  readonly log: Logger;
  /** Whether the folder of the directory holds the application's streams, and those of no other. */
  owns(folder: string): boolean;
  /** Whether the files of a stream are in use. */
  uses(key: string): boolean;
  /** Wall clock in milliseconds, which the times of files are compared with. */
  now(): number;
}

/** Names of streams may hold slashes; folders below this depth are not ours. */
const MAX_DEPTH = 16;
/** Segments that were retained, and those that the last playlist does not name yet. */
const MAX_BEFORE_PLAYLIST = 100_000;
const MAX_AFTER_PLAYLIST = 1000;

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

  /** Looks through the directory, in the background: thousands of files delay nothing else. */
  search(): Promise<void> {
    return this.#searchFolder(this.#owner.path, 0);
  }

  /** Removes files whose tail is over by now. Called about once a second. */
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
    if (entry.isDirectory() && depth < MAX_DEPTH) await this.#searchFolder(path, depth + 1);
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
      const folder = folderOf(path, key);
      // A stream that is live may have the same folder, on a file system that takes no notice of the case of letters.
      if (!this.#files.folders.claim(folder)) return;
      const files = new SegmentFiles(path, key, log, this.#files);
      const removed = await files
        .removeAll(
          (sequence) => sequence >= first - MAX_BEFORE_PLAYLIST && sequence <= last + MAX_AFTER_PLAYLIST,
        )
        .finally(() => this.#files.folders.release(folder));
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
 * Reads a playlist in the directory; undefined unless a run of this server has surely written it. Then it has our head,
 * numbers that began with the clock (ten digits), a time for each segment, and URIs of consecutive numbers in the stream's
 * own folder.
 *
 * @param name - the last part of the stream's name
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
  const times = [...text.matchAll(/^#EXTINF:([\d.]+),$/gm)];
  const seconds = times.reduce((sum, match) => sum + Number(match[1]), 0);
  return { first, last: first + uris.length - 1, durationMs: seconds * 1000 };
}
