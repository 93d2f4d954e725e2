import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import JSON5 from 'json5';
import { describe, expect, test } from 'vitest';
import { renewTables } from '../../../config/reference/docs-table.ts';
import { createConfigSource } from '../../../config/load.ts';
import { buildConfigSchema } from '../../../config/reference/schema.ts';
import { BUILTIN_PLUGINS } from '../../../plugins/index.ts';
import { FAKES } from '../fake-plugins.ts';

const ROOT = new URL('../../../', import.meta.url);

describe('what is generated and committed', () => {
  test('livego.schema.json is what "livego schema" prints', async () => {
    const schema = `${JSON.stringify(buildConfigSchema(BUILTIN_PLUGINS), null, 2)}\n`;
    await expect(schema).toMatchFileSnapshot('../../livego.schema.json');
  });

  test('docs/config.md lists every option as the schemas have it', async () => {
    const document = readFileSync(new URL('docs/config.md', ROOT), 'utf8');
    await expect(renewTables(document, BUILTIN_PLUGINS)).toMatchFileSnapshot('../../docs/config.md');
  });
});

describe('livego.json5 of the root', () => {
  test('is without faults and warnings', async () => {
    const file = new URL('livego.json5', ROOT).pathname;
    const loaded = await createConfigSource({ file, builtins: BUILTIN_PLUGINS, env: {} }).load();
    expect(loaded).toMatchObject({ ok: true, warnings: [] });
  });

  test('fits the JSON Schema that editors use', () => {
    const config: unknown = JSON5.parse(readFileSync(new URL('livego.json5', ROOT), 'utf8'));
    const validate = new Ajv({ allErrors: true }).compile(buildConfigSchema(BUILTIN_PLUGINS));
    expect(validate(config) ? [] : validate.errors).toEqual([]);
  });
});

describe('the JSON Schema for editors', () => {
  const validate = new Ajv({
    strict: true,
    strictRequired: false,
    allErrors: true,
    allowUnionTypes: true,
  }).compile(buildConfigSchema(FAKES));

  test.each([
    '{ hls: "enable", hlsport: "${PORT:8090}", gop_num: "${GOPS}" }',
    '{ hls: { enabled: "off", port: ":8090", segmentSeconds: 2.5 } }',
    '{ servers: [{ servername: "a", hls: { window: 3 }, relay: "on" }], httpoper: "enable" }',
  ])('takes %s', (text) => {
    expect(validate(JSON5.parse(text)) ? [] : validate.errors).toEqual([]);
  });

  test.each([
    '{ hls: { segmentSecond: 2 } }',
    '{ gop_num: -1 }',
    '{ hls: "maybe" }',
    '{ servers: [{ hls: "on" }] }',
    '{ servers: [{ servername: "a", hls: { port: 8090 } }] }',
  ])('refuses %s', (text) => {
    expect(validate(JSON5.parse(text))).toBe(false);
  });
});
