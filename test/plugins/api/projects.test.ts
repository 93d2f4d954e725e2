// The project requests of the oldest livego.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { definePlugin, type PluginContext } from 'livego';
import { samplePackets } from 'livego/testing';
import { expect, onTestFinished, test } from 'vitest';
import { admitted, startApi, temporaryFolder, type ApiServer } from './api-kit.ts';

const ROOMS = {
  lives: [
    {
      liveId: 1,
      mixRtmpBase: 'rtmp://mix.example',
      urls: [
        { pushId: 1, userType: 0, videoType: 0, videoSize: '640x480', rtmpBase: 'rtmp://push.example' },
        { pushId: 2, userType: 0, videoType: 0 },
        { pushId: 3, userType: 1, videoType: 2 },
      ],
    },
  ],
};

const start = (api = {}, folder?: string) =>
  startApi({ api: { rooms: ROOMS, staticAddr: true, ...api }, ...(folder !== undefined && { folder }) });

const get = async ({ ask }: ApiServer, url: string) => (await ask(url)).json<Record<string, unknown>>();

test('a project gets a room and a push point, with an empty first pair in the query', async () => {
  const server = await start({ publicHost: 'live.example' });
  expect(await get(server, '/getPush?&projectId=23&userType=0&videoType=0')).toEqual({
    liveRoomId: '1',
    pushId: 1,
    pushUrl: 'rtmp://push.example/live/1/23/Camera_1',
    userType: 0,
    projectId: '23',
  });
  expect((await get(server, '/getPush?&projectId=23&userType=1&videoType=2'))['pushUrl']).toBe(
    'rtmp://live.example/live/1/23/DesktopShare_3',
  );
});

test('the address has the date unless staticAddr is on', async () => {
  const server = await start({ staticAddr: false });
  const { pushUrl } = await get(server, '/getPush?projectId=23&userType=0&videoType=0');
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  expect(pushUrl).toBe(`rtmp://push.example/live/1/${today}/23/Camera_1`);
});

test('the same request gives the same point until it is published, then another', async () => {
  const server = await start();
  const ask = () => get(server, '/getPush?projectId=23&userType=0&videoType=0');
  expect([(await ask())['pushId'], (await ask())['pushId']]).toEqual([1, 1]);
  await server.published('live/1/23/Camera_1');
  expect((await ask())['pushId']).toBe(2);
  await server.published('live/1/23/Camera_2');
  expect(await ask()).toEqual({
    result: 1,
    message: 'Get Push Failed User Full Or userType & videoType Not Found',
  });
});

test('parameters may come as a form in the body', async () => {
  const server = await start();
  const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, method: 'POST' } as const;
  const given = await server.ask('/getPush', { ...form, payload: 'projectId=23&userType=0&videoType=0' });
  expect(given.json()).toMatchObject({ projectId: '23', pushId: 1 });
  const stopped = await server.ask('/stopProject', { ...form, payload: 'projectId=23' });
  expect(stopped.json()).toEqual({ result: 0, message: 'Stop Project Success' });
});

test('a project without a free room is told so, and what is missing is named', async () => {
  const server = await start();
  await get(server, '/getPush?projectId=23&userType=0&videoType=0');
  expect(await get(server, '/getPush?projectId=24&userType=0&videoType=0')).toEqual({
    result: 1,
    message: 'Get Push Failed Live Room Full',
  });
  expect(await get(server, '/getPush?&userType=0')).toEqual({ result: 1, message: 'missing projectId' });
});

test('the end of a project disconnects its publishers and viewers, and frees its room', async () => {
  const server = await start();
  await get(server, '/getPush?projectId=23&userType=0&videoType=0');
  const publisher = await server.published('live/1/23/Camera_1');
  const viewer = await server.watched('live/1/23/Camera_1');
  const other = await server.published('live/other');
  expect(await get(server, '/stopProject?&projectId=23')).toEqual({
    result: 0,
    message: 'Stop Project Success',
  });
  expect([publisher.ended?.code, viewer.ended?.code, other.ended]).toEqual(['kicked', 'kicked', undefined]);
  expect(await get(server, '/stopProject?&projectId=23')).toEqual({
    result: 1,
    message: 'Stop Project Failed Not Found ProjectId',
  });
  expect((await get(server, '/getPush?projectId=24&userType=0&videoType=0'))['liveRoomId']).toBe('1');
});

test('one push point is stopped, and the others stay', async () => {
  const server = await start();
  await get(server, '/getPush?projectId=23&userType=0&videoType=0');
  await get(server, '/getPush?projectId=23&userType=1&videoType=2');
  const one = await server.published('live/1/23/Camera_1');
  const other = await server.published('live/1/23/DesktopShare_3');
  expect(await get(server, '/stopPush?projectId=23&pushId=1')).toEqual({
    result: 0,
    message: 'Stop Push Success',
  });
  expect([one.ended?.code, other.ended]).toEqual(['kicked', undefined]);
});

test('the list shows rooms, their project and the state of each push point', async () => {
  const server = await start({ publicHost: 'live.example' });
  await get(server, '/getPush?projectId=23&userType=0&videoType=0');
  await server.published('live/1/23/Camera_1');
  const { lives } = (await get(server, '/getCurrentList?&projectId=23')) as {
    lives: Record<string, unknown>[];
  };
  expect(lives).toHaveLength(1);
  expect(Object.keys(lives[0]!)).toEqual([
    'liveRoomId',
    'projectId',
    'mixSavePath',
    'mixSaveUrl',
    'mixRtmpBase',
    'mixUrl',
    'mixSrc',
    'mixReplays',
    'urls',
  ]);
  expect(lives[0]).toMatchObject({
    liveRoomId: '1',
    projectId: '23',
    mixUrl: 'rtmp://mix.example/live/1/23/mixStream',
    urls: [
      { pushId: 1, videoSize: '640x480', limitAudio: true, state: 1, pushing: 1, replays: null },
      { pushId: 2, state: 0, pushing: 0, url: '' },
      { pushId: 3, limitAudio: false },
    ],
  });
  expect(await get(server, '/getCurrentList?projectId=99')).toEqual({
    result: 1,
    message: 'Get Current List Failed Not Found ProjectId',
  });
});

/** What the last audio packet that a new viewer gets has in it. */
async function lastSound(server: ApiServer, path: string): Promise<string> {
  const publisher = admitted(await server.publish(path));
  publisher.send(...samplePackets({ frames: 10 }));
  const viewer = await server.watched(path);
  const body = viewer.tags.findLast(({ type }) => type === 'audio')!.body.toString('hex');
  publisher.leave();
  return body;
}

test('whoever holds no room starts muted, and is heard when setPushIdAudio says so', async () => {
  const server = await start();
  await get(server, '/getPush?projectId=23&userType=0&videoType=0');
  await get(server, '/getPush?projectId=23&userType=1&videoType=2');
  const path = 'live/1/23/Camera_1';
  // The sample's sound is af0121…; silence is another frame.
  expect(await lastSound(server, 'live/1/23/DesktopShare_3')).toBe('af012109');
  const silence = await lastSound(server, path);
  expect(silence).not.toMatch(/^af0121..$/);
  expect(await get(server, '/setPushIdAudio?&projectId=23&pushId=1&audio=1')).toEqual({
    result: 0,
    message: 'set Audio Success ProjectId:23 pushId=1 Audio=1',
  });
  expect(await lastSound(server, path)).toBe('af012109');
  await get(server, '/setPushIdAudio?&projectId=23&pushId=1&audio=0');
  expect(await lastSound(server, path)).toBe(silence);
});

test('projects, push points and mutes survive a restart', async () => {
  const folder = temporaryFolder();
  const before = await start({}, folder);
  await get(before, '/getPush?projectId=23&userType=0&videoType=0');
  const list = await get(before, '/getCurrentList');
  await before.stop();
  const after = await start({}, folder);
  expect(await get(after, '/getCurrentList')).toEqual(list);
  expect(await lastSound(after, 'live/1/23/Camera_1')).not.toMatch(/^af0121..$/);
});

test('a room is free again when its project is stopped, also after a restart', async () => {
  const folder = temporaryFolder();
  const rooms = { lives: [ROOMS.lives[0]] };
  const open = (server: ApiServer, id: number) =>
    get(server, `/getPush?projectId=${id}&userType=0&videoType=0`);
  const before = await start({ rooms }, folder);
  expect(await open(before, 1)).toMatchObject({ liveRoomId: '1', projectId: '1' });
  await before.stop();
  const after = await start({ rooms }, folder);
  expect(await open(after, 2)).toMatchObject({ message: 'Get Push Failed Live Room Full' });
  await get(after, '/stopProject?projectId=1');
  expect(await open(after, 2)).toMatchObject({ liveRoomId: '1', projectId: '2' });
});

test('rooms may stand in a file, and one that cannot be used rejects the config', async () => {
  const folder = temporaryFolder();
  const rooms = join(folder, 'room.json');
  writeFileSync(rooms, JSON.stringify(ROOMS));
  const server = await start({ rooms });
  expect((await get(server, '/getPush?projectId=1&userType=0&videoType=0'))['pushId']).toBe(1);
  writeFileSync(rooms, '{"lives":[{}]}');
  await expect(start({ rooms })).rejects.toThrow(
    /api\.rooms: .*room\.json cannot be used \(rooms\/lives\/0 must have required property 'liveId'\)/,
  );
});

test('finished recordings of a project are listed by push point, with the classic fields', async () => {
  let context: PluginContext | undefined;
  const recorder = definePlugin({
    name: 'recorder',
    schema: { type: 'object', properties: {} },
    app: (given) => void (context = given),
  });
  const server = await startApi({ api: { rooms: ROOMS, staticAddr: true }, plugins: [recorder] });
  await get(server, '/getPush?projectId=12&userType=0&videoType=0');
  const times = { startedAt: new Date(0), endedAt: new Date(90_000) };
  const file = { app: 'live', session: undefined, bytes: 7, durationMs: 90_000, ...times };
  context!.fileEnd({ ...file, kind: 'recording', name: '1/12/Camera_1', path: '/data/a.flv' });
  context!.fileEnd({ ...file, kind: 'recording', name: '1/13/Camera_1', path: '/data/other.flv' });
  context!.fileEnd({ ...file, kind: 'segment', name: '1/12/Camera_1', path: '/data/1.ts' });
  const replay = {
    addr: '/data/a.flv',
    size: 7,
    md5: '',
    start: '19700101T000000',
    finish: '19700101T000130',
    videoType: 0,
    videoSize: '640x480',
  };
  const replays = [
    {
      liveRoomId: '1',
      mixReplays: [],
      urls: [
        { pushId: 1, replays: [replay] },
        { pushId: 2, replays: null },
        { pushId: 3, replays: null },
      ],
    },
  ];
  expect(await get(server, '/getReplay?&projectId=12')).toEqual({ replays });
  await get(server, '/stopProject?projectId=12');
  expect(await get(server, '/getReplay?&projectId=12')).toEqual({ replays });
  expect(await get(server, '/api/v1/recordings?name=1/12/Camera_1')).toMatchObject({ total: 1 });
  expect(await get(server, '/getReplay?projectId=99')).toMatchObject({ result: 1 });
});

test('cameras are asked to publish when a project begins, and told when it ends', async () => {
  const asked: string[] = [];
  const users = new Set<string | undefined>();
  const camera = createServer((request, response) => {
    asked.push(request.url ?? '');
    users.add(request.headers.authorization);
    response.end();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void camera.close());
  await once(camera, 'listening');
  // As cameras want it.
  const requestUrl = `http://admin:pass@127.0.0.1:${(camera.address() as AddressInfo).port}/camera`;
  const urls = [{ pushId: 1, userType: 2, videoType: 0, rtmpBase: 'rtmp://push.example', requestUrl }];
  const server = await start({ rooms: { lives: [{ liveId: 1, urls }] } });
  let told = once(camera, 'request');
  await get(server, '/getPush?projectId=23&userType=2&videoType=0');
  await told;
  told = once(camera, 'request');
  await get(server, '/stopProject?projectId=23');
  await told;
  const pushUrl = encodeURIComponent('rtmp://push.example/live/1/23/Camera_1');
  expect(asked).toEqual([
    `/camera?roomId=1&pushUrl=${pushUrl}&status=1`,
    `/camera?roomId=1&pushUrl=${pushUrl}&status=0`,
  ]);
  expect([...users]).toEqual([`Basic ${Buffer.from('admin:pass').toString('base64')}`]);
});

test('a camera that cannot be told is named without its password', async () => {
  const urls = ['http://admin:pass@127.0.0.1:1/', 'admin:pass@camera'].map((requestUrl, index) => ({
    ...{ pushId: index, userType: 2, videoType: 0, requestUrl },
  }));
  const server = await start({ rooms: { lives: [{ liveId: 1, urls }] } });
  await get(server, '/getPush?projectId=23&userType=2&videoType=0');
  const lines = () => server.log.filter(({ msg }) => msg.includes('camera')).map(({ msg }) => msg);
  await expect.poll(() => lines().length).toBe(2);
  expect(lines().toSorted()).toEqual([
    'a camera could not be told: its requestUrl is no URL (api.rooms)',
    expect.stringMatching(/^the camera at 127\.0\.0\.1:1 could not be told \(/),
  ]);
  expect(lines().join()).not.toContain('pass');
});
