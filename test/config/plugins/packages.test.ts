import { symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { PluginFolder, pluginText } from './plugin-folder.ts';

let folder: PluginFolder;

beforeEach(() => void (folder = new PluginFolder()));

describe('a plugin that is a package', () => {
  test('is found from the folder of the config', async () => {
    folder.write(
      'node_modules/livego-mine/package.json',
      '{"name":"livego-mine","type":"module","main":"index.js"}',
    );
    folder.write('node_modules/livego-mine/index.js', pluginText());
    expect((await folder.definitionOf('livego-mine')).name).toBe('mine');
    expect(await folder.definitionOf('livego-mine')).toBe(await folder.definitionOf('livego-mine'));
  });

  test('may export itself to import alone', async () => {
    folder.write(
      'node_modules/@me/mine/package.json',
      '{"name":"@me/mine","type":"module","exports":{".":{"import":"./lib/mine.js"}}}',
    );
    folder.write('node_modules/@me/mine/lib/mine.js', pluginText());
    expect((await folder.definitionOf('@me/mine')).name).toBe('mine');
  });

  test('may be TypeScript in a workspace', async () => {
    folder.write('packages/mine/package.json', '{"name":"mine","exports":"./index.ts"}');
    const entry = folder.write(
      'packages/mine/index.ts',
      `import { mark } from 'livego';\n${pluginText('facts: mark as string')}`,
    );
    folder.write('node_modules/.keep', '');
    symlinkSync('../packages/mine', `${folder.path}/node_modules/mine`);
    expect(await folder.load('mine')).toMatchObject({
      ok: true,
      definition: { facts: 'own entry' },
      files: [entry],
    });
  });
});

test('a package may bring its own copy of livego along', async () => {
  folder.write(
    'node_modules/livego-mine/package.json',
    '{"name":"livego-mine","type":"module","exports":"./index.js"}',
  );
  folder.write(
    'node_modules/livego-mine/node_modules/livego/package.json',
    '{"name":"livego","type":"module","exports":"./index.js"}',
  );
  folder.write(
    'node_modules/livego-mine/node_modules/livego/index.js',
    `export class Plugin { constructor(definition) { Object.assign(this, definition); } }
     export const definePlugin = (definition) => Object.freeze(new Plugin(definition)); export const mark = "own copy";`,
  );
  folder.write(
    'node_modules/livego-mine/index.js',
    `import { definePlugin, mark } from 'livego';
     export default definePlugin({ name: 'mine', schema: { type: 'object', properties: {} }, app() {}, facts: mark });`,
  );
  expect((await folder.definitionOf('livego-mine'))['facts']).toBe('own copy');
});

describe('a package that cannot be used', () => {
  test('says what it lacks', async () => {
    const manifest = folder.write('node_modules/mine/package.json', '{"exports":{"require":"./mine.cjs"}}');
    folder.write('node_modules/mine/mine.cjs', 'module.exports = {};');
    expect(await folder.faultOf('mine')).toMatchObject({
      file: undefined,
      message: `the package "mine" in ${dirname(manifest)} has no module that can be imported`,
    });
    expect((await folder.faultOf('mine/other'))?.message).toContain('has no "./other" that can be imported');
  });

  test('says that its package.json is not JSON', async () => {
    const manifest = folder.write('node_modules/mine/package.json', '{');
    expect((await folder.faultOf('mine'))?.message).toBe(`${manifest} is not JSON`);
  });
});
