// Finds the file that a package's name means to `import`, by the algorithm that Node documents ("Resolution Algorithm
// Specification" of its ES modules). Node's own functions are not enough: `import.meta.resolve` takes a place to look from only
// behind a flag, and `require.resolve` does not see what a package exports to `import` alone.
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import { readRegularFile } from '../../core/files/regular-file.ts';
import { isPlainObject } from '../text/plain-object.ts';
import type { PlainObject } from '../text/plain-object.ts';
import { findExport } from './package-exports.ts';

/** The file, or the reason why the package cannot be used. */
export type PackageEntry = { readonly path: string } | { readonly problem: string };

interface PackageName {
  readonly name: string;
  /** `.`, or a module within the package: `./plugin`. */
  readonly subpath: string;
}

interface Package extends PackageName {
  readonly directory: string;
  readonly manifest: PlainObject;
}

/** Looks from each directory in turn. Undefined if there is no such package. */
export async function resolvePackage(
  specifier: string,
  directories: readonly string[],
): Promise<PackageEntry | undefined> {
  const wanted = parseSpecifier(specifier);
  if (wanted === undefined) return undefined;
  try {
    for (const directory of directories) {
      const found = await findPackage(wanted, directory);
      if (found !== undefined) return await findEntry(found);
    }
    return undefined;
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

function parseSpecifier(specifier: string): PackageName | undefined {
  const match = /^((?:@[^/\\%]+\/)?[^./\\%@][^/\\%]*)(\/.*)?$/.exec(specifier);
  return match?.[1] === undefined ? undefined : { name: match[1], subpath: `.${match[2] ?? ''}` };
}

async function findPackage(wanted: PackageName, from: string): Promise<Package | undefined> {
  const own = await findOwnPackage(wanted, from);
  if (own !== undefined) return own;
  for (const parent of withParents(from)) {
    const directory = join(parent, 'node_modules', wanted.name);
    if (!(await isDirectory(directory))) continue;
    return { ...wanted, directory, manifest: (await readManifest(directory)) ?? {} };
  }
  return undefined;
}

/** A package may import itself by its name, if it has `exports`. */
async function findOwnPackage(wanted: PackageName, from: string): Promise<Package | undefined> {
  for (const directory of withParents(from)) {
    if (basename(directory) === 'node_modules') return undefined;
    const manifest = await readManifest(directory);
    if (manifest === undefined) continue;
    const isOwn = manifest['name'] === wanted.name && hasExports(manifest);
    return isOwn ? { ...wanted, directory, manifest } : undefined;
  }
  return undefined;
}

function withParents(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...withParents(parent)];
}

async function findEntry(found: Package): Promise<PackageEntry> {
  const { name, subpath, directory, manifest } = found;
  const candidates = hasExports(manifest) ? [findExport(manifest['exports'], subpath)] : plainFiles(found);
  for (const candidate of candidates) {
    if (candidate === undefined) continue;
    const file = join(directory, candidate);
    if (await isFile(file)) return { path: await realpath(file) };
  }
  const what = subpath === '.' ? 'no module' : `no "${subpath}"`;
  return { problem: `the package "${name}" in ${directory} has ${what} that can be imported` };
}

/** The files that a package without `exports` may have as its module. TypeScript is last: Node would not look for it. */
function plainFiles({ subpath, manifest }: Package): string[] {
  if (subpath !== '.') return [subpath];
  const { main } = manifest;
  const named = typeof main === 'string' ? [main, `${main}.js`, join(main, 'index.js')] : [];
  return [...named, 'index.js', 'index.ts'];
}

function hasExports({ exports }: PlainObject): boolean {
  return exports !== undefined && exports !== null;
}

const MAX_MANIFEST_BYTES = 1024 * 1024;

async function readManifest(directory: string): Promise<PlainObject | undefined> {
  const file = join(directory, 'package.json');
  if (!(await isFile(file))) return undefined;
  const text = (await readRegularFile(file, { maxBytes: MAX_MANIFEST_BYTES })).toString();
  try {
    const manifest: unknown = JSON.parse(text);
    return isPlainObject(manifest) ? manifest : {};
  } catch (error) {
    throw new Error(`${file} is not JSON`, { cause: error });
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
