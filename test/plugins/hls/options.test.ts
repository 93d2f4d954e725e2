// Options, under the names that they have had.
import { expect, test } from 'vitest';
import { createConfigSource, type ConfigSourceSettings } from '../../../config/load.ts';
import { BUILTIN_PLUGINS } from '../../../plugins/index.ts';

async function load(text: string, overrides: ConfigSourceSettings['overrides'] = []) {
  const source = createConfigSource({
    file: 'test.json5',
    text,
    env: {},
    builtins: BUILTIN_PLUGINS,
    overrides,
  });
  const loaded = await source.load();
  if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join('\n'));
  return { warnings: loaded.warnings, ...loaded.config.plugins.get('hls')! };
}

test('the keys of the classic configs are understood', async () => {
  expect(await load('{ hls: "enable", hlsPort: 8091, hls_keep_after_end: true }')).toMatchObject({
    enabled: true,
    options: { port: 8091, keepAfterEnd: true, segmentSeconds: 2, playlistSegments: 6 },
  });
  expect((await load('{ hls: "disable" }')).enabled).toBe(false);
  expect((await load('{}')).options).toMatchObject({ port: 8090, keepAfterEnd: false });
});

test('the flags of the classic command are understood', async () => {
  const given = await load('{}', [
    { flag: '--hls_addr', key: 'hlsport', value: ':7002' },
    { flag: '--hls_keep_after_end', key: 'hls_keep_after_end', value: true },
  ]);
  expect(given.options).toMatchObject({ port: ':7002', keepAfterEnd: true });
});

test('options under the names of the version before are understood, with a warning for each', async () => {
  const { options, warnings } = await load(
    '{ hls: { maxHeld: 1, holdSeconds: 2, window: 3, retain: 4, endAfterSeconds: 5, headStartSeconds: 0 } }',
  );
  expect(options).toMatchObject({
    maxPendingRequests: 1,
    pendingTimeoutSeconds: 2,
    playlistSegments: 3,
    retainedSegments: 4,
    publisherGraceSeconds: 5,
    startupDelaySeconds: 0,
  });
  expect(warnings).toHaveLength(6);
});
