import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { PluginFolder, pluginText } from './plugin-folder.ts';

let folder: PluginFolder;

beforeEach(() => void (folder = new PluginFolder()));

describe('a fault in the text of a plugin', () => {
  test('is placed with file, line and column, and shows the line', async () => {
    const file = folder.write('mine.ts', `const a = 1;\n  const b = = 2;\n`);
    expect(await folder.faultOf('./mine.ts')).toEqual({
      file,
      line: 2,
      column: 13,
      message: 'Unexpected "=": const b = = 2;',
    });
  });

  test('is placed at the import if that leads nowhere', async () => {
    folder.write('mine.ts', `import './lib.ts';\n${pluginText()}`);
    const lib = folder.write(
      'lib.ts',
      `\nimport x from 'no-such-package';\nimport './gone.ts';\nconsole.log(x);`,
    );
    const loaded = await folder.load('./mine.ts');
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
});

describe('a plugin that cannot be loaded', () => {
  test('because it is a pipe is a fault, and nothing waits for its writer', async () => {
    execFileSync('mkfifo', [join(folder.path, 'pipe'), join(folder.path, 'pipe.ts')]);
    for (const name of ['./pipe', './pipe.ts'])
      expect(await folder.faultOf(name)).toMatchObject({ message: 'this is no regular file' });
    folder.write('mine.ts', `import './pipe.ts';\n${pluginText()}`);
    const message = "this is no regular file: import './pipe.ts';";
    expect(await folder.faultOf('./mine.ts')).toMatchObject({ message });
  });

  test('because it throws is a fault at the line of its source', async () => {
    folder.write('mine.ts', `import { boom } from './boom.ts';\nboom();\n${pluginText()}`);
    const boom = folder.write(
      'boom.ts',
      `export interface Long { a: 1 }\n\nexport function boom(): void {\n  throw new Error('no luck');\n}`,
    );
    expect(await folder.faultOf('./mine.ts')).toMatchObject({
      file: boom,
      line: 4,
      message: 'the plugin fails when it is loaded: no luck',
    });
  });

  test('because its top level never ends is a fault', async () => {
    const folder = new PluginFolder({ importTimeoutMs: 500 });
    folder.write('mine.js', `await new Promise(() => {});\n${pluginText()}`);
    expect((await folder.faultOf('./mine.js'))?.message).toContain('did not finish within 500 ms');
  });

  test('because it is missing is followed until it is there', async () => {
    const loaded = await folder.load('./gone.ts');
    expect(loaded).toMatchObject({ ok: false, files: [join(folder.path, 'gone.ts')] });
    expect((await folder.faultOf('./gone.ts'))?.message).toBe('there is no file gone.ts');
    folder.write('mine.ts', pluginText());
    expect((await folder.faultOf('mine'))?.message).toBe(
      'there is no package "mine"; for the file beside the config write "./mine"',
    );
  });
});

describe('a module that is not a plugin', () => {
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
  ])('is a fault: %s', async (text, message) => {
    folder.write('mine.js', text);
    expect((await folder.faultOf('./mine.js'))?.message).toContain(message);
  });
});
