// The documents that people have of livego (Go) and of its predecessors, followed step by step with ffmpeg. All of them are
// in this file: they use the same ports, one after another.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../docs/documents.ts';
import { emptyFolder, serve, type ClassicServer } from './classic-server.ts';
import { expectPlays, push, pushDenied } from './viewing.ts';

const CLASSIC = readFileSync(join(ROOT, 'examples', 'classic.json5'), 'utf8');
const KEY = /^[0-9a-zA-Z]{48}$/;

async function dataOf(server: ClassicServer, path: string): Promise<string> {
  return ((await server.ask(path)) as { data: string }).data;
}

/** Pushes, and waits until the server has the stream. */
async function pushed(server: ClassicServer, url: string, stream: string) {
  const publisher = await push(url);
  // ffmpeg says so when it has been admitted.
  await publisher.saw(/Stream mapping/);
  await server.saw(new RegExp(`${stream} publisher sends`));
  return publisher;
}

function livego(cwd: string, ...args: string[]) {
  return spawnSync(process.execPath, [join(ROOT, 'bin', 'livego.js'), ...args], { cwd, encoding: 'utf8' });
}

describe('the image and its config', { timeout: 300_000 }, () => {
  test('a key for the room is asked for, pushed with, and the room is played by RTMP, FLV and HLS', async () => {
    const server = await serve({ config: CLASSIC });
    const answer = await server.ask('/control/get?room=movie');
    expect(answer).toEqual({ status: 200, data: expect.stringMatching(KEY) as string });
    const { data: key } = answer as { data: string };
    await pushed(server, server.rtmp(`live/${key}`), 'live/movie');
    await Promise.all([
      expectPlays(server.rtmp('live/movie')),
      expectPlays(server.flv('live/movie.flv')),
      expectPlays(server.hls('live/movie.m3u8')),
    ]);
    expect(await server.ask('/stat/livestat')).toMatchObject({
      status: 200,
      data: { publishers: [{ key: 'live/movie', stream_id: 1 }] },
    });
    expect(existsSync(join(server.folder, 'tmp'))).toBe(false);
  });

  test('the document about OBS: the key is played, reset and deleted; and the archive in tmp', async () => {
    const server = await serve({ config: CLASSIC.replace('flv_archive: false', 'flv_archive: true') });
    const key = await dataOf(server, '/control/get?room=movie');
    const publisher = await pushed(server, server.rtmp(`live/${key}`), 'live/movie');
    await Promise.all([
      expectPlays(server.rtmp(`live/${key}`)),
      expectPlays(server.flv(`live/${key}.flv`)),
      expectPlays(server.hls(`live/${key}.m3u8`)),
    ]);
    const second = await dataOf(server, '/control/reset?room=movie');
    expect(second).toMatch(KEY);
    expect(second).not.toBe(key);
    expect(await pushDenied(server.rtmp(`live/${key}`))).toContain('the channel key does not fit');
    expect(publisher.running).toBe(true);
    await publisher.stop();
    // With a slash at the end of OBS's Server.
    const last = await pushed(server, server.rtmp(`live//${second}`), 'live/movie');
    expect(await server.ask('/control/delete?room=movie')).toEqual({ status: 200, data: 'Ok' });
    expect(await pushDenied(server.rtmp(`live/${second}`))).toContain('the channel key does not fit');
    expect(await pushDenied(server.rtmp('live/movie'))).toBe('a channel key is needed');
    // In OBS: Server rtmp://HOST/live/movie, Stream Key KEY; and Server rtmp://HOST, Stream Key KEY.
    expect(await pushDenied(server.rtmp(`live/movie/${key}`))).toMatch(
      /in OBS, Server.* the channel key alone/,
    );
    expect(await pushDenied(server.rtmp(key))).toMatch(/in OBS, NAME is the stream key/);
    expect(server.log()).not.toContain(key);
    expect(server.log()).not.toContain(second);
    await last.stop();
    await server.saw(/recorded .*movie/);
    const files = readdirSync(join(server.folder, 'tmp', 'live'));
    expect(files.filter((name) => !/^movie_\d{10}(-\d+)?\.flv(\.part)?$/.test(name))).toEqual([]);
  });

  test('the API answers other machines with the token of LIVEGO_TOKEN', async ({ skip }) => {
    const address = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
    skip(address === undefined, 'the machine has no address of its own');
    const flags = ['--rtmp_addr', '--httpflv_addr', '--hls_addr'].flatMap((flag) => [flag, '127.0.0.1:0']);
    const elsewhere = [...flags, '--api_addr', `${address}:0`];
    const path = '/control/get?room=movie';
    const token = 'a-token-of-many-characters';
    const open = await serve({ config: CLASSIC, flags: elsewhere, env: { LIVEGO_TOKEN: token } });
    expect((await fetch(open.api(path))).status).toBe(403);
    const url = open.api(`${path}&jwt=${token}`);
    expect(await (await fetch(url)).json()).toEqual({
      status: 200,
      data: expect.stringMatching(KEY) as string,
    });
  });
});

test('live.cfg: free names on the same ports, after a migration', { timeout: 300_000 }, async () => {
  const folder = emptyFolder();
  const old = { server: [{ appname: 'live', liveon: 'on', hlson: 'on' }] };
  writeFileSync(join(folder, 'live.cfg'), JSON.stringify(old));
  const migrated = livego(folder, 'migrate', 'live.cfg', '--out', 'migrated.json5');
  expect(migrated).toMatchObject({ status: 0 });
  const config = readFileSync(join(folder, 'migrated.json5'), 'utf8');
  const server = await serve({ config }, folder);
  await pushed(server, server.rtmp('live/push'), 'live/push');
  await Promise.all([
    expectPlays(server.rtmp('live/push')),
    expectPlays(server.flv('live/push.flv')),
    expectPlays(server.hls('live/push.m3u8')),
  ]);
});

/** The config of the oldest document, with its <br/>, its full-width comma and its comments. */
const OLDEST = `{
"listen": 1935,<br/>            // RTMP
"notifyurl":""，                 // nothing for now
"hls": "enable",
"hlsport" : 8090,               // HLS
"httpflv" : "enable",
"flvport" : 8011,               // FLV
"httpoper": "enable",
"operport": 8070,               // requests
"engineEnable":"enable",
"engine":                       // the segmenter
{
	"ffmpeg": "/opt/segmenter",
	"vcodec":"copy",
	"acodec":"copy",
	"extra_conf": "/opt/config.conf",
	"output": "/data/channellist/channel",
	"trans_user": ""
},
"servers":[
{
	"servername":"live"
}
]
}
`;

const ROOMS = {
  lives: [{ liveId: 1, urls: [{ pushId: 3, userType: 0, videoType: 2, videoSize: '960x540' }] }],
};

describe('the JSON config with engine and projects', { timeout: 300_000 }, () => {
  /** The folder of an operator who has copied the config, and has the segmenter and the rooms elsewhere. */
  function copied(): string {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'room.json'), JSON.stringify(ROOMS));
    writeFileSync(join(folder, 'config.conf'), '-muxdelay 0\n');
    const text = OLDEST.replace('/opt/segmenter', 'ffmpeg')
      .replace('/opt/config.conf', join(folder, 'config.conf'))
      .replace('/data/channellist', folder)
      .replace('"servers"', '"rooms": "room.json",\n"servers"');
    writeFileSync(join(folder, 'copied.json'), text);
    return folder;
  }

  test('serves a stream by RTMP, HLS and FLV, and the requests of a project', async () => {
    const folder = copied();
    // Two slips of the document are named, and mended by migrate.
    const { stderr, status } = livego(folder, 'check', 'copied.json');
    expect(status).toBe(1);
    expect(stderr).toContain('copied.json:2:16: stray <br/> at line 2');
    expect(stderr).toContain('copied.json:3:15: full-width comma at line 3');
    expect(livego(folder, 'migrate', 'copied.json', '--out', 'migrated.json5').status).toBe(0);
    const server = await serve({ config: readFileSync(join(folder, 'migrated.json5'), 'utf8') }, folder);
    const stream = await pushed(server, server.rtmp('live/stream'), 'live/stream');
    await Promise.all([
      expectPlays(server.rtmp('live/stream')),
      expectPlays(server.hls('live/stream.m3u8')),
      expectPlays(server.flv('live/stream.flv')),
    ]);
    await stream.stop();
    await server.saw(/finished .*live.stream_\d{8}T\d{6}_\d{8}T\d{6}\.ts/);

    const point = (await server.ask('/getPush?&projectId=23&userType=0&videoType=2')) as { pushUrl: string };
    expect(point).toMatchObject({ liveRoomId: '1', pushId: 3, userType: 0, projectId: '23' });
    expect(point.pushUrl).toMatch(/^rtmp:.*\/live\/1\/\d{8}\/23\/DesktopShare_3$/);
    const camera = await pushed(server, point.pushUrl, 'DesktopShare_3');
    expect(await server.ask('/getCurrentList?&projectId=23')).toMatchObject({
      lives: [{ liveRoomId: '1', projectId: '23', urls: [{ pushId: 3, pushing: 1, limitAudio: true }] }],
    });
    expect(await server.ask('/setPushIdAudio?&projectId=23&pushId=3&audio=1')).toEqual({
      result: 0,
      message: 'set Audio Success ProjectId:23 pushId=3 Audio=1',
    });
    expect(await server.ask('/stopProject?&projectId=23')).toEqual({
      result: 0,
      message: 'Stop Project Success',
    });
    expect((await camera.done).code).not.toBe(0);
    await server.saw(/finished .*DesktopShare_3_/);
    expect(await server.ask('/getReplay?&projectId=23')).toMatchObject({
      replays: [
        {
          liveRoomId: '1',
          urls: [
            {
              pushId: 3,
              replays: [
                {
                  addr: expect.stringMatching(/channel\/live\/.*DesktopShare_3_\w+\.ts$/) as string,
                  videoType: 2,
                  videoSize: '960x540',
                },
              ],
            },
          ],
        },
      ],
    });
  });
});

describe('the flags of the command', { timeout: 300_000 }, () => {
  const FLAGS = [
    ...['--api_addr', ':8090', '--flv_dir=archive', '--gop_num', '2', '--hls_addr=:7002'],
    ...['--hls_keep_after_end', '--httpflv_addr', ':7001', '--level=debug', '--read_timeout', '20'],
    ...['--rtmp_addr=:1935', '--write_timeout', '30'],
  ];

  test('are all in the help', () => {
    const { stdout, status } = livego(ROOT, '-h');
    expect(status).toBe(0);
    const names = FLAGS.filter((flag) => flag.startsWith('--')).map((flag) => flag.split('=', 1)[0] ?? '');
    for (const name of [...names, '--config_file']) expect(stdout).toContain(`  ${name} `);
  });

  test('override the config, each of them, with a blank or with =', async () => {
    const server = await serve({
      config: '{ flv_archive: true, servers: [{ servername: "live" }] }',
      flags: FLAGS,
    });
    const applied = (await server.ask('/api/v1/config/applied')) as Record<string, unknown>;
    expect(JSON.stringify(applied)).toContain('"gop_num":2');
    expect(applied).toMatchObject({ server: { level: 'debug' } });
    for (const option of ['rtmp.port', 'httpflv.port', 'hls.port', 'api.port']) server.origin(option);
  });
});
