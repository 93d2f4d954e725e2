// node_modules, as package-lock.json wants it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { announce, run, SetupError } from './run.mjs';

/**
 * Whether every package that package-lock.json asks for is installed in the version it asks for.
 *
 * npm writes node_modules/.package-lock.json as the last act of an installation, so an interrupted one shows,
 * and one that somebody made by hand with `npm ci` or `npm install` is accepted as it is.
 *
 * @param {string} root
 * @param {'all' | 'production'} which packages are wanted
 */
export function packagesAreInstalled(root, which) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  if (wanted === undefined)
    throw new SetupError(`there is no readable package-lock.json in ${root}; clone the repository again.`);
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (present === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    // "" is the project itself. Packages for other platforms are optional, and follow the version of the one that asks for them.
    if (path === '' || entry.optional || entry.devOptional || (which === 'production' && entry.dev))
      return true;
    return present[path]?.version === entry.version && existsSync(join(root, path, 'package.json'));
  });
}

/**
 * Installs what package-lock.json lists, the development packages included even in production (NODE_ENV): the
 * compiler is one of them. Not `npm ci`: it would first delete node_modules under the feet of a server or a test that
 * runs from this checkout, and versions of npm differ over which platforms' packages a lock file has to list.
 * `--no-save` keeps the lock file as it is, and what was installed is compared with it.
 */
export async function installPackages(root) {
  announce('installing the packages of package-lock.json');
  await run(
    [...npm(), 'install', '--no-save', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: root },
  );
  if (!packagesAreInstalled(root, 'all')) {
    throw new SetupError(
      'npm ended well, yet node_modules is not what package-lock.json asks for; run "npm ci" and look at what it says.',
    );
  }
}

/** The npm that runs us, if one does, rather than whichever the PATH has first. */
function npm() {
  const path = process.env.npm_execpath ?? '';
  return /npm-cli\.c?js$/.test(path) ? [process.execPath, path] : ['npm'];
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
