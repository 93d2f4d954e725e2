// dist/: what `npm start` runs. Compiled again only when a source has changed.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { announce, run } from './run.mjs';

/** Its `include` names the sources. */
const PROJECT = 'tsconfig.build.json';
/** The files that decide how the sources are compiled. */
const SETTINGS = ['tsconfig.json', PROJECT, 'package-lock.json'];
const STAMP = join('dist', '.livego-build.json');

/** Whether dist/ matches the sources. Compares times and sizes first, and contents only if these differ. */
export function buildIsFresh(root) {
  const stamp = readStamp(root);
  if (stamp === undefined || !existsSync(join(root, entryPoint(root)))) return false;
  const files = sourceFiles(root);
  // An installed image has dist/ and no sources, so there is nothing to compile.
  if (files.length === 0) return true;
  const listing = digestOfListing(root, files);
  if (stamp.listing === listing) return true;
  // A checkout or a save without a change sets new times for old contents.
  return stamp.contents === digestOfContents(root, files);
}

/** Throws when the compiler finds faults; its messages are shown. */
export async function build(root) {
  announce('compiling to dist/');
  // Computed before the compiler reads the files: a save during the build must not count as compiled.
  const files = sourceFiles(root);
  const stamp = { listing: digestOfListing(root, files), contents: digestOfContents(root, files) };
  rmSync(join(root, STAMP), { force: true });
  await run([process.execPath, join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', PROJECT], {
    cwd: root,
  });
  removeOrphans(root);
  writeStamp(root, stamp);
}

/** The file in dist/ that `import 'livego'` loads. */
function entryPoint(root) {
  return readJson(join(root, 'package.json')).exports['.'].default;
}

function sourceFiles(root) {
  return [
    ...(readJson(join(root, PROJECT))?.include ?? []).flatMap((path) => typescriptFiles(join(root, path))),
    ...SETTINGS.map((path) => join(root, path)),
  ]
    .filter((path) => existsSync(path))
    .sort((a, b) => (a < b ? -1 : 1));
}

function typescriptFiles(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  return stat.isFile() ? [path] : filesUnder(path).filter((file) => /\.[cm]?tsx?$/.test(file));
}

function filesUnder(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

function digestOfListing(root, files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${relative(root, file)}\0${mtimeMs}\0${size}\0`);
  }
  return hash.digest('hex');
}

function digestOfContents(root, files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

/** Removes files that were compiled from deleted sources, so that they cannot be imported. */
function removeOrphans(root) {
  const dist = join(root, 'dist');
  for (const file of filesUnder(dist)) {
    const compiled = /^(.*?)(\.d)?\.([cm]?)[jt]s(\.map)?$/.exec(relative(dist, file));
    if (compiled !== null && !existsSync(join(root, `${compiled[1]}.${compiled[3]}ts`)))
      rmSync(file, { force: true });
  }
}

function readStamp(root) {
  return readJson(join(root, STAMP));
}

/** undefined without a readable file. */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Writes the stamp atomically, so that another process never reads half of it. */
function writeStamp(root, stamp) {
  const draft = join(root, `${STAMP}.${process.pid}`);
  writeFileSync(draft, JSON.stringify(stamp));
  renameSync(draft, join(root, STAMP));
}
