// Leads `livego` and `livego/NAME` in a custom plugin to the modules of the running package, so that both share classes.
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { didYouMean } from '../options/nearest.ts';

const PACKAGE = 'livego';

export type EntryModule =
  { readonly ok: true; readonly url: string } | { readonly ok: false; readonly message: string };

/** Whether `specifier` names this package or a part of it. */
export function isEntrySpecifier(specifier: string): boolean {
  return specifier === PACKAGE || specifier.startsWith(`${PACKAGE}/`);
}

/**
 * The module that `specifier` names.
 * @param entryUrl - the module that `livego` means; `livego/NAME` is the module NAME beside it, with the same suffix
 */
export async function findEntryModule(specifier: string, entryUrl: string): Promise<EntryModule> {
  if (specifier === PACKAGE) return { ok: true, url: entryUrl };
  const known = await listSpecifiers(entryUrl);
  if (known.includes(specifier)) {
    const name = specifier.slice(PACKAGE.length + 1);
    return { ok: true, url: new URL(`./${name}${extname(fileURLToPath(entryUrl))}`, entryUrl).href };
  }
  const hint = didYouMean(specifier, known);
  const list = known.join(', ');
  const wayOut = hint === '' ? `; known are ${list}` : `${hint} Known are ${list}`;
  return { ok: false, message: `there is no "${specifier}"${wayOut}` };
}

async function listSpecifiers(entryUrl: string): Promise<string[]> {
  const entry = fileURLToPath(entryUrl);
  const suffix = extname(entry);
  const files = await readdir(dirname(entry));
  const names = files
    .filter((file) => extname(file) === suffix && file !== basename(entry))
    .map((file) => basename(file, suffix))
    // Declarations and configs of tools have a second dot.
    .filter((name) => /^[a-z][a-z0-9-]*$/.test(name));
  return [PACKAGE, ...names.sort().map((name) => `${PACKAGE}/${name}`)];
}
