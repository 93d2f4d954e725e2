import { describe, expect, test } from 'vitest';
import { APP_OPTIONS_SCHEMA } from '../../core/options.ts';
import { FAKES, fakeEngine, faultsOf, loadText, resolveText } from './fake-plugins.ts';

const CLASSIC = `{
  "listen": 1935, // RTMP
  "notifyurl": "",
  "hls": "enable",
  "hlsPort": 8090,
  "httpflv": "enable",
  "flvport": 8011,
  "httpoper": "enable",
  "operport": 8070,
  "engineEnable": "enable",
  "engine": {
    "ffmpeg": "/opt/segmenter", "vcodec": "copy", "acodec": "copy",
    "extra_conf": "/opt/config.conf", "output": "/data/channellist/channel", "trans_user": "me"
  },
  "chunksize": 4096,
  "servers": [{ "servername": "live" }]
}`;

describe('a config in the classic format', () => {
  test('loads unchanged, keys in any letter case', async () => {
    const config = await resolveText(CLASSIC);
    expect(config.plugins.get('rtmp')).toEqual({ enabled: true, options: { port: 1935 } });
    expect(config.plugins.get('hls')?.options).toMatchObject({ port: 8090, segmentSeconds: 2 });
    expect(config.apps.map(({ servername }) => servername)).toEqual(['live']);
  });

  test('is warned once for each feature that this build lacks', async () => {
    const { warnings } = await loadText(CLASSIC);
    expect(warnings).toEqual([
      'livego.json5:8:3: httpoper: this build has no control API; the key has no effect',
      'livego.json5:10:3: engineEnable: this build has no transcoding engine; the key has no effect',
      'livego.json5:15:3: chunksize: this build has no option for the RTMP chunk size; the key has no effect',
    ]);
  });

  test('gets no warning for features that it switches off', async () => {
    const { warnings } = await loadText(
      `{ httpoper: "disable", operport: 8070, engineEnable: "Disable", engine: { ffmpeg: "x" }, notifyurl: "" }`,
    );
    expect(warnings).toEqual([]);
  });

  test('hands its keys to a plugin as soon as one owns them', async () => {
    const text = `{ engineEnable: "DISABLE", engine: { ffmpeg: "/opt/x" } }`;
    const { plugins } = await resolveText(text, { builtins: [...FAKES, fakeEngine] });
    expect(plugins.get('engine')).toEqual({ enabled: false, options: { ffmpeg: '/opt/x' } });
  });

  test('loads in a build that has none of its plugins', async () => {
    expect(await faultsOf(CLASSIC, { builtins: [] })).toEqual([]);
  });

  test('tells what keys of livego.yaml are called here', async () => {
    expect(await faultsOf(`{ rtmp_addr: ":1935", server: [{ appname: "live" }] }`)).toEqual([
      'livego.json5:1:3: rtmp_addr: this key is called "listen" here',
      'livego.json5:1:23: server: this key is called "servers" here',
    ]);
  });
});

describe('switches and options', () => {
  test.each([
    ['"enable"', true],
    ['"Disable"', false],
    ['"ON"', true],
    ['"off"', false],
    ['true', true],
    ['false', false],
    ['{}', true],
    ['{ enabled: "disable" }', false],
    ['{ enabled: true, window: 3 }', true],
  ])('hls: %s means enabled: %s', async (value, enabled) => {
    expect((await resolveText(`{ hls: ${value} }`)).plugins.get('hls')?.enabled).toBe(enabled);
  });

  test('a plugin that the config does not mention is as its default says', async () => {
    const { plugins } = await resolveText('{}');
    expect([...plugins].map(([name, { enabled }]) => [name, enabled])).toEqual([
      ['rtmp', true],
      ['hls', true],
      ['httpflv', true],
      ['relay', false],
    ]);
  });

  test('an alias sets an option without switching the plugin on', async () => {
    const { plugins } = await resolveText('{ hls: "disable", hlsport: 9000 }');
    expect(plugins.get('hls')).toMatchObject({ enabled: false, options: { port: 9000 } });
  });

  test('what is no switch is named, with the word that was meant', async () => {
    expect(await faultsOf('{ hls: "enabel" }')).toEqual([
      'livego.json5:1:8: hls: "enabel" is not a switch; it must be "enable" or "disable", or options in braces { }; did you mean "enable"?',
    ]);
  });

  test('every option has its default, and the result cannot be changed', async () => {
    const { server, apps, plugins } = await resolveText('{}');
    expect(server).toMatchObject({ level: 'info', watch: { enabled: true, poll: false, settleMs: 60 } });
    expect(apps[0]?.options).toMatchObject({ gop_num: 1, slowViewer: { dropAfterBytes: 2 * 1024 * 1024 } });
    expect(Object.keys(apps[0]?.options ?? {})).toEqual(
      Object.keys(APP_OPTIONS_SCHEMA['properties'] as object),
    );
    expect(Object.isFrozen(plugins.get('hls')?.options['encrypt'])).toBe(true);
  });

  test('two loads of one text are deep-equal', async () => {
    expect(await resolveText(CLASSIC)).toEqual(await resolveText(CLASSIC));
  });
});

describe('entries of servers[]', () => {
  test('override the root option by option; objects merge, lists replace', async () => {
    const { apps } = await resolveText(`{
      gop_num: 2,
      hls: { window: 9, encrypt: { method: "aes-128", rotate: 4 }, labels: ["a", "b"] },
      servers: [
        { servername: "a" },
        { servername: "b", gop_num: 0, hls: { segmentSeconds: 4, encrypt: { rotate: 8 }, labels: ["c"] } },
      ],
    }`);
    expect(apps.map(({ options }) => options.gop_num)).toEqual([2, 0]);
    expect(apps[0]?.plugins.get('hls')?.options).toMatchObject({
      window: 9,
      segmentSeconds: 2,
      labels: ['a', 'b'],
    });
    expect(apps[1]?.plugins.get('hls')?.options).toMatchObject({
      window: 9,
      segmentSeconds: 4,
      encrypt: { method: 'aes-128', rotate: 8 },
      labels: ['c'],
    });
  });

  test('switch a plugin off and on for one application', async () => {
    const { apps, plugins } = await resolveText(`{
      hls: "disable",
      servers: [{ servername: "a", hls: "on", httpflv: false }, { servername: "b", hls: { window: 3 } }, { servername: "c" }],
    }`);
    expect(plugins.get('hls')?.enabled).toBe(false);
    expect(apps.map((app) => app.plugins.get('hls')?.enabled)).toEqual([true, true, false]);
    expect(apps.map((app) => app.plugins.get('httpflv')?.enabled)).toEqual([false, true, true]);
  });

  test.each(['{}', '{ servers: [] }'])('%s serves the one application "live"', async (text) => {
    expect((await resolveText(text)).apps.map(({ servername }) => servername)).toEqual(['live']);
  });

  test('may not set what belongs to the whole server', async () => {
    expect(
      await faultsOf(`{ servers: [{ servername: "a", hls: { port: 1 }, flvport: 2, level: "warn" }] }`),
    ).toEqual([
      'livego.json5:1:39: servers[0].hls.port: this option belongs to the whole server; write it at the root, as hls: { port: … }',
      'livego.json5:1:50: servers[0].flvport: this option belongs to the whole server; write it at the root, as httpflv: { port: … }',
      'livego.json5:1:62: servers[0].level: this option belongs to the whole server; write it at the root',
    ]);
  });

  test('need names, each its own', async () => {
    expect(
      await faultsOf(
        `{ servers: [{ servername: "a" },\n {}, { servername: "a" }, { servername: "b c" }, 7] }`,
      ),
    ).toEqual([
      'livego.json5:2:2: servers[1]: the application has no name; give it a servername, such as servername: "live"',
      'livego.json5:2:20: servers[2].servername: "a" is already the name in servers[0].servername in line 1; each application has one entry',
      'livego.json5:2:41: servers[3].servername: "b c" cannot be an application\'s name; it must be a string such as "live" or "event-*", without spaces, "?", "#", or a "/" at an end',
      'livego.json5:2:50: servers[4]: 7 is not an application; it must be like { servername: "live" }',
    ]);
  });

  test('that a pattern before them hides are worth a warning', async () => {
    const { warnings } = await loadText(`{ servers: [{ servername: "ev*" }, { servername: "event" }] }`);
    expect(warnings).toEqual([
      'livego.json5:1:38: servers[1].servername: "event" is never reached, because "ev*" stands before it and matches first',
    ]);
  });

  test('a fault of the root is told once, not once for each application', async () => {
    expect(
      await faultsOf(
        `{ gop_num: -1, hls: { window: 0 }, servers: [{ servername: "a" }, { servername: "b" }] }`,
      ),
    ).toEqual([
      'livego.json5:1:12: gop_num: -1 is too small; it must be a whole number from 0 to 100',
      'livego.json5:1:31: hls.window: 0 is too small; it must be a whole number of at least 1',
    ]);
  });
});

describe('faults', () => {
  test('are all told at once, in the order of the file, with path, value, what is allowed and the nearest name', async () => {
    const text = `{
  lisen: 1935,
  gopNum: 2,
  hls: { segmentSecond: 2, port: 70000 },
  servers: [
    { servername: "live" },
    { servername: "event", hls: { segmentSeconds: "two" }, duplicate: "replac" },
  ],
}`;
    expect(await faultsOf(text)).toEqual([
      'livego.json5:2:3: lisen: unknown key; did you mean "listen"?',
      'livego.json5:3:3: gopNum: unknown key; did you mean "gop_num"?',
      'livego.json5:4:10: hls.segmentSecond: unknown option; did you mean "segmentSeconds"?',
      'livego.json5:4:34: hls.port: 70000 is not allowed; it must be a port such as 1935, or an address such as "127.0.0.1:1935"',
      'livego.json5:7:51: servers[1].hls.segmentSeconds: "two" is a string; it must be a number of at least 0.5',
      'livego.json5:7:71: servers[1].duplicate: "replac" is not allowed; it must be "reject" or "replace"; did you mean "replace"?',
    ]);
  });

  test('point at the alias where the option was given by one', async () => {
    expect(await faultsOf('{\n hlsPort: "x" }')).toEqual([
      'livego.json5:2:11: hlsPort: "x" is not allowed; it must be a port such as 1935, or an address such as "127.0.0.1:1935"',
    ]);
  });

  test('an option that is given twice names both places', async () => {
    expect(
      await faultsOf('{ hls: { port: 1 },\n hlsport: 2,\n HLSPORT: 3,\n gop_num: 1, gop_num: 2 }'),
    ).toEqual([
      'livego.json5:2:2: hlsport: the same option is already given as hls.port in line 1; remove one of the two',
      'livego.json5:3:2: HLSPORT: the same option is already given as hls.port in line 1; remove one of the two',
      'livego.json5:4:14: gop_num: the same key is already given in line 4; remove one of the two',
    ]);
  });

  test('an option that stands outside its braces is sent into them', async () => {
    expect(await faultsOf('{ segmentSeconds: 2 }')).toEqual([
      'livego.json5:1:3: segmentSeconds: this is an option of hls; write hls: { segmentSeconds: … }',
    ]);
  });

  test('what is missing is told only of plugins that are on', async () => {
    expect(await faultsOf('{ relay: "disable" }')).toEqual([]);
    expect(await faultsOf('{ servers: [{ servername: "a", relay: "enable" }] }')).toEqual([
      'livego.json5:1:32: servers[0].relay: the option "push" is missing; it must be a list of at least 1 item in brackets [ ], each a string that fits /^rtmp:\\/\\// or options in braces { }',
    ]);
  });

  test('within alternatives are told of the alternative that was meant', async () => {
    expect(await faultsOf('{ relay: { push: [{ url: "rtmp://x", retires: 3 }, "http://y", 5] } }')).toEqual([
      'livego.json5:1:38: relay.push[0].retires: unknown option; did you mean "retries"?',
      'livego.json5:1:52: relay.push[1]: "http://y" is not allowed; it must be a string that fits /^rtmp:\\/\\// or options in braces { }',
      'livego.json5:1:64: relay.push[2]: 5 is not allowed; it must be a string that fits /^rtmp:\\/\\// or options in braces { }',
    ]);
  });

  test('Infinity and NaN are no numbers of a config', async () => {
    expect(await faultsOf('{ gop_num: Infinity, hls: { segmentSeconds: NaN } }')).toEqual([
      'livego.json5:1:12: gop_num: Infinity is not allowed; it must be a whole number from 0 to 100',
      'livego.json5:1:45: hls.segmentSeconds: NaN is not allowed; it must be a number of at least 0.5',
    ]);
  });

  test('have no position, rather than none at all, where only json5 can read the text', async () => {
    expect(await faultsOf('{ gop_num: -.5 }')).toEqual([
      'livego.json5: gop_num: -0.5 is not a whole number; it must be a whole number from 0 to 100',
    ]);
  });

  test('of a key __proto__ are like those of any other key', async () => {
    expect(await faultsOf('{ hls: { __proto__: { window: 0 } } }')).toEqual([
      'livego.json5:1:10: hls.__proto__: unknown option; known are port, segmentSeconds, window, keepAfterEnd, path, encrypt, labels',
    ]);
  });

  test.each([
    ['[]', 'livego.json5:1:1: the config is a list; it must be an object in braces { }'],
    ['', 'livego.json5:1:1: the file is empty; write at least {}'],
    [
      '{ servers: "live" }',
      'livego.json5:1:12: servers: "live" is not a list; it must be a list of applications, such as [{ servername: "live" }]',
    ],
    [
      '{ hls: null }',
      'livego.json5:1:8: hls: null is not a switch; it must be "enable" or "disable", or options in braces { }',
    ],
  ])('%s', async (text, fault) => {
    expect(await faultsOf(text)).toEqual([fault]);
  });
});

describe('environment variables', () => {
  const env = { PORT: '9000', SECONDS: '2.5', KEEP: 'true', HLS: 'off', SECRET: 'hunter2', DIR: '/data' };

  test('stand for strings, numbers, booleans and switches', async () => {
    const { plugins } = await resolveText(
      '{ hlsport: "${PORT}", hls: { segmentSeconds: "${SECONDS}", keepAfterEnd: "${KEEP}", path: "${DIR}/${X:hls}", enabled: "${HLS}" } }',
      { env },
    );
    expect(plugins.get('hls')).toMatchObject({
      enabled: false,
      options: { port: 9000, segmentSeconds: 2.5, keepAfterEnd: true, path: '/data/hls' },
    });
  });

  test('stay strings where the option wants one', async () => {
    expect(
      (await resolveText('{ hls: { path: "${PORT}" } }', { env })).plugins.get('hls')?.options['path'],
    ).toBe('9000');
  });

  test('a literal "${" is written "$${"', async () => {
    expect(
      (await resolveText('{ hls: { path: "$${PORT}" } }', { env })).plugins.get('hls')?.options['path'],
    ).toBe('${PORT}');
  });

  test('that are missing or misspelt are faults', async () => {
    expect(await faultsOf('{ hls: { path: "${NOPE}", labels: ["${A-B}", "${PORT"] } }', { env })).toEqual([
      'livego.json5:1:16: hls.path: the environment variable NOPE is not set; set it, or give a fallback: ${NOPE:fallback}',
      'livego.json5:1:36: hls.labels[0]: "A-B" is no name of an environment variable; write "$${" for a literal "${"',
      'livego.json5:1:46: hls.labels[1]: "${" without a closing "}"; write "$${" for a literal "${"',
    ]);
  });

  test('are not shown in messages, because they may be secrets', async () => {
    expect(await faultsOf('{ gop_num: "${SECRET}", httpflv: "${SECRET}" }', { env })).toEqual([
      'livego.json5:1:12: gop_num: "${SECRET}" is a string; it must be a whole number from 0 to 100',
      'livego.json5:1:34: httpflv: "${SECRET}" is not a switch; it must be "enable" or "disable", or options in braces { }',
    ]);
  });
});

describe('flags', () => {
  test('override the file', async () => {
    const { plugins, apps, server } = await resolveText('{ listen: 1, hls: { port: 2 }, level: "warn" }', {
      overrides: [
        { flag: '--rtmp_addr', key: 'listen', value: ':1936' },
        { flag: '--hls_keep_after_end', key: 'hls_keep_after_end', value: true },
        { flag: '--gop_num', key: 'gop_num', value: '3' },
        { flag: '--level', key: 'level', value: 'debug' },
      ],
    });
    expect(plugins.get('rtmp')?.options).toEqual({ port: ':1936' });
    expect(plugins.get('hls')?.options).toMatchObject({ port: 2, keepAfterEnd: true });
    expect([apps[0]?.options.gop_num, server.level]).toEqual([3, 'debug']);
  });

  test('with faulty values are named as flags, without a line', async () => {
    const overrides = [{ flag: '--gop_num', key: 'gop_num', value: 'many' }];
    expect(await faultsOf('{}', { overrides })).toEqual([
      'livego.json5: --gop_num: "many" is a string; it must be a whole number from 0 to 100',
    ]);
  });

  test('for features that this build lacks are worth a warning', async () => {
    const { warnings } = await loadText('{}', {
      overrides: [{ flag: '--api_addr', key: 'operport', value: ':1' }],
    });
    expect(warnings).toEqual([
      'livego.json5: --api_addr: this build has no control API; the flag has no effect',
    ]);
  });
});
