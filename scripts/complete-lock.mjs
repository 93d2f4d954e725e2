// Adds the optional packages of every platform to package-lock.json, without changing a version.
//
//   node scripts/complete-lock.mjs
//
// npm leaves out those of other platforms when it writes the lock beside an installed node_modules. `npm ci` then
// rejects the lock on every platform. So this works in a temporary folder: it removes the packages whose optional
// packages are missing, and lets npm add them again in the same versions.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingOptionalPackages } from './setup/lock-file.mjs';

const ROOT = join(import.meta.dirname, '..');
const LOCK = 'package-lock.json';

const folder = mkdtempSync(join(tmpdir(), 'livego-lock-'));
try {
  complete();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function complete() {
  const lock = readJson(join(ROOT, LOCK));
  const incomplete = new Set(missingOptionalPackages(lock).map(({ path }) => path));
  if (incomplete.size === 0) return console.log(`${LOCK} has the packages of every platform.`);
  const project = readJson(join(ROOT, 'package.json'));
  const pinned = { ...project.devDependencies };
  for (const path of incomplete) {
    pinned[path.replace(/^.*node_modules\//, '')] = lock.packages[path].version;
    delete lock.packages[path];
  }
  writeJson('package.json', { ...project, devDependencies: pinned });
  writeJson(LOCK, lock);
  writeLock();
  writeJson('package.json', project);
  writeLock();
  copyFileSync(join(folder, LOCK), join(ROOT, LOCK));
  console.log(`${LOCK} now has the packages of every platform.`);
}

/** npm writes the lock that fits package.json. */
function writeLock() {
  const npm = spawnSync('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) throw new Error('npm could not write the lock');
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function writeJson(name, value) {
  writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
}
