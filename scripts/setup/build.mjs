// dist/: what `npm start` runs. Compiled again only when a source has changed.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { announce, run } from './run.mjs';

/** What tsconfig.build.json includes, and what decides how it is compiled. */
const SOURCES = ['index.ts', 'core', 'config', 'plugins', 'cli'];
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
const STAMP = join('dist', '.livego-build.json');

/** Whether dist/ is what the sources would give. Looks at times and sizes first, at contents only if these differ. */
export function buildIsFresh(root) {
  const stamp = readStamp(root);
  if (stamp === undefined || !existsSync(join(root, 'dist', 'index.js'))) return false;
  const files = sourceFiles(root);
  // An installed image has dist/ and no sources; there is nothing to compile there.
  if (files.length === 0) return true;
  const listing = digestOfListing(root, files);
  if (stamp.listing === listing) return true;
  // A checkout or a save without a change gives new times to old contents.
  return stamp.contents === digestOfContents(root, files);
}

/** Throws when the compiler finds faults; what it says is shown. */
export async function build(root) {
  announce('compiling to dist/');
  // Taken before the compiler reads the files: a save meanwhile must not count as compiled.
  const files = sourceFiles(root);
  const stamp = { listing: digestOfListing(root, files), contents: digestOfContents(root, files) };
  rmSync(join(root, STAMP), { force: true });
  await run(
    [process.execPath, join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
    { cwd: root },
  );
  removeOrphans(root);
  writeStamp(root, stamp);
}

function sourceFiles(root) {
  return [
    ...SOURCES.flatMap((path) => typescriptFiles(join(root, path))),
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

/** Removes what was compiled from sources that are gone, lest somebody import it. */
function removeOrphans(root) {
  const dist = join(root, 'dist');
  for (const file of filesUnder(dist)) {
    const compiled = /^(.*?)(\.d)?\.([cm]?)[jt]s(\.map)?$/.exec(relative(dist, file));
    if (compiled !== null && !existsSync(join(root, `${compiled[1]}.${compiled[3]}ts`)))
      rmSync(file, { force: true });
  }
}

function readStamp(root) {
  try {
    return JSON.parse(readFileSync(join(root, STAMP), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Complete or not at all: two who read it at once never see half of it. */
function writeStamp(root, stamp) {
  const draft = join(root, `${STAMP}.${process.pid}`);
  writeFileSync(draft, JSON.stringify(stamp));
  renameSync(draft, join(root, STAMP));
}
