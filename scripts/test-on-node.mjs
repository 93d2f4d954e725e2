// Runs the tests on other versions of Node, which npm's package `node` brings.
//
//   node scripts/test-on-node.mjs 22,24,26 [paths of tests, flags of vitest]
//
// The binaries are kept in .cache/node. Packages are those of this checkout.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const [versions = '20.19,22,24,26', ...paths] = process.argv.slice(2);

const outcomes = versions.split(',').map((version) => {
  const node = install(version);
  const { stdout: found } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  console.log(`node: ${found.trim()} runs ${paths.join(' ') || 'all tests'}`);
  // Programs that the tests start as "node" are to be this one too.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const { status } = spawnSync(node, [vitest, 'run', '--reporter=dot', ...paths], {
    cwd: ROOT,
    env,
    stdio: 'inherit',
  });
  return { found: found.trim(), passed: status === 0 };
});

for (const { found, passed } of outcomes) console.log(`node: ${found} ${passed ? 'passes' : 'fails'}`);
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;

/** The path of that Node's binary. */
function install(version) {
  const folder = join(ROOT, '.cache', 'node', version);
  const binary = join(
    folder,
    'node_modules',
    'node',
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  );
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, allowScripts: { node: true } }),
  );
  // Its preinstall script fetches the binary for this machine, a package too.
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts=false', `node@${version}`];
  const { status } = spawnSync('npm', args, {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0 || !existsSync(binary)) throw new Error(`npm could not install node@${version}`);
  return binary;
}
