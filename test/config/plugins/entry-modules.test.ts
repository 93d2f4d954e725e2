import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { createConfigSource } from '../../../config/load.ts';
import { definePlugin } from '../../../livego/index.ts';
import { PluginFolder, pluginText } from './plugin-folder.ts';

let folder: PluginFolder;

beforeEach(() => {
  folder = new PluginFolder();
  folder.write('entry/media.mjs', 'export const mark = "own media";');
  folder.write('entry/http.mjs', 'export const mark = "own http";');
  folder.write('entry/media.d.mts', 'export declare const mark: string;');
  folder.write('entry/README.md', '');
  // A copy that a plugin must not get.
  folder.write('node_modules/livego/package.json', '{"type":"module","exports":{"./*":"./*.js"}}');
  for (const name of ['media', 'other'])
    folder.write(`node_modules/livego/${name}.js`, 'export const mark = "a stranger";');
});

describe('livego/NAME in a custom plugin', () => {
  test('is the module NAME beside the module that livego is', async () => {
    folder.write(
      'mine.ts',
      `import { mark } from 'livego'; import { mark as media } from 'livego/media';
       import http = require('livego/http'); const late = await import('livego/http');
       ${pluginText('facts: [mark, media, http.mark, late.mark]')}`,
    );
    expect((await folder.definitionOf('./mine.ts'))['facts']).toEqual([
      'own entry',
      'own media',
      'own http',
      'own http',
    ]);
  });

  test('is a fault at the import if there is no such module', async () => {
    const file = folder.write(
      'mine.js',
      `import 'livego';\nimport { mark } from 'livego/medai';\n${pluginText('mark')}`,
    );
    expect(await folder.faultOf('./mine.js')).toEqual({
      file,
      line: 2,
      column: 22,
      message: `there is no "livego/medai"; did you mean "livego/media"? Known are livego, livego/http, livego/media: import { mark } from 'livego/medai';`,
    });
  });

  test.each(['livego/other', 'livego/index', 'livego/', 'livego/../entry/http', 'livego/media.mjs'])(
    'is never another file: %s',
    async (specifier) => {
      folder.write('mine.js', `import * as all from '${specifier}';\n${pluginText('all')}`);
      expect((await folder.faultOf('./mine.js'))?.message).toContain(`there is no "${specifier}"`);
    },
  );
});

test('livego in a custom plugin is this package, unless the settings say otherwise', async () => {
  const file = join(folder.path, 'livego.json5');
  folder.write('livego.json5', '{ plugins: ["./mine.ts"] }');
  folder.write('mine.ts', `import { definePlugin } from 'livego';\n${pluginText('definePlugin')}`);
  const loaded = await createConfigSource({ file, builtins: [], env: {} }).load();
  expect(loaded).toMatchObject({ ok: true, config: { definitions: [{ definePlugin }] } });
});
