// One short form that several plugins follow: the port that they share.
import { expect, test } from 'vitest';
import { createConfigSource } from '../../../config/load.ts';
import { definePlugin, type PluginDefinition } from '../../../core/plugin/plugin.ts';

const port = { type: 'integer', default: 1, description: 'A port.' };
const schema = { type: 'object', properties: { port } };
const owner = definePlugin({
  name: 'owner',
  schema,
  aliases: { operport: 'port', oper: 'enabled' },
  server() {},
});
const follower = definePlugin({
  name: 'follower',
  schema,
  sharedAliases: { operport: 'port', oper: 'enabled' },
  server() {},
});

async function load(text: string, builtins: readonly PluginDefinition[], flag?: string) {
  const overrides = flag === undefined ? [] : [{ flag: '--api_addr', key: 'operport', value: flag }];
  const loaded = await createConfigSource({
    file: 'livego.json5',
    text,
    env: {},
    builtins,
    overrides,
  }).load();
  if (!loaded.ok) return loaded.faults.map(({ path, message }) => `${path}: ${message}`);
  return Object.fromEntries(
    [...loaded.config.plugins].map(([name, { enabled, options }]) => [name, enabled && options['port']]),
  );
}

test.each([[[owner, follower]], [[follower, owner]]])(
  'its value is given to both, whoever comes first',
  async (both) => {
    expect(await load('{ OperPort: 8070 }', both)).toEqual({ owner: 8070, follower: 8070 });
    expect(await load('{ oper: "disable" }', both)).toEqual({ owner: false, follower: false });
  },
);

test('a flag of the command as well', async () => {
  expect(await load('{}', [owner, follower], '9000')).toEqual({ owner: 9000, follower: 9000 });
});

test('without its owner it is the follower’s own', async () => {
  expect(await load('{ operport: 8070 }', [follower])).toEqual({ follower: 8070 });
});

test('an option that is given beside it is given twice', async () => {
  expect(await load('{ operport: 1, follower: { port: 2 } }', [owner, follower])).toEqual([
    'follower.port: the same option is already given as operport in line 1; remove one of the two',
  ]);
});

test('a name that is no alias cannot be shared', async () => {
  const wrong = definePlugin({ name: 'wrong', schema, sharedAliases: { owner: 'port' }, server() {} });
  expect(await load('{}', [owner, wrong])).toEqual([
    ': the alias "owner" of plugin "wrong" is taken: another plugin has it',
  ]);
});
