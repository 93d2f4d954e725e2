// The short forms and the flag of the API, who may use it after a reload, and the file of its state.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createConfigSource } from '../../../config/load.ts';
import { BUILTIN_PLUGINS } from '../../../plugins/index.ts';
import { apiConfig, startApi, temporaryFolder } from './api-kit.ts';

async function load(text: string, overrides: { flag: string; key: string; value: string }[] = []) {
  const source = createConfigSource({
    file: 'livego.json5',
    text,
    builtins: BUILTIN_PLUGINS,
    env: {},
    overrides,
  });
  const loaded = await source.load();
  if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join());
  const { plugins } = loaded.config;
  return ['api', 'stat'].map((name) => [plugins.get(name)?.enabled, plugins.get(name)?.options['port']]);
}

test('the API and the statistics share the classic port, switch and flag', async () => {
  expect(await load('{}')).toEqual([
    [true, 8070],
    [true, 8070],
  ]);
  expect(await load('{ httpOper: "disable", operPort: 9070 }')).toEqual([
    [false, 9070],
    [false, 9070],
  ]);
  expect(await load('{ operport: 9070 }', [{ flag: '--api_addr', key: 'operport', value: ':8090' }])).toEqual(
    [
      [true, ':8090'],
      [true, ':8090'],
    ],
  );
});

test('without tokens the log says that only this machine is answered, with tokens it does not', async () => {
  const words = 'the API answers programs of this machine only';
  const { log } = await startApi();
  expect(log.filter(({ msg }) => msg.startsWith(words))).toHaveLength(1);
  const other = await startApi({ config: { control: { tokens: [{ token: 'a-token-of-many-letters' }] } } });
  expect(other.log.filter(({ msg }) => msg.startsWith(words))).toHaveLength(0);
});

test('a new token is good at once, and an old one no longer', async () => {
  const settings = (token: string) => ({ config: { control: { tokens: [{ token }] } } });
  const server = await startApi(settings('the-first-of-the-tokens'));
  const status = async (token: string) =>
    (await server.ask('/api/v1/clients', { headers: { authorization: `Bearer ${token}` } })).statusCode;
  expect([await status('the-first-of-the-tokens'), await status('the-second-of-the-tokens')]).toEqual([
    200, 401,
  ]);
  await server.reload(apiConfig(settings('the-second-of-the-tokens'), server.folder));
  expect([await status('the-first-of-the-tokens'), await status('the-second-of-the-tokens')]).toEqual([
    401, 200,
  ]);
});

test.each([
  ['{"version":2}', 'state/version must be equal to constant'],
  ['{"version":1,"bans":[{"address":"here"}]}', "state/bans/0 must have required property 'reason'"],
  [
    '{"version":1,"bans":[{"address":"here","reason":"","at":"","until":null}]}',
    '"here" is neither an IP address nor a network',
  ],
  ['{"version":1,"projects":{}}', 'state/projects must be array'],
  ['[]', 'state must be object'],
])('a state that cannot be used rejects the config: %s', async (text, fault) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'state.json'), text);
  const started = startApi({ folder });
  await expect(started).rejects.toThrow(/api\.stateFile: .* cannot be read/);
  await expect(started).rejects.toThrow(fault);
});
