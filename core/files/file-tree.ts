// The files below a directory, and directories that have become empty.
import * as fileSystem from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** Directories inside directories. Deeper ones are not looked into. */
const MAX_DEPTH = 8;

export interface FoundFile {
  readonly path: string;
  /** Below the directory, with "/" between its parts. */
  readonly name: string;
}

/**
 * Files below the directory, not those behind symbolic links. A directory that is not there has none, and neither has one
 * inside that this process may not read: the `lost+found` of a file system.
 */
export async function* listFiles(directory: string, depth = 0, root = directory): AsyncGenerator<FoundFile> {
  if (depth > MAX_DEPTH) return;
  let folder;
  try {
    folder = await fileSystem.opendir(directory);
  } catch (error) {
    if (isMissing(error) || (depth > 0 && isForbidden(error))) return;
    throw error;
  }
  for await (const entry of folder) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* listFiles(path, depth + 1, root);
    else if (entry.isFile()) yield { path, name: relative(root, path).split(sep).join('/') };
  }
}

/** Whether an error tells that a file is not there: of one that was found a moment ago, that it has been renamed or removed. */
export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function isForbidden(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EPERM';
}

/** Removes a file, then the directories above it that are empty now, up to `root`, which stays. */
export async function removeFile(path: string, root: string): Promise<void> {
  await fileSystem.rm(path, { force: true });
  const end = resolve(root);
  for (let folder = dirname(resolve(path)); folder.startsWith(end + sep); folder = dirname(folder)) {
    try {
      await fileSystem.rmdir(folder);
    } catch {
      // It holds something else.
      return;
    }
  }
}
