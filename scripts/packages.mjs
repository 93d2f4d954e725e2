// Looks at the packages that an installation brings, without the network: their licences, and those that run a script when
// they are installed. Fails for a licence that is not permissive, and for an install script that is not listed here.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const PERMISSIVE = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
]);
/** Packages for development alone; nothing of them is shipped. */
const FOR_DEVELOPMENT = new Set(['MPL-2.0', 'CC-BY-4.0', 'Python-2.0', 'CC0-1.0', 'Unlicense']);

/** Package: what its script does, and why it may. */
const SCRIPTS = new Map([
  ['esbuild', 'checks that the binary of its platform package runs'],
  ['fsevents', 'macOS only: brings its binary along'],
]);

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const faults = [];
let count = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === '' || entry.link) continue;
  count++;
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const licence = entry.license ?? 'none';
  const choices = licence.replaceAll(/[()]/g, '').split(' OR ');
  const isFine = choices.some((each) => PERMISSIVE.has(each) || (entry.dev && FOR_DEVELOPMENT.has(each)));
  if (!isFine) faults.push(`${name}@${entry.version} has the licence ${licence}`);
  if (entry.hasInstallScript && !SCRIPTS.has(name))
    faults.push(
      `${name}@${entry.version} runs a script when it is installed; say in scripts/packages.mjs what it does`,
    );
  if (entry.resolved && !entry.integrity)
    faults.push(`${name}@${entry.version} has no checksum in package-lock.json`);
}
// npm makes the bill of materials from the lock file alone.
const bill = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    cwd: new URL('..', import.meta.url),
  }),
);
if (bill.components.length === 0) faults.push('npm sbom lists no packages');
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.stdout.write(
  `${count} packages in the lock file, ${bill.components.length} in the bill of materials, ${faults.length} faults\n`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
