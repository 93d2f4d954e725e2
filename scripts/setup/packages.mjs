// node_modules, as package-lock.json specifies it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { announce, run, SetupError } from './run.mjs';

/**
 * Whether every package that package-lock.json asks for is installed in the version it asks for.
 *
 * npm writes node_modules/.package-lock.json at the end of an installation, so an interrupted installation is
 * noticed. An installation made by hand with `npm ci` or `npm install` is accepted.
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
    // "" is the project itself. Packages for other platforms are optional; their version follows that of their dependent.
    if (path === '' || entry.optional || entry.devOptional || (which === 'production' && entry.dev))
      return true;
    return present[path]?.version === entry.version && existsSync(join(root, path, 'package.json'));
  });
}

/**
 * Installs the packages of package-lock.json. Development packages are included even in production (NODE_ENV), because
 * the compiler is one of them. `npm ci` begins with deleting node_modules, so it is used only where there is none:
 * otherwise a server or a test may run from this checkout. `npm install --no-save` changes what differs, and keeps the
 * lock file unchanged; afterwards the installed packages are compared with it.
 */
export async function installPackages(root) {
  announce('installing the packages of package-lock.json');
  const command = existsSync(join(root, 'node_modules')) ? ['install', '--no-save'] : ['ci'];
  await run([...npm(), ...command, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
  });
  if (!packagesAreInstalled(root, 'all')) {
    throw new SetupError(
      'npm succeeded, but node_modules does not match package-lock.json; run "npm ci" and read its messages.',
    );
  }
}

/** The npm that runs this process, if one does; otherwise the first on the PATH. */
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
