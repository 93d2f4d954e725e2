import { describe, expect, test } from 'vitest';
import { APP_OPTIONS_SCHEMA } from '../../../core/options/options.ts';
import { faultsOf, resolveText } from '../fake-plugins.ts';

describe('a switch', () => {
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

  test('that the config does not mention is at the default of its plugin', async () => {
    const { plugins } = await resolveText('{}');
    expect([...plugins].map(([name, { enabled }]) => [name, enabled])).toEqual([
      ['rtmp', true],
      ['hls', true],
      ['httpflv', true],
      ['relay', false],
    ]);
  });

  test('is left alone by an alias that sets an option', async () => {
    const { plugins } = await resolveText('{ hls: "disable", hlsport: 9000 }');
    expect(plugins.get('hls')).toMatchObject({ enabled: false, options: { port: 9000 } });
  });

  test('that is misspelt is a fault that names the word that was meant', async () => {
    expect(await faultsOf('{ hls: "enabel" }')).toEqual([
      'livego.json5:1:8: hls: "enabel" is not a switch; it must be "enable" or "disable", or options in braces { }; did you mean "enable"?',
    ]);
  });
});

describe('an option', () => {
  test('that the config does not mention has its default, and none can be changed', async () => {
    const { server, apps, plugins } = await resolveText('{}');
    expect(server).toMatchObject({ level: 'info', watch: { enabled: true, poll: false, settleMs: 60 } });
    expect(apps[0]?.options).toMatchObject({ gop_num: 1, slowViewer: { dropAfterBytes: 2 * 1024 * 1024 } });
    expect(Object.keys(apps[0]?.options ?? {})).toEqual(
      Object.keys(APP_OPTIONS_SCHEMA['properties'] as object),
    );
    expect(Object.isFrozen(plugins.get('hls')?.options['encrypt'])).toBe(true);
  });
});

test('an entry has the root’s own settings of whatever it says nothing of, and thousands of entries share them', async () => {
  const { apps, plugins } = await resolveText(
    '{ gop_num: 3, servers: [{ servername: "one" }, { servername: "two", hls: { window: 3 } }, { servername: "three", gop_num: 3 }] }',
  );
  const [one, two, three] = apps;
  expect(one?.plugins).toBe(plugins);
  expect(two?.options).toBe(one?.options);
  for (const name of ['rtmp', 'httpflv', 'relay']) expect(two?.plugins.get(name)).toBe(plugins.get(name));
  expect(two?.plugins.get('hls')).toMatchObject({ enabled: true, options: { window: 3 } });
  expect(three?.options).toEqual(one?.options);
  expect(three?.plugins).toBe(plugins);
});
