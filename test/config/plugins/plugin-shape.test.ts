import { describe, expect, test } from 'vitest';
import { findPluginFault } from '../../../config/plugins/plugin-shape.ts';
import { BUILTIN_PLUGINS } from '../../../plugins/index.ts';

const OPTIONS = {
  size: { type: 'integer', default: 1 },
  limits: { type: 'object', default: {}, properties: { bytes: { type: 'integer', default: 1 } } },
};

function faultOf(parts: object): string | undefined {
  return findPluginFault({
    name: 'mine',
    schema: { type: 'object', properties: OPTIONS },
    app() {},
    ...parts,
  });
}

test.each(BUILTIN_PLUGINS.map((plugin) => [plugin.name, plugin] as const))(
  'the built-in plugin %s is one that a custom plugin could be',
  (_, plugin) => {
    expect(findPluginFault(plugin)).toBeUndefined();
  },
);

describe('renamedOptions', () => {
  test('lead from old names to options of the schema', () => {
    expect(
      faultOf({ renamedOptions: { length: 'size', maxBytes: 'limits.bytes', 'old.bytes': 'size' } }),
    ).toBe(undefined);
  });

  test.each([
    [['size'], 'renamedOptions of plugin "mine" must be like { oldName: "newName" }'],
    [{ length: 1 }, 'renamedOptions of plugin "mine" must be like { oldName: "newName" }'],
    [
      { length: 'sice' },
      'renamedOptions of plugin "mine" leads from "length" to "sice", but its schema has no such option',
    ],
    [
      { length: 'limits.size' },
      'renamedOptions of plugin "mine" leads from "length" to "limits.size", but its schema has no such option',
    ],
    [
      { 'limits.bytes': 'size' },
      'renamedOptions of plugin "mine" leads from "limits.bytes" to "size", but its schema still has an option "limits.bytes"',
    ],
    [
      { enabled: 'size' },
      'renamedOptions of plugin "mine" leads from "enabled" to "size", but "enabled" is every plugin\'s switch',
    ],
  ])('%j is a fault of the plugin', (renamedOptions, fault) => {
    expect(faultOf({ renamedOptions })).toBe(fault);
  });
});

describe('aliases', () => {
  test('stand for present names of options', () => {
    expect(faultOf({ aliases: { minesize: 'size' }, renamedOptions: { length: 'size' } })).toBe(undefined);
  });

  test.each(['length', 'length.part'])('for the old name %s are a fault of the plugin', (option) => {
    expect(faultOf({ aliases: { minesize: option }, renamedOptions: { length: 'size' } })).toBe(
      `the alias "minesize" of plugin "mine" stands for "${option}", but "length" is an old name; write the new one`,
    );
  });
});
