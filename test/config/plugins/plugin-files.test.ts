import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { PluginFolder, pluginText } from './plugin-folder.ts';

let folder: PluginFolder;

beforeEach(() => void (folder = new PluginFolder()));

describe('a custom plugin', () => {
  test('may be TypeScript that imports from "livego", from packages beside it, and from its own files', async () => {
    folder.write(
      'node_modules/dep/package.json',
      '{"name":"dep","type":"module","exports":{"import":"./esm.js","require":"./cjs.cjs"}}',
    );
    folder.write('node_modules/dep/esm.js', 'export default "dep as module";');
    folder.write('node_modules/dep/cjs.cjs', 'module.exports = "dep as commonjs";');
    const entry = folder.write(
      'mine.ts',
      `import { definePlugin, mark, type Nothing } from 'livego';
       import dep from 'dep';
       import { join } from 'node:path';
       import { value } from './lib/value.ts';
       import extra from './lib/extra.js';
       export default definePlugin<{ a: number }>({ name: 'mine', schema: { type: 'object' }, app() {}, facts: [mark, dep, join('a', 'b'), value, extra] as const });`,
    );
    const value = folder.write('lib/value.ts', 'export const value: number = 7;');
    const extra = folder.write('lib/extra.js', 'export default "extra";');
    const loaded = await folder.load('./mine.ts');
    expect(loaded).toMatchObject({
      ok: true,
      definition: { facts: ['own entry', 'dep as module', 'a/b', 7, 'extra'] },
    });
    expect([...loaded.files].sort()).toEqual([extra, value, entry].sort());
  });
});

describe('the code of a custom plugin', () => {
  test('finds its own place in each of its files', async () => {
    folder.write(
      'mine.js',
      `import { here } from './lib/here.js';\n${pluginText('facts: [import.meta.url, import.meta.dirname, here, import.meta.resolve("./x.js")]')}`,
    );
    folder.write('lib/here.js', 'export const here = import.meta.filename;');
    expect((await folder.definitionOf('./mine.js'))['facts']).toEqual([
      pathToFileURL(join(folder.path, 'mine.js')).href,
      folder.path,
      join(folder.path, 'lib/here.js'),
      pathToFileURL(join(folder.path, 'x.js')).href,
    ]);
  });

  test('may be CommonJS that requires what it needs', async () => {
    folder.write(
      'mine.js',
      `const { join } = require('node:path'); const lib = require('./lib.js');
      module.exports = { name: 'mine', schema: { type: 'object' }, app() {}, facts: [join('a', 'b'), lib.x] };`,
    );
    folder.write('lib.js', 'exports.x = 1;');
    expect((await folder.definitionOf('./mine.js'))['facts']).toEqual(['a/b', 1]);
  });

  test('may make a require of its own', async () => {
    folder.write(
      'mine.js',
      `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
      const { join } = require('node:path'); ${pluginText('facts: [join("a", "b")]')}`,
    );
    expect((await folder.definitionOf('./mine.js'))['facts']).toEqual(['a/b']);
  });
});

describe('a custom plugin that is loaded again', () => {
  test('keeps its identity for as long as its content is the same', async () => {
    folder.write('mine.ts', `import { x } from './x.ts';\n${pluginText('x')}`);
    folder.write('x.ts', 'export const x = 1;');
    const first = await folder.definitionOf('./mine.ts');
    expect(await folder.definitionOf('./mine.ts')).toBe(first);
    folder.write('x.ts', 'export const x = 2;');
    const second = await folder.definitionOf('./mine.ts');
    expect([first['x'], second['x']]).toEqual([1, 2]);
  });

  test('leaves nothing behind in the temporary directory', async () => {
    const temporary = dirname(folder.write('tmp/kept', ''));
    vi.stubEnv('TMPDIR', temporary);
    onTestFinished(() => void vi.unstubAllEnvs());
    folder.write('mine.ts', pluginText());
    await folder.definitionOf('./mine.ts');
    expect(readdirSync(temporary)).toEqual(['kept']);
  });
});
