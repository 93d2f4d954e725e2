import { describe, expect, test } from 'vitest';
import { definePlugin } from '../../../core/plugin/plugin.ts';
import { faultsOf, loadText, resolveText } from '../fake-plugins.ts';

const count = { type: 'integer', minimum: 0, default: 1, description: 'How many.' };

const builtins = [
  definePlugin({
    name: 'mine',
    schema: {
      type: 'object',
      properties: {
        size: count,
        port: { ...count, level: 'server' },
        limits: {
          type: 'object',
          default: {},
          description: 'Limits.',
          properties: { bytes: count, seconds: count },
        },
      },
    },
    aliases: { minesize: 'size' },
    renamedOptions: {
      length: 'size',
      listen: 'port',
      'limits.maxBytes': 'limits.bytes',
      maxSeconds: 'limits.seconds',
      bounds: 'limits',
      'old.size': 'size',
    },
    app() {},
  }),
];

async function optionsOf(text: string): Promise<unknown> {
  return (await resolveText(text, { builtins })).plugins.get('mine')?.options;
}

describe('the old name of an option', () => {
  test.each([
    ['length: 7', { size: 7 }],
    ['limits: { maxBytes: 7 }', { limits: { bytes: 7, seconds: 1 } }],
    ['maxSeconds: 7', { limits: { bytes: 1, seconds: 7 } }],
    ['maxSeconds: 7, limits: { bytes: 8 }', { limits: { bytes: 8, seconds: 7 } }],
    ['limits: { bytes: 8 }, maxSeconds: 7', { limits: { bytes: 8, seconds: 7 } }],
    ['bounds: { maxBytes: 7 }', { limits: { bytes: 7, seconds: 1 } }],
    ['old: { size: 7 }', { size: 7 }],
    ['length: "${SEVEN:7}"', { size: 7 }],
  ])('is read as the new one: mine: { %s }', async (options, expected) => {
    expect(await optionsOf(`{ mine: { ${options} } }`)).toMatchObject(expected);
  });

  test('works in an entry of servers[] and leaves the switch alone', async () => {
    const text = '{ servers: [{ servername: "a", mine: { enabled: "off", limits: { maxBytes: 7 } } }] }';
    const { apps } = await resolveText(text, { builtins });
    expect(apps[0]?.plugins.get('mine')).toMatchObject({ enabled: false, options: { limits: { bytes: 7 } } });
  });

  test('gets a warning at each place, with the new name', async () => {
    const text = `{ mine: { length: 2 },
 servers: [{ servername: "a", mine: { limits: { maxBytes: 7 } } }] }`;
    expect((await loadText(text, { builtins })).warnings).toEqual([
      'livego.json5:1:11: mine.length: this option is called mine.size now; the old name works in this version only',
      'livego.json5:2:49: servers[0].mine.limits.maxBytes: this option is called mine.limits.bytes now; the old name works in this version only',
    ]);
  });
});

describe('a fault at the old name of an option', () => {
  test.each([
    [
      '{ mine: { length: -1 } }',
      '1:19: mine.length: -1 is too small; it must be a whole number of at least 0',
    ],
    ['{ mine: { bounds: { byte: 1 } } }', '1:21: mine.bounds.byte: unknown option; did you mean "bytes"?'],
    [
      '{ mine: { length: 1, size: 1 } }',
      '1:22: mine.size: the same option is already given as mine.length in line 1; remove one of the two',
    ],
    [
      '{ mine: { limits: { bytes: 1, maxBytes: 1 } } }',
      '1:31: mine.limits.maxBytes: the same option is already given as mine.limits.bytes in line 1; remove one of the two',
    ],
    [
      '{ minesize: 1, mine: { length: 1 } }',
      '1:24: mine.length: the same option is already given as minesize in line 1; remove one of the two',
    ],
    [
      '{ mine: { limits: 5, maxSeconds: 1 } }',
      '1:19: mine.limits: 5 is a number; it must be options in braces { }',
    ],
    [
      '{ servers: [{ servername: "a", mine: { listen: 1 } }] }',
      '1:40: servers[0].mine.listen: this option belongs to the whole server; write it at the root, as mine: { port: … }',
    ],
    ['{ length: 1 }', '1:3: length: this is an option of mine; write mine: { size: … }'],
  ])('is placed there: %s', async (text, fault) => {
    expect(await faultsOf(text, { builtins })).toEqual([`livego.json5:${fault}`]);
  });
});
