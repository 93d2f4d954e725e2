// Opens files whose paths strangers may name or change: regular files below one directory, and nothing else.
import { constants } from 'node:fs';
import * as fileSystem from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { sep } from 'node:path';

/** A file as it was when it was opened. Two openings of an unchanged file agree in all of it. */
export interface FileIdentity {
  readonly device: number;
  readonly inode: number;
  readonly bytes: number;
  readonly modifiedMs: number;
}

export interface OpenedFile extends FileIdentity {
  /** The caller closes it. */
  readonly handle: FileHandle;
}

// A link is not followed, and a pipe without a writer does not wait for one.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a regular file for reading. Undefined if it is not there, is no regular file, or does not lie below `root`, also
 * when a directory of its path is replaced by a link in the meantime: what was opened is compared with what lies there.
 */
export async function openInside(root: string, path: string): Promise<OpenedFile | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await fileSystem.open(path, FLAGS);
    const { dev, ino, size, mtimeMs } = await handle.stat();
    const [realRoot, realPath] = await Promise.all([fileSystem.realpath(root), fileSystem.realpath(path)]);
    const there = await fileSystem.lstat(realPath);
    const isInside = realPath.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep);
    const isSame = there.dev === dev && there.ino === ino;
    if (isInside && isSame && there.isFile()) {
      const opened = { handle, device: dev, inode: ino, bytes: size, modifiedMs: mtimeMs };
      handle = undefined;
      return opened;
    }
  } catch (error) {
    if (!isAbsence(error)) throw error;
  } finally {
    await handle?.close();
  }
  return undefined;
}

export function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  return (
    one.device === other.device &&
    one.inode === other.inode &&
    one.bytes === other.bytes &&
    one.modifiedMs === other.modifiedMs
  );
}

/** Nothing of that name can be opened, or it may not be. Errors of the disk and too many open files are not meant. */
function isAbsence(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return ABSENCE.has(code);
}

const ABSENCE = new Set([
  'ENOENT',
  'ENOTDIR',
  'ELOOP',
  'EACCES',
  'EPERM',
  'ENXIO',
  'EISDIR',
  'ENAMETOOLONG',
  'ENODEV',
  'EMLINK',
]);
