// Configs of other servers, written for these tests, and what becomes of them: the .json5 files beside them.
// `npx vitest run test/config/migrate -u` writes those anew.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createConfigSource } from '../../../config/load.ts';
import { migrate, recognize, type SourceKind } from '../../../config/migrate/migrate.ts';
import { BUILTIN_PLUGINS } from '../../../plugins/index.ts';

const SOURCES = join(import.meta.dirname, 'sources');
const RESULTS = join(import.meta.dirname, 'results');

const KINDS: Readonly<Record<string, SourceKind>> = {
  'classic.json': 'livego-json',
  'live.cfg': 'livego-go',
  'livego.json': 'livego-go',
  'livego.yaml': 'livego-go',
  'nginx.conf': 'nginx',
  'node-media-server.js': 'node-media-server',
  'node-media-server.json': 'node-media-server',
  'srs.conf': 'srs',
};

function read(name: string): string {
  return readFileSync(join(SOURCES, name), 'utf8');
}

async function load(text: string) {
  return createConfigSource({ file: 'livego.json5', text, builtins: BUILTIN_PLUGINS, env: {} }).load();
}

test('every kind of config has an example', () => {
  expect(readdirSync(SOURCES)).toEqual(Object.keys(KINDS));
});

describe.each(Object.entries(KINDS))('%s', (name, kind) => {
  test('is recognized', () => {
    expect(recognize(read(name), name)).toBe(kind);
  });

  test('becomes a config that keeps its comments, lists what has no counterpart, and passes the check', async () => {
    const { text } = migrate(read(name), name);
    await expect(text).toMatchFileSnapshot(join(RESULTS, `${name}.json5`));
    const loaded = await load(text);
    expect(loaded.ok ? [] : loaded.faults).toEqual([]);
  });

  test('has no secret in what is listed', () => {
    const listed = JSON.stringify(migrate(read(name), name).notes);
    expect(listed).not.toMatch(/a.password|nodemedia2017|abcd/);
  });
});

describe('what others see of the migrated server', () => {
  async function applied(name: string) {
    const loaded = await load(migrate(read(name), name).text);
    if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join('\n'));
    return loaded.config;
  }

  test('the ports of livego (Go) stay, whether they were written or not', async () => {
    for (const name of ['livego.yaml', 'live.cfg', 'livego.json']) {
      const { plugins } = await applied(name);
      expect(plugins.get('httpflv')?.options['port']).toBe(':7001');
    }
  });

  test('channel keys are asked for where livego (Go) asked for them', async () => {
    const keys = async (name: string) => (await applied(name)).plugins.get('auth')?.options['channelKeys'];
    expect(await keys('livego.yaml')).toBe('enable');
    expect(await keys('livego.json')).toBe(false);
    expect(await keys('live.cfg')).toBe(false);
  });

  test('nobody may publish where nginx denied everybody', async () => {
    const { apps } = await applied('nginx.conf');
    const small = apps.find(({ servername }) => servername === 'small');
    expect(small?.plugins.get('auth')?.options['publish']).toMatchObject({ allow: ['255.255.255.255'] });
  });

  test('HLS is on where it was, and off where it was not', async () => {
    const { apps } = await applied('nginx.conf');
    expect(apps.map(({ servername, plugins }) => [servername, plugins.get('hls')?.enabled])).toEqual([
      ['live', true],
      ['small', false],
      ['edge', false],
    ]);
  });
});

describe('a text that cannot be read', () => {
  test.each([
    ['nginx.conf', 'rtmp { server { listen 1935; }', 1, 'the { is not closed; a } is missing'],
    ['nginx.conf', 'rtmp {\n  server {\n    listen 1935\n  }\n}', 3, '"listen" does not end with ; or {'],
    ['nginx.conf', '# rtmp\nhttp { }', 1, 'the file has no rtmp { }'],
    ['srs.conf', 'listen 1935;\n}', 2, 'a } closes nothing'],
    ['livego.yaml', 'level: info\n  server: [', 1, /./],
    ['livego.yaml', '- 1\n', 1, 'the file is a list; it must have options'],
    ['classic.json', '{\n  "listen": 1935\n  "hls": "enable"\n}', 3, /a comma/],
    ['config.js', 'start(readFile("x"))', 1, 'no object is assigned to "config" or exported'],
    ['config.js', 'const config = {\n  rtmp: { port: Number(process.env.PORT) },\n};', 2, /./],
  ])('%s: %j', (name, text, line, message) => {
    const kind = name === 'nginx.conf' ? 'nginx' : undefined;
    const said =
      typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message);
    expect(() => migrate(text, name, kind)).toThrow(expect.objectContaining({ line, message: said }));
  });
});
