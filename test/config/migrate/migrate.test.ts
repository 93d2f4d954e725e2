// Configs of other servers, written for these tests, and what becomes of them: the .json5 files beside them.
// `npx vitest run test/config/migrate -u` writes those anew.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createConfigSource } from '../../../config/load.ts';
import { readSeconds } from '../../../config/migrate/from/directives.ts';
import { migrate, recognize } from '../../../config/migrate/migrate.ts';
import type { SourceKind } from '../../../config/migrate/source-kinds.ts';
import { BUILTIN_PLUGINS } from '../../../plugins/index.ts';

const SOURCES = join(import.meta.dirname, 'sources');
const RESULTS = join(import.meta.dirname, 'results');

const KINDS: Readonly<Record<string, SourceKind>> = {
  'classic.json': 'livego-json',
  'live.cfg': 'livego-go',
  'livego-anchors.yaml': 'livego-go',
  'livego.json': 'livego-go',
  'livego.yaml': 'livego-go',
  'nginx-servers.conf': 'nginx',
  'nginx.conf': 'nginx',
  'node-media-server-inline.js': 'node-media-server',
  'node-media-server.js': 'node-media-server',
  'node-media-server.json': 'node-media-server',

  'srs-guarded.conf': 'srs',
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

describe('a kind is recognized', () => {
  test.each<[string, string, SourceKind]>([
    ['in one line', 'rtmp{server{listen 1935;application live{live on;}}}', 'nginx'],
    ['with a block that SRS and nginx have', 'rtmp { listen 1935; }\nvhost __defaultVhost__ { }', 'srs'],
    [
      'with a colon in a value',
      '# SRS\nlisten 1935;\nvhost v { engine { aparams { profile:a aac_low; } } }',
      'srs',
    ],
    ['behind comments with colons', '# note: this\n\nlisten 127.0.0.1:1935;', 'srs'],
    ['YAML', '# livego\nrtmp_addr: ":1935"\n', 'livego-go'],
  ])('%s', (_title, text, kind) => {
    expect(recognize(text, 'a.conf')).toBe(kind);
  });
});

describe('who may publish and play', () => {
  async function allowed(text: string, name: string) {
    const loaded = await load(migrate(text, name).text);
    if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join('\n'));
    const options = loaded.config.apps[0]?.plugins.get('auth')?.options;
    const listOf = (action: 'publish' | 'play') =>
      (options?.[action] as { readonly allow?: readonly string[] } | undefined)?.allow ?? [];
    return { publish: listOf('publish'), play: listOf('play'), deny: options?.['deny'] ?? [] };
  }
  const NOBODY = ['255.255.255.255'];

  test.each([
    ['no rule', '', { publish: NOBODY, play: NOBODY, deny: [] }],
    ['one that allows', 'allow play all;', { publish: NOBODY, play: [], deny: [] }],
    ['one that denies', 'deny play 192.0.2.1;', { publish: [], play: [], deny: ['192.0.2.1'] }],
    ['a denial counts first', 'allow play all; deny play all;', { publish: NOBODY, play: NOBODY, deny: [] }],
    ['both', 'allow publish 10.0.0.1; allow play all;', { publish: ['10.0.0.1'], play: [], deny: [] }],
  ])('SRS with %s', async (_title, rules, expected) => {
    const text = `listen 1935;\nvhost __defaultVhost__ { security { enabled on; ${rules} } }`;
    expect(await allowed(text, 'srs.conf')).toEqual(expected);
  });

  test.each([
    ['no rule', '', '', { publish: [], play: [], deny: [] }],
    ['rules around the application', 'deny publish all;', '', { publish: NOBODY, play: [], deny: [] }],
    [
      'rules of the application first',
      'deny publish all;',
      'allow publish all;',
      { publish: [], play: [], deny: [] },
    ],
    ['one address denied for both', '', 'deny 192.0.2.1;', { publish: [], play: [], deny: ['192.0.2.1'] }],
  ])('nginx with %s', async (_title, outer, inner, expected) => {
    const text = `rtmp { server { listen 1935; ${outer} application live { live on; ${inner} } } }`;
    expect(await allowed(text, 'nginx.conf')).toEqual(expected);
  });
});

test('a line of nginx that includes another file is told, in whatever block, and comments stay', () => {
  const text =
    'rtmp { server { listen 1935; application live {\n # ours\n live on;\n include a.conf; }\n include b.conf; } }';
  const migrated = migrate(text, 'nginx.conf').text;
  const reason = 'included files are not read; put their lines here, and migrate again';
  expect(migrated).toContain(`line 4: include a.conf: ${reason}`);
  expect(migrated).toContain(`line 5: include b.conf: ${reason}`);
  expect(migrated).toContain('// ours');
});

test('of two applications of one name nginx serves both; here the first counts, what keeps clients out of the other holds too, and what it says is listed', async () => {
  const text = `rtmp {
  allow publish 10.0.0.0/8;
  server { listen 1935; application live { live on; deny publish all; gop_cache off; } }
  server { listen 1936; application live { live off; } }
  server {
    listen 1937;
    application live {
      live on;
      gop_cache off;
      allow publish all;
      push rtmp://h/app/a-password;
    }
  }
}`;
  const { text: migrated, notes } = migrate(text, 'nginx.conf');
  const loaded = await load(migrated);
  if (!loaded.ok) throw new Error('faults');
  expect(loaded.config.apps.map(({ servername }) => servername)).toEqual(['live']);
  const { auth, relay } = Object.fromEntries(loaded.config.apps[0]!.plugins);
  expect(auth!.options).toMatchObject({ publish: { allow: ['255.255.255.255'] } });
  expect(relay!.options).toMatchObject({ push: [] });
  const where = 'line 3 has application "live" already';
  expect(notes.filter(({ reason }) => reason.startsWith(where))).toEqual([
    {
      line: 10,
      what: 'allow publish all',
      reason: `${where}; it is one application here, which keeps out whom either of them keeps out`,
    },
    { line: 11, what: 'push', reason: `${where}, with options of its own; it is one application here` },
  ]);
});

describe('what nginx does with relays', () => {
  test.each([
    ['push rtmp://h/app', { push: ['rtmp://h/app'] }],
    ['push rtmp://h/app/key name=main', { push: [{ url: 'rtmp://h/app/key', name: 'main' }] }],
    ['push h', { push: ['rtmp://h/{app}/{name}'] }],
    ['push rtmp://h app=a playPath=b/c', { push: ['rtmp://h/a/b/c'] }],
    ['pull rtmp://h/app', { onDemand: 'rtmp://h/app' }],
    ['pull rtmp://h/app name=door static', { pull: [{ url: 'rtmp://h/app/door', name: 'door' }] }],
    ['pull rtmp://h/app/x?t=1 name=door static', { pull: [{ url: 'rtmp://h/app/x?t=1', name: 'door' }] }],
  ])('%s', async (directive, expected) => {
    const text = `rtmp { server { listen 1935; application live { live on; ${directive}; } } }`;
    const loaded = await load(migrate(text, 'nginx.conf').text);
    if (!loaded.ok) throw new Error('faults');
    expect(loaded.config.apps[0]?.plugins.get('relay')?.options).toMatchObject(expected);
  });
});

test.each([
  ['1h30m', 5400],
  ['500ms', 0.5],
  ['1d', 86_400],
  ['12', 12],
  ['soon', undefined],
  ['1x', undefined],
  ['', undefined],
  ['1h30', 3630],
  // Reading it takes as many steps as it has characters.
  [`${'1'.repeat(100)}x`, undefined],
])('the time %s is %s s', (text, seconds) => {
  expect(readSeconds(text)).toBe(seconds);
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
    ['classic.json', '{\n  𮎮: 1935 }', 2, 'put keys in quotes'],
    ['livego.json', '{\n  server: { null: -.5 } }', 2, 'write 0.5 for .5'],
    ['config.js', 'start(readFile("x"))', 1, 'no object is assigned to "config", exported'],
    ['livego.yaml', 'server: &s\n  a: *s\n', 2, 'an alias contains itself'],
    ['config.js', 'const config = {\n  rtmp: { port: Number(process.env.PORT) },\n};', 2, /./],
  ])('%s: %j', (name, text, line, message) => {
    const kind = name === 'nginx.conf' ? 'nginx' : undefined;
    const said =
      typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message);
    expect(() => migrate(text, name, kind)).toThrow(expect.objectContaining({ line, message: said }));
  });
});
