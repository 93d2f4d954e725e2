import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import JSON5 from 'json5';
import { describe, expect, test } from 'vitest';
import { renewTables } from '../../../config/reference/docs-table.ts';
import { createConfigSource } from '../../../config/load.ts';
import { buildConfigSchema } from '../../../config/reference/json-schema.ts';
import { BUILTIN_PLUGINS } from '../../../plugins/index.ts';

const ROOT = new URL('../../../', import.meta.url);

describe('generated files of the repository', () => {
  test('livego.schema.json is what "livego schema" prints', async () => {
    const schema = `${JSON.stringify(buildConfigSchema(BUILTIN_PLUGINS), null, 2)}\n`;
    await expect(schema).toMatchFileSnapshot('../../../livego.schema.json');
  });

  test('docs/config.md lists every option as the schemas have it', async () => {
    const document = readFileSync(new URL('docs/config.md', ROOT), 'utf8');
    await expect(renewTables(document, BUILTIN_PLUGINS)).toMatchFileSnapshot('../../../docs/config.md');
  });
});

describe('livego.json5 of the root', () => {
  test('has no faults and no warnings', async () => {
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
