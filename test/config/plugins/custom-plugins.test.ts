import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { PluginFolder, pluginText } from './plugin-folder.ts';

let folder: PluginFolder;

beforeEach(() => void (folder = new PluginFolder()));

describe('plugins: […] of a config', () => {
  test('brings keys of its own, follows its files, and keeps its definition from load to load', async () => {
    folder.write('livego.json5', '{ plugins: ["./mine.ts"], mine: { size: 3 }, oldsize: 4 }');
    const entry = folder.write(
      'mine.ts',
      `export default { name: 'mine', schema: { type: 'object', properties: { size: { type: 'integer', default: 1 }, other: { type: 'integer' } } }, aliases: { oldsize: 'other' }, app() {} };`,
    );
    const config = folder.source();
    const [first, second] = [await config.load(), await config.load()];
    if (!first.ok || !second.ok) throw new Error('faults');
    expect(first.config.definitions.at(-1)).toBe(second.config.definitions.at(-1));
    expect(first.config.plugins.get('mine')).toEqual({ enabled: true, options: { size: 3, other: 4 } });
    expect(first.files).toEqual([join(folder.path, 'livego.json5'), entry]);
  });

  test('may not take a name that is taken', async () => {
    folder.write('livego.json5', '{ plugins: ["./hls.js", "./servers.js"] }');
    for (const name of ['hls', 'servers']) folder.write(`${name}.js`, pluginText().replace('mine', name));
    const loaded = await folder.source().load();
    expect(loaded.ok ? [] : loaded.faults.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'plugins[0]: the plugin name "hls" is taken: another plugin has it',
      'plugins[1]: the plugin name "servers" is taken: "servers" is a key of the server itself',
    ]);
  });

  test('does not make the keys of a plugin that fails look unknown, and still names misspelt keys', async () => {
    folder.write('livego.json5', '{ plugins: ["./mine.ts"], mine: {}, lisen: 1 }');
    const file = folder.write('mine.ts', 'const =');
    const loaded = await folder.source().load();
    expect(existsSync(file)).toBe(true);
    expect(loaded.files).toContain(file);
    expect(loaded.ok ? [] : loaded.faults.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'plugins[0]: Expected identifier but found "=": const =',
      'lisen: unknown key; did you mean "listen"?',
    ]);
  });
});
