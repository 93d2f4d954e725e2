// Directories with those above them. Node's own recursive mkdir never ends where a directory can be looked at and nothing can
// be made in it, as in /proc: it would occupy a thread for good.
import type * as fileSystem from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

type Maker = Pick<typeof fileSystem, 'mkdir' | 'stat'>;

/** Makes what is missing, step by step from the first directory that exists. Rejects with the system's error. */
export async function makeDirectory(disk: Maker, path: string): Promise<void> {
  const missing: string[] = [];
  let place = resolve(path);
  while (!(await isThere(disk, place))) {
    missing.push(place);
    const above = dirname(place);
    if (above === place) break;
    place = above;
  }
  for (const step of missing.toReversed()) await makeOne(disk, step);
}

/** Rejects for a file in the place of the directory. */
async function isThere(disk: Maker, path: string): Promise<boolean> {
  try {
    if ((await disk.stat(path)).isDirectory()) return true;
    throw Object.assign(new Error(`ENOTDIR: not a directory, mkdir '${path}'`), { code: 'ENOTDIR' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

// Another may make it at the same time.
async function makeOne(disk: Maker, path: string): Promise<void> {
  try {
    await disk.mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await isThere(disk, path))) throw error;
  }
}
