import { Ajv } from 'ajv';
import JSON5 from 'json5';
import { describe, expect, test } from 'vitest';
import { buildTables } from '../../../config/reference/docs-table.ts';
import { buildConfigSchema } from '../../../config/reference/json-schema.ts';
import { definePlugin } from '../../../core/plugin/plugin.ts';
import { FAKES } from '../fake-plugins.ts';

const STRICT = { strict: true, strictRequired: false, allErrors: true, allowUnionTypes: true } as const;

describe('the JSON Schema for editors', () => {
  const validate = new Ajv(STRICT).compile(buildConfigSchema(FAKES));

  test.each([
    '{ hls: "enable", hlsport: "${PORT:8090}", gop_num: "${GOPS}" }',
    '{ hls: { enabled: "off", port: ":8090", segmentSeconds: 2.5 } }',
    '{ servers: [{ servername: "a", hls: { window: 3 }, relay: "on" }], httpoper: "enable" }',
  ])('accepts %s', (text) => {
    expect(validate(JSON5.parse(text)) ? [] : validate.errors).toEqual([]);
  });

  test.each([
    '{ hls: { segmentSecond: 2 } }',
    '{ gop_num: -1 }',
    '{ hls: "maybe" }',
    '{ servers: [{ hls: "on" }] }',
    '{ servers: [{ servername: "a", hls: { port: 8090 } }] }',
  ])('rejects %s', (text) => {
    expect(validate(JSON5.parse(text))).toBe(false);
  });
});

const count = { type: 'integer', default: 1, description: 'How many.' };
const mine = definePlugin({
  name: 'mine',
  schema: {
    type: 'object',
    properties: {
      size: count,
      port: { ...count, level: 'server' },
      limits: { type: 'object', default: {}, description: 'Limits.', properties: { bytes: count } },
    },
  },
  renamedOptions: { length: 'size', listen: 'port', 'limits.maxBytes': 'limits.bytes', 'old.size': 'size' },
  app() {},
});
const renamedSchema = buildConfigSchema([mine]);
const validateRenamed = new Ajv(STRICT).compile(renamedSchema);

describe('options that have been renamed', () => {
  test('are deprecated under their old names in the JSON Schema', () => {
    expect(renamedSchema).toHaveProperty('properties.mine.anyOf.2.properties.length', {
      description: 'Called mine.size now; this name works in this version only.',
      deprecated: true,
      anyOf: [{ type: 'integer' }, { $ref: '#/definitions/variable' }],
    });
  });

  test.each([
    ['{ mine: { length: 2, limits: { maxBytes: "${BYTES}" }, old: { size: 3 }, listen: 4 } }', true],
    ['{ servers: [{ servername: "a", mine: { length: 2 } }] }', true],
    ['{ servers: [{ servername: "a", mine: { listen: 2 } }] }', false],
    ['{ mine: { length: "two" } }', false],
    ['{ mine: { old: { length: 2 } } }', false],
  ])('are checked like the new ones by editors: %s', (text, valid) => {
    expect(validateRenamed(JSON5.parse(text))).toBe(valid);
  });

  test('are listed in the documents under their new names only', () => {
    const options = [
      ...buildTables([mine])
        .split('### `mine`')[1]!
        .matchAll(/^\| `([\w.]+)`/gm),
    ];
    expect(options.map(([, name]) => name)).toEqual(['size', 'port', 'limits.bytes']);
  });
});
