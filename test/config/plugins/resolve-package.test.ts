// The expected files come from Node itself: from import.meta.resolve in another process.
import { execFileSync } from 'node:child_process';
import { realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test } from 'vitest';
import { resolvePackage } from '../../../config/plugins/resolve-package.ts';
import { PluginFolder } from './plugin-folder.ts';

let folder: PluginFolder;

beforeEach(() => void (folder = new PluginFolder()));

/** The value of `exports`, and the names to look up. */
const EXPORTS: readonly (readonly [exports: unknown, ...subpaths: string[]])[] = [
  ['./a.js', '', '/a.js'],
  [{ import: './a.js' }, ''],
  [{ require: './b.cjs' }, ''],
  [{ require: './b.cjs', import: './a.js' }, ''],
  [{ browser: './b.cjs', default: './a.js' }, ''],
  [{ node: { require: './b.cjs', import: './a.js' }, default: './deep/c.js' }, ''],
  [{ node: { require: './b.cjs' }, default: './a.js' }, ''],
  [{ 'module-sync': './a.js', default: './deep/c.js' }, ''],
  [{ import: null, default: './a.js' }, ''],
  [[{ require: './b.cjs' }, './a.js'], ''],
  [{ '.': './a.js', './c': './deep/c.js', './c/*': './deep/*.js' }, '', '/c', '/c/c', '/d', '/deep/c.js'],
  [{ './*': './deep/*.js', './x/*': null, './x/y/*.js': './deep/*.js' }, '', '/c', '/x/c', '/x/y/c.js'],
  [{ './deep/*': './deep/*', './deep/c.js': null }, '/deep/c.js', '/deep/d.js'],
  [{}, ''],
  [null, '', '/a.js', '/deep/c.js'],
];

/** Values of `main`, without `exports`. */
const MAINS: readonly unknown[] = [undefined, 'a.js', './a', 'deep', 'gone.js', 7];

test('a package is found where Node finds it', async () => {
  const names = [
    ...EXPORTS.flatMap(([exports, ...subpaths], index) => {
      writePackage(`node_modules/exports${index}`, { exports });
      return subpaths.map((subpath) => `exports${index}${subpath}`);
    }),
    ...MAINS.map((main, index) => {
      writePackage(`node_modules/main${index}`, { main });
      return `main${index}`;
    }),
  ];
  writePackage('node_modules/@scope/pack', { exports: './a.js' });
  writePackage('elsewhere/linked', { exports: './a.js' });
  symlinkSync('../elsewhere/linked', join(folder.path, 'node_modules/linked'));
  folder.write('package.json', '{"name":"own","exports":{".":"./own.js","./part":"./part.js"}}');
  for (const name of ['own.js', 'part.js', 'node_modules/bare/index.js']) folder.write(name, '');
  names.push('@scope/pack', '@scope', 'linked', 'own', 'own/part', 'own/gone', 'bare', 'gone');

  const found = await Promise.all(names.map((name) => find(name, join(folder.path, 'etc/livego'))));
  expect(found.filter((path) => path !== undefined)).toHaveLength(28);
  expect(Object.fromEntries(names.map((name, index) => [name, found[index]]))).toEqual(askNode(names));
});

test('the directories are searched in turn', async () => {
  writePackage('one/node_modules/both', { exports: './a.js' });
  writePackage('two/node_modules/both', { exports: './a.js' });
  writePackage('two/node_modules/second', { exports: './a.js' });
  const directories = [join(folder.path, 'one'), join(folder.path, 'two')];
  expect(await resolvePackage('both', directories)).toEqual({
    path: join(folder.path, 'one/node_modules/both/a.js'),
  });
  expect(await resolvePackage('second', directories)).toEqual({
    path: join(folder.path, 'two/node_modules/second/a.js'),
  });
});

function writePackage(directory: string, manifest: object): void {
  folder.write(`${directory}/package.json`, JSON.stringify(manifest));
  for (const file of ['a.js', 'b.cjs', 'index.js', 'deep/c.js', 'deep/d.js', 'deep/index.js'])
    folder.write(`${directory}/${file}`, '');
}

async function find(name: string, directory: string): Promise<string | undefined> {
  const found = await resolvePackage(name, [directory]);
  return found !== undefined && 'path' in found ? found.path : undefined;
}

/** By name; undefined where Node finds nothing. */
function askNode(names: readonly string[]): Record<string, string | undefined> {
  const script = `
    import { existsSync } from 'node:fs';
    import { fileURLToPath } from 'node:url';
    const found = {};
    for (const name of ${JSON.stringify(names)}) {
      try { found[name] = import.meta.resolve(name); } catch { continue; }
      if (!existsSync(fileURLToPath(found[name]))) delete found[name];
    }
    console.log(JSON.stringify(found));`;
  folder.write('etc/livego/livego.json5', '{}');
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: join(folder.path, 'etc/livego'),
    encoding: 'utf8',
  });
  const urls = JSON.parse(output) as Record<string, string>;
  return Object.fromEntries(
    names.map((name) => {
      const url = urls[name];
      return [name, url === undefined ? undefined : realpathSync(fileURLToPath(url))];
    }),
  );
}
