// Names of files that nobody else has: a claim within the process, and no file of the name on the disk.
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import * as fileSystem from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { makeDirectory } from './make-directory.ts';

/** Tries `movie.flv`, `movie_2.flv` and so on, this often. */
const MAX_NUMBER = 10_000;

/** The files that a process is writing. Each is written by one. */
export class ClaimedFiles {
  readonly #paths = new Set<string>();

  has(path: string): boolean {
    return this.#paths.has(resolve(path));
  }

  /** Whether the file is the caller's now. It then has to be released. */
  claim(path: string): boolean {
    if (this.has(path)) return false;
    this.#paths.add(resolve(path));
    return true;
  }

  release(path: string): void {
    this.#paths.delete(resolve(path));
  }
}

export interface DraftFile {
  readonly handle: FileHandle;
  /** Where the file is while it is written. */
  readonly draft: string;
  /** Where it will be. */
  readonly path: string;
}

/** What is written has this behind its name until it is complete. */
export const DRAFT_EXTENSION = '.part';

/**
 * Opens a draft under a name that is free, and claims it: `movie.flv.part`, or with a number, `movie_2.flv.part`. The
 * caller releases the draft's name.
 */
export async function openDraft(path: string, claimed: ClaimedFiles): Promise<DraftFile> {
  for (let number = 1; number <= MAX_NUMBER; number++) {
    const free = numbered(path, number);
    const draft = free + DRAFT_EXTENSION;
    // Before anything is awaited: of two files that want one name, the first that asks gets the first number.
    if (!claimed.claim(draft)) continue;
    try {
      await makeDirectory(fileSystem, dirname(path));
      const handle = (await exists(free)) ? undefined : await openNew(draft);
      if (handle) return { handle, draft, path: free };
    } catch (error) {
      claimed.release(draft);
      throw error;
    }
    claimed.release(draft);
  }
  throw new Error(`${path} and ${MAX_NUMBER} names like it are taken`);
}

/** Undefined if there is a file of that name. */
async function openNew(path: string): Promise<FileHandle | undefined> {
  try {
    return await fileSystem.open(path, 'wx+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

/** Gives a complete draft its name, or one with a number if the name was taken meanwhile. Returns the name. */
export async function publishDraft(draft: string, path: string): Promise<string> {
  for (let number = 1; number <= MAX_NUMBER; number++) {
    const free = numbered(path, number);
    if (await takeName(draft, free)) return free;
  }
  throw new Error(`${path} and ${MAX_NUMBER} names like it are taken`);
}

/** False if there is a file of that name. */
async function takeName(draft: string, path: string): Promise<boolean> {
  try {
    // Unlike a rename, a link never replaces a file.
    await fileSystem.link(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code === 'ENOENT' || code === 'ENOSPC' || code === 'EROFS') throw error;
    // A file system without links.
    if (await exists(path)) return false;
    await fileSystem.rename(draft, path);
    return true;
  }
  await fileSystem.rm(draft);
  return true;
}

function numbered(path: string, number: number): string {
  if (number === 1) return path;
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}_${number}${extension}`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await fileSystem.access(path, constants.F_OK);
    return true;
  } catch {
    return false;
  }
}
