import { describe, expect, test } from 'vitest';
import { FAKES, fakeEngine, faultsOf, loadText, resolveText } from '../fake-plugins.ts';

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

  test('hands its keys to a plugin as soon as one owns them', async () => {
    const text = `{ engineEnable: "DISABLE", engine: { ffmpeg: "/opt/x" } }`;
    const { plugins } = await resolveText(text, { builtins: [...FAKES, fakeEngine] });
    expect(plugins.get('engine')).toEqual({ enabled: false, options: { ffmpeg: '/opt/x' } });
  });

  test('loads in a build that has none of its plugins', async () => {
    expect(await faultsOf(CLASSIC, { builtins: [] })).toEqual([]);
  });

  test('may not hold keys of livego.yaml; their present names are told', async () => {
    expect(await faultsOf(`{ rtmp_addr: ":1935", server: [{ appname: "live" }] }`)).toEqual([
      'livego.json5:1:3: rtmp_addr: this key is called "listen" here',
      'livego.json5:1:23: server: this key is called "servers" here',
    ]);
  });

  test('is deep-equal from load to load', async () => {
    expect(await resolveText(CLASSIC)).toEqual(await resolveText(CLASSIC));
  });
});

describe('the warnings for a config in the classic format', () => {
  test('name each feature that this build lacks, once', async () => {
    const { warnings } = await loadText(CLASSIC);
    expect(warnings).toEqual([
      'livego.json5:8:3: httpoper: this build has no control API; the key has no effect',
      'livego.json5:10:3: engineEnable: this build has no transcoding engine; the key has no effect',
      'livego.json5:15:3: chunksize: this build has no option for the RTMP chunk size; the key has no effect',
    ]);
  });

  test('say what to write instead of a key without a counterpart', async () => {
    const { warnings } = await loadText(
      `{ use_hls_https: true, flv_archive: true, servers: [{ servername: "live", liveon: "off", hlson: "on" }] }`,
    );
    expect(warnings.map((line) => line.replace(/^\S+ /, '')).toSorted()).toEqual([
      'flv_archive: this build has no recording to FLV files; the key has no effect',
      'servers[0].hlson: write hls: "enable" or hls: "disable" here; the key has no effect',
      'servers[0].liveon: an application is on as long as it is in servers[]; remove the entry to switch it off; the key has no effect',
      'use_hls_https: HTTPS has a port of its own: write hls: { tls: { port: 8443, cert: "FILE", key: "FILE" } }; the key has no effect',
    ]);
  });

  test('do not name features that the config switches off', async () => {
    const { warnings } = await loadText(
      `{ httpoper: "disable", operport: 8070, engineEnable: "Disable", engine: { ffmpeg: "x" }, notifyurl: "" }`,
    );
    expect(warnings).toEqual([]);
  });
});
