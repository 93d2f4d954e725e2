// Whole files and directories, for plugins that write files.
//
// The room holds what such plugins have in common. The contents and names of files are the plugins' own.
import { randomBytes } from 'node:crypto';
import * as fileSystem from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { livegoError, messageOf } from '../errors.ts';
import { makeDirectory } from './make-directory.ts';

/** The part of a file system that plugins use; tests give another one. */
export type Disk = Pick<
  typeof fileSystem,
  'mkdir' | 'open' | 'opendir' | 'readdir' | 'readFile' | 'rename' | 'rm' | 'rmdir' | 'stat'
>;

/**
 * Writes a file under another name and renames it: readers see the old file or the new one, never a part.
 * @param options - `mode` for files that others may not read; `flush` waits for the disk
 */
export async function writeWhole(
  disk: Disk,
  file: string,
  bytes: Buffer,
  { mode = 0o666, flush = false }: { readonly mode?: number; readonly flush?: boolean } = {},
): Promise<void> {
  const folder = dirname(file);
  const draft = join(folder, `.${basename(file)}.${randomBytes(4).toString('hex')}`);
  await makeDirectory(disk, folder);
  try {
    const handle = await disk.open(draft, 'wx', mode);
    try {
      await handle.writeFile(bytes);
      if (flush) await handle.datasync();
    } finally {
      await handle.close();
    }
    await disk.rename(draft, file);
  } catch (error) {
    await disk.rm(draft, { force: true });
    throw error;
  }
}

/** A draft that is older than this belongs to a process that was killed. */
const LEFT_AFTER_MS = 60_000;

/**
 * Replaces a file that must not be lost: as `writeWhole`, and what was written survives a loss of power. Drafts that a
 * killed process has left are removed.
 */
export async function replaceFile(disk: Disk, file: string, bytes: Buffer, mode?: number): Promise<void> {
  await writeWhole(disk, file, bytes, { mode: mode ?? 0o666, flush: true });
  await removeLeftDrafts(disk, file);
}

async function removeLeftDrafts(disk: Disk, file: string): Promise<void> {
  const [folder, name] = [dirname(file), basename(file)];
  const isDraft = (each: string): boolean =>
    each.startsWith(`.${name}.`) && /^[\da-f]{8}$/.test(each.slice(name.length + 2));
  try {
    for (const each of (await disk.readdir(folder)).filter(isDraft)) {
      const path = join(folder, each);
      const { mtimeMs } = await disk.stat(path);
      if (Date.now() - mtimeMs > LEFT_AFTER_MS) await disk.rm(path, { force: true });
    }
  } catch {
    // They are in nobody's way, and the file is written.
  }
}

/**
 * Makes the directory. Throws LVG_PLUGIN_FAILED if files cannot be made there, so that the config is rejected.
 * @param option - names the option in the message: "hls.path"
 * @param alternative - the way out for operators who want no directory
 */
export async function requireDirectory(path: string, option: string, alternative: string): Promise<void> {
  try {
    await makeDirectory(fileSystem, path);
    await fileSystem.access(path, fileSystem.constants.W_OK);
  } catch (error) {
    const values = { option, path, reason: messageOf(error), alternative };
    throw livegoError('LVG_PLUGIN_FAILED', 'directory', values, error);
  }
}
