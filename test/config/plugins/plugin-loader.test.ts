import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PluginLoader } from '../../../config/plugins/plugin-loader.ts';
import type { LoadedPlugin } from '../../../config/plugins/plugin-loader.ts';
import { createConfigSource } from '../../../config/load.ts';
import type { PluginDefinition } from '../../../core/plugin/plugin.ts';
import { FAKES } from '../fake-plugins.ts';

let directory: string;
let loader: PluginLoader;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'livego-loader-'));
  write(
    'entry/index.mjs',
    'export const definePlugin = (definition) => definition; export const mark = "own entry";',
  );
  loader = new PluginLoader({
    entryUrl: pathToFileURL(join(directory, 'entry/index.mjs')).href,
    importTimeoutMs: 500,
  });
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(name: string, content: string): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

async function load(specifier: string): Promise<PluginDefinition & Record<string, unknown>> {
  const loaded = await loader.load(specifier, directory);
  if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join('\n'));
  return loaded.definition as PluginDefinition & Record<string, unknown>;
}

async function faultOf(
  specifier: string,
): Promise<Extract<LoadedPlugin, { ok: false }>['faults'][number] | undefined> {
  const loaded = await loader.load(specifier, directory);
  return loaded.ok ? undefined : loaded.faults[0];
}

const plugin = (extra = ''): string =>
  `export default { name: 'mine', schema: { type: 'object', properties: {} }, app() {}, ${extra} };`;

describe('a custom plugin', () => {
  test('may be TypeScript that imports from "livego", from packages beside it, and from its own files', async () => {
    write(
      'node_modules/dep/package.json',
      '{"name":"dep","type":"module","exports":{"import":"./esm.js","require":"./cjs.cjs"}}',
    );
    write('node_modules/dep/esm.js', 'export default "dep as module";');
    write('node_modules/dep/cjs.cjs', 'module.exports = "dep as commonjs";');
    const entry = write(
      'mine.ts',
      `import { definePlugin, mark, type Nothing } from 'livego';
       import dep from 'dep';
       import { join } from 'node:path';
       import { value } from './lib/value.ts';
       import extra from './lib/extra.js';
       export default definePlugin<{ a: number }>({ name: 'mine', schema: { type: 'object' }, app() {}, facts: [mark, dep, join('a', 'b'), value, extra] as const });`,
    );
    const value = write('lib/value.ts', 'export const value: number = 7;');
    const extra = write('lib/extra.js', 'export default "extra";');
    const loaded = await loader.load('./mine.ts', directory);
    expect(loaded).toMatchObject({
      ok: true,
      definition: { facts: ['own entry', 'dep as module', 'a/b', 7, 'extra'] },
    });
    expect([...loaded.files].sort()).toEqual([extra, value, entry].sort());
  });

  test('finds its own place in each of its files', async () => {
    write(
      'mine.js',
      `import { here } from './lib/here.js';\n${plugin('facts: [import.meta.url, import.meta.dirname, here, import.meta.resolve("./x.js")]')}`,
    );
    write('lib/here.js', 'export const here = import.meta.filename;');
    expect((await load('./mine.js'))['facts']).toEqual([
      pathToFileURL(join(directory, 'mine.js')).href,
      directory,
      join(directory, 'lib/here.js'),
      pathToFileURL(join(directory, 'x.js')).href,
    ]);
  });

  test('may be CommonJS that requires what it needs', async () => {
    write(
      'mine.js',
      `const { join } = require('node:path'); const lib = require('./lib.js');
      module.exports = { name: 'mine', schema: { type: 'object' }, app() {}, facts: [join('a', 'b'), lib.x] };`,
    );
    write('lib.js', 'exports.x = 1;');
    expect((await load('./mine.js'))['facts']).toEqual(['a/b', 1]);
  });

  test('may make a require of its own', async () => {
    write(
      'mine.js',
      `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
      const { join } = require('node:path'); ${plugin('facts: [join("a", "b")]')}`,
    );
    expect((await load('./mine.js'))['facts']).toEqual(['a/b']);
  });

  test('may be a package, found from the folder of the config', async () => {
    write(
      'node_modules/livego-mine/package.json',
      '{"name":"livego-mine","type":"module","main":"index.js"}',
    );
    write('node_modules/livego-mine/index.js', plugin());
    expect((await load('livego-mine')).name).toBe('mine');
    expect(await load('livego-mine')).toBe(await load('livego-mine'));
  });

  test('keeps its identity for as long as its content is the same', async () => {
    write('mine.ts', `import { x } from './x.ts';\n${plugin('x')}`);
    write('x.ts', 'export const x = 1;');
    const first = await load('./mine.ts');
    expect(await load('./mine.ts')).toBe(first);
    write('x.ts', 'export const x = 2;');
    const second = await load('./mine.ts');
    expect([first['x'], second['x']]).toEqual([1, 2]);
  });

  test('leaves nothing behind in the temporary directory', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('livego-plugin-'));
    write('mine.ts', plugin());
    await load('./mine.ts');
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('livego-plugin-'))).toEqual(before);
  });
});

describe('a plugin that cannot be loaded', () => {
  test('because of its syntax is a fault with file, line, column and the line itself', async () => {
    const file = write('mine.ts', `const a = 1;\n  const b = = 2;\n`);
    expect(await faultOf('./mine.ts')).toEqual({
      file,
      line: 2,
      column: 13,
      message: 'Unexpected "=": const b = = 2;',
    });
  });

  test('because an import is missing is a fault at that import', async () => {
    write('mine.ts', `import './lib.ts';\n${plugin()}`);
    const lib = write('lib.ts', `\nimport x from 'no-such-package';\nimport './gone.ts';\nconsole.log(x);`);
    const loaded = await loader.load('./mine.ts', directory);
    expect(loaded.ok ? [] : loaded.faults).toMatchObject([
      {
        file: lib,
        line: 2,
        column: 15,
        message: `Could not resolve "no-such-package": import x from 'no-such-package';`,
      },
      { file: lib, line: 3, column: 8, message: `Could not resolve "./gone.ts": import './gone.ts';` },
    ]);
    expect(loaded.files).toContain(lib);
  });

  test('because it throws is a fault at the line of its source', async () => {
    write('mine.ts', `import { boom } from './boom.ts';\nboom();\n${plugin()}`);
    const boom = write(
      'boom.ts',
      `export interface Long { a: 1 }\n\nexport function boom(): void {\n  throw new Error('no luck');\n}`,
    );
    expect(await faultOf('./mine.ts')).toMatchObject({
      file: boom,
      line: 4,
      message: 'the plugin fails when it is loaded: no luck',
    });
  });

  test('because its top level never ends is a fault', async () => {
    write('mine.js', `await new Promise(() => {});\n${plugin()}`);
    expect((await faultOf('./mine.js'))?.message).toContain('did not finish within 500 ms');
  });

  test.each([
    ['export const x = 1;', 'it has no default export'],
    ['export default 7;', 'it exports a number'],
    [`export default { name: 'a b', schema: { type: 'object' }, app() {} };`, 'its name must be'],
    [`export default { name: 'a', schema: { type: 'object' } };`, 'neither server() nor app()'],
    [`export default { name: 'a', app() {} };`, 'must be a JSON Schema of type "object"'],
    [
      `export default { name: 'a', schema: { type: 'object', properties: { b: { type: 'strin' } } }, app() {} };`,
      'schema of plugin "a" is not valid',
    ],
  ])('because %s is no plugin', async (text, message) => {
    write('mine.js', text);
    expect((await faultOf('./mine.js'))?.message).toContain(message);
  });

  test('because there is no such file or package is followed until it comes', async () => {
    const loaded = await loader.load('./gone.ts', directory);
    expect(loaded).toMatchObject({ ok: false, files: [join(directory, 'gone.ts')] });
    expect((await faultOf('./gone.ts'))?.message).toBe('there is no file gone.ts');
    write('mine.ts', plugin());
    expect((await faultOf('mine'))?.message).toBe(
      'there is no package "mine"; for the file beside the config write "./mine"',
    );
  });
});

describe('plugins: […] of a config', () => {
  const source = (): ReturnType<typeof createConfigSource> =>
    createConfigSource({
      file: join(directory, 'livego.json5'),
      builtins: FAKES,
      env: {},
      entryUrl: pathToFileURL(join(directory, 'entry/index.mjs')).href,
    });

  test('brings keys of its own, follows its files, and keeps its definition from load to load', async () => {
    write('livego.json5', '{ plugins: ["./mine.ts"], mine: { size: 3 }, oldsize: 4 }');
    const entry = write(
      'mine.ts',
      `export default { name: 'mine', schema: { type: 'object', properties: { size: { type: 'integer', default: 1 }, other: { type: 'integer' } } }, aliases: { oldsize: 'other' }, app() {} };`,
    );
    const config = source();
    const [first, second] = [await config.load(), await config.load()];
    if (!first.ok || !second.ok) throw new Error('faults');
    expect(first.config.definitions.at(-1)).toBe(second.config.definitions.at(-1));
    expect(first.config.plugins.get('mine')).toEqual({ enabled: true, options: { size: 3, other: 4 } });
    expect(first.files).toEqual([join(directory, 'livego.json5'), entry]);
  });

  test('may not take a name that is taken', async () => {
    write('livego.json5', '{ plugins: ["./hls.js", "./servers.js"] }');
    for (const name of ['hls', 'servers']) write(`${name}.js`, plugin().replace('mine', name));
    const loaded = await source().load();
    expect(loaded.ok ? [] : loaded.faults.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'plugins[0]: the plugin name "hls" is taken: another plugin has it',
      'plugins[1]: the plugin name "servers" is taken: "servers" is a key of the server itself',
    ]);
  });

  test('that fails does not make its keys look unknown, and misspelt keys are still named', async () => {
    write('livego.json5', '{ plugins: ["./mine.ts"], mine: {}, lisen: 1 }');
    const file = write('mine.ts', 'const =');
    const loaded = await source().load();
    expect(existsSync(file)).toBe(true);
    expect(loaded.files).toContain(file);
    expect(loaded.ok ? [] : loaded.faults.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'plugins[0]: Expected identifier but found "=": const =',
      'lisen: unknown key; did you mean "listen"?',
    ]);
  });
});
