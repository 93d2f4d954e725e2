// The package that this command belongs to: its folder and the files that come with it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. The command is one folder deeper when it is compiled. */
export const PACKAGE_FOLDER = findFolder(['../', '../../']);

function findFolder(places: readonly string[]): string {
  const folders = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return folders.find((folder) => readManifest(folder)?.name === 'livego') ?? process.cwd();
}

function readManifest(folder: string): { readonly name?: string } | undefined {
  try {
    return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Record<string, string>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
