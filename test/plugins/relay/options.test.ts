import { describe, expect, test } from 'vitest';
import { createConfigSource } from '../../../config/load.ts';
import { BUILTIN_PLUGINS } from '../../../plugins/index.ts';
import { demandSpec, pullSpecs, pushSpecs, addressesOf, concerns } from '../../../plugins/relay/specs.ts';
import type { RelayOptions } from '../../../plugins/relay/schema.ts';
import { startTestServer } from '../../../testing/test-server.ts';

async function load(text: string) {
  const source = createConfigSource({ file: 'livego.json5', text, builtins: BUILTIN_PLUGINS, env: {} });
  return source.load();
}

async function optionsOf(entry: string): Promise<RelayOptions> {
  const loaded = await load(`{ servers: [${entry}] }`);
  if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join('\n'));
  expect(loaded.warnings).toEqual([]);
  const setting = loaded.config.apps[0]?.plugins.get('relay');
  expect(setting?.enabled).toBe(true);
  return setting?.options as unknown as RelayOptions;
}

const targets = (options: RelayOptions, name: string) => {
  const key = `live/${name}`;
  const stream = { app: 'live', name, key, displayKey: key };
  return pushSpecs(options)
    .filter((spec) => concerns(spec, stream))
    .flatMap((spec) => addressesOf([spec.url], stream, name).map(({ url }) => url));
};

describe('a config in the classic format', () => {
  test('pushes to addresses of static_push, with the stream’s name at the end', async () => {
    const options = await optionsOf(
      `{ servername: "live", static_push: ["rtmp://h/app", "rtmp://h/app/room"] }`,
    );
    expect(targets(options, 'movie')).toEqual(['rtmp://h/app/movie', 'rtmp://h/app/room/movie']);
  });

  test('pushes streams with a prefix to an upstream, with application and name', async () => {
    const options = await optionsOf(`{ servername: "live",
      static_push: [{ master_prefix: "live/trans/main", upstream: "rtmp://h/" }],
      sub_static_push: [{ master_prefix: "live/trans/main", sub_prefix: "live/trans/sub" }] }`);
    expect(targets(options, 'trans/main1')).toEqual(['rtmp://h/live/trans/main1']);
    expect(targets(options, 'trans/sub1')).toEqual(['rtmp://h/live/trans/sub1']);
    expect(targets(options, 'other')).toEqual([]);
  });

  test('pulls what static_pull names', async () => {
    const options = await optionsOf(`{ servername: "live",
      static_pull: [{ type: "rtmp", source: "rtmp://h/live/a", app: "live", stream: "b" }] }`);
    expect(pullSpecs(options, 'live')).toMatchObject([{ urls: ['rtmp://h/live/a'], app: 'live', name: 'b' }]);
  });

  test('pushes nothing with an empty list', async () => {
    const options = await optionsOf(`{ servername: "live", static_push: [] }`);
    expect(targets(options, 'movie')).toEqual([]);
    expect(demandSpec(options)).toBeUndefined();
  });
});

const rejected = async (relay: string, servername = 'live'): Promise<string> => {
  const config = {
    rtmp: 'disable',
    httpflv: 'disable',
    hls: 'disable',
    httpoper: 'disable',
    relay: JSON.parse(relay) as object,
  };
  try {
    const server = await startTestServer({
      plugins: BUILTIN_PLUGINS,
      config: { ...config, servers: [{ servername }] },
    });
    await server.stop();
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

test.each([
  ['{"push":["http://h/a"]}', 'push: a stream is pushed to an rtmp:// or rtmps:// address'],
  ['{"pull":[{"url":"srt://h/a","name":"x"}]}', 'pull: the address begins with rtmp'],
  ['{"onDemand":"nowhere"}', 'onDemand: the address begins with rtmp'],
  ['{"staticPush":["http://h/a"]}', 'staticPush: a stream is pushed to an rtmp:// or rtmps:// address'],
  ['{"staticPush":["h/a"]}', 'staticPush: a stream is pushed to an rtmp:// or rtmps:// address'],
  [
    '{"staticPush":[{"master_prefix":"","upstream":"http://h"}]}',
    'staticPush: a stream is pushed to an rtmp',
  ],
  ['{"staticPush":["rtmp://h/a"],"subStaticPush":[]}', 'accepted'],
  ['{"ca":"/nonexistent.pem"}', 'relay.ca: /nonexistent.pem cannot be used'],
  [`{"ca":"${import.meta.filename}"}`, 'cannot be used (it holds no certificate); it must be a PEM file'],
  ['{"fallback":"/nonexistent.flv"}', 'relay.fallback: /nonexistent.flv cannot be read'],
  [`{"fallback":"${import.meta.filename}"}`, 'is no FLV file'],
  ['{"push":["rtmp://h/a"]}', 'accepted'],
])('A config with %s: %s', async (relay, message) => {
  expect(await rejected(relay)).toContain(message);
});

test('A config with a pull in an application of a pattern needs its name', async () => {
  const pull = '{"pull":[{"url":"rtmp://h/a/b","name":"x"}]}';
  expect(await rejected(pull, 'event-*')).toContain('give one that it matches as "app"');
  const named = '{"pull":[{"url":"rtmp://h/a/b","name":"x","app":"event-1"}]}';
  expect(await rejected(named, 'event-*')).toBe('accepted');
});

test('A config with a key that is no option of a target is rejected with its place', async () => {
  const loaded = await load(`{ relay: { push: [{ url: "rtmp://h/a", nam: "x" }] } }`);
  expect(loaded.ok ? [] : loaded.faults.map(({ path }) => path)).toEqual(['relay.push[0].nam']);
});
