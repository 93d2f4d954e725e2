import { expect, test } from 'vitest';
import { createConfigSource, type ConfigSourceSettings } from '../../../config/load.ts';
import { BUILTIN_PLUGINS } from '../../../plugins/index.ts';

async function options(text: string, overrides: ConfigSourceSettings['overrides'] = []) {
  const source = createConfigSource({
    file: 'test.json5',
    text,
    env: {},
    builtins: BUILTIN_PLUGINS,
    overrides,
  });
  const loaded = await source.load();
  if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join('\n'));
  return loaded.config.plugins.get('hls')!;
}

test('the keys of the classic configs are understood', async () => {
  expect(await options('{ hls: "enable", hlsPort: 8091, hls_keep_after_end: true }')).toMatchObject({
    enabled: true,
    options: { port: 8091, keepAfterEnd: true, segmentSeconds: 2, window: 6 },
  });
  expect((await options('{ hls: "disable" }')).enabled).toBe(false);
  expect((await options('{}')).options).toMatchObject({ port: 8090, keepAfterEnd: false });
});

test('the flags of the classic command are understood', async () => {
  const given = await options('{}', [
    { flag: '--hls_addr', key: 'hlsport', value: ':7002' },
    { flag: '--hls_keep_after_end', key: 'hls_keep_after_end', value: true },
  ]);
  expect(given.options).toMatchObject({ port: ':7002', keepAfterEnd: true });
});
