// /api/v1: lists with pages, filters and fields; clients, streams, relays, keys and bans.
import { definePlugin, Denial } from 'livego';
import { expect, test } from 'vitest';
import { connectTo, waitForEvent } from '../../helpers/net.ts';
import { startApi, temporaryFolder } from './api-kit.ts';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

interface List {
  readonly items: Record<string, unknown>[];
  readonly total: number;
}

test('lists have pages, filters and fields', async () => {
  const { ask, published } = await startApi();
  for (const name of ['a', 'b', 'c']) await published(`live/${name}`);
  const page = (await ask('/api/v1/streams?limit=2&offset=1&fields=name,video.codec')).json<List>();
  expect(page).toEqual({
    items: [
      { name: 'b', video: { codec: 'avc' } },
      { name: 'c', video: { codec: 'avc' } },
    ],
    total: 3,
    limit: 2,
    offset: 1,
  });
  expect((await ask('/api/v1/streams?name=b')).json<List>().total).toBe(1);
  expect((await ask('/api/v1/streams?video.codec=hevc')).json<List>().total).toBe(0);
  expect((await ask('/api/v1/streams?limit=0')).json()).toMatchObject({
    status: 400,
    code: 'invalid',
    faults: [{ path: 'query/limit' }],
  });
  expect((await ask('/api/v1/streams?nmae=b')).json()).toMatchObject({ status: 400 });
});

test('a stream is shown with its tracks and its publisher', async () => {
  const { ask, published } = await startApi();
  await published();
  expect((await ask('/api/v1/streams/live/movie')).json()).toMatchObject({
    stream: 'live/movie',
    state: 'live',
    publisher: { protocol: 'test', remote: '192.0.2.1:5000' },
    video: {
      codec: 'avc',
      profile: 'Baseline',
      keyframes: 2,
      gopSeconds: 0.2,
      bFrames: false,
    },
    audio: { codec: 'aac', profile: 'LC', sampleRate: 44_100, channels: 2 },
    driftMs: 0,
    muted: false,
    alerts: [],
  });
  const missing = await ask('/api/v1/streams/live/other');
  expect([missing.statusCode, missing.headers['content-type'], missing.json()]).toEqual([
    404,
    'application/problem+json',
    {
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'there is no stream live/other',
      code: 'not-found',
    },
  ]);
});

test('a viewer is kicked, and the others stay', async () => {
  const { ask, post, published, watched } = await startApi();
  const publisher = await published();
  const [one, other] = [await watched(), await watched()];
  const { items } = (await ask('/api/v1/sessions?role=play')).json<List>();
  expect(items).toHaveLength(2);
  const { id } = items[0]!;
  expect((await post(`/api/v1/sessions/${String(id)}:kick`)).json()).toEqual({ id, closed: 1 });
  expect([one.ended?.code, other.ended, publisher.ended]).toEqual(['kicked', undefined, undefined]);
  expect((await post(`/api/v1/sessions/${String(id)}:kick`)).statusCode).toBe(404);
});

test('a client is disconnected with everything that it does', async () => {
  const { ask, post, published } = await startApi();
  const publisher = await published();
  const [client] = (await ask('/api/v1/clients')).json<List>().items;
  expect(client).toMatchObject({ app: 'live', protocol: 'test', sessions: [expect.any(String) as string] });
  await post(`/api/v1/clients/${String(client!['id'])}:kick`);
  expect(publisher.ended?.code).toBe('kicked');
});

test('a stream is ended for everybody', async () => {
  const { post, published, watched } = await startApi({ config: { keepAfterUnpublishMs: 60_000 } });
  const [publisher, viewer] = [await published(), await watched()];
  expect((await post('/api/v1/streams/live/movie:end')).json()).toEqual({ stream: 'live/movie', closed: 2 });
  expect([publisher.ended?.code, viewer.ended?.code]).toEqual(['kicked', 'kicked']);
});

test('a stream whose name has a slash is asked for', async () => {
  const { ask, post, published } = await startApi();
  await published('live/room/one:a');
  expect((await ask('/api/v1/streams/live/room%2Fone%3Aa')).json()).toMatchObject({ name: 'room/one:a' });
  expect((await post('/api/v1/streams/live/room%2Fone%3Aa:end')).json()).toMatchObject({ closed: 1 });
});

test('a muted stream is shown as such, and stays muted over a restart', async () => {
  const folder = temporaryFolder();
  const before = await startApi({ folder });
  await before.published();
  expect((await before.post('/api/v1/streams/live/movie:mute')).json()).toEqual({
    stream: 'live/movie',
    muted: true,
  });
  await before.stop();
  const after = await startApi({ folder });
  await after.published();
  expect((await after.ask('/api/v1/streams/live/movie')).json()).toMatchObject({ muted: true });
  await after.post('/api/v1/streams/live/movie:unmute');
  expect((await after.ask('/api/v1/streams/live/movie')).json()).toMatchObject({ muted: false });
});

test('a banned address is disconnected, denied, and let in again; also over a restart', async () => {
  const folder = temporaryFolder();
  const { post, published, publish, stop } = await startApi({ folder });
  const publisher = await published();
  expect((await post('/api/v1/bans', { address: 'nonsense' })).json()).toMatchObject({
    status: 400,
    code: 'invalid',
  });
  const banned = await post('/api/v1/bans', { address: '192.0.2.0/24', reason: 'not you' });
  expect([banned.statusCode, banned.json()]).toEqual([
    201,
    { address: '192.0.2.0/24', reason: 'not you', at: expect.any(String) as string, until: null, closed: 1 },
  ]);
  expect(publisher.ended?.code).toBe('denied');
  expect(await publish('live/movie')).toMatchObject({ code: 'forbidden', reason: 'not you' });
  expect(await publish('live/movie', { remote: '198.51.100.1:5' })).not.toBeInstanceOf(Denial);
  await stop();
  const after = await startApi({ folder });
  expect(await after.publish('live/movie')).toBeInstanceOf(Denial);
  expect((await after.ask('/api/v1/bans')).json<List>().total).toBe(1);
  const lift = () => after.ask(`/api/v1/bans/${encodeURIComponent('192.0.2.0/24')}`, { method: 'DELETE' });
  expect((await lift()).statusCode).toBe(200);
  expect((await lift()).statusCode).toBe(404);
  expect(await after.publish('live/movie')).not.toBeInstanceOf(Denial);
});

test('a relay is answered with what became of it, and stopped', async () => {
  const { ask, post } = await startApi();
  const body = { kind: 'pull', app: 'live', name: 'door', url: 'rtmp://127.0.0.1:9/live/door' };
  const started = await post('/api/v1/relays', body);
  expect(started.statusCode).toBe(201);
  expect(started.json()).toMatchObject({
    kind: 'pull',
    state: expect.stringMatching(/^(?:waiting|connecting)$/) as string,
    lastError: expect.any(String) as string,
  });
  const { id } = started.json<{ id: string }>();
  expect((await ask(`/api/v1/relays/${id}`, { method: 'DELETE' })).json()).toEqual({ id });
  expect((await ask('/api/v1/relays')).json<List>().total).toBe(0);
  expect((await post('/api/v1/relays', { ...body, kind: 'x' })).json()).toMatchObject({
    faults: [{ path: 'body/kind' }],
  });
});

test('keys and signed links come from the plugin auth', async () => {
  const file = join(temporaryFolder(), 'keys.json');
  const auth = {
    channelKeys: 'enable',
    keyStore: { file },
    play: { sign: { secret: 'a secret of many letters' } },
  };
  const { ask, post, play, publish, published } = await startApi({ config: { auth } });
  const { key } = (await post('/api/v1/keys/movie:get')).json<{ key: string }>();
  await published(`live/${key}`);
  const body = { app: 'live', name: 'movie', action: 'play', expiresInSeconds: 60 };
  const { query } = (await post('/api/v1/links:sign', body)).json<{ query: string }>();
  expect(await play('live/movie')).toBeInstanceOf(Denial);
  expect(await play(`live/movie?${query}`)).not.toBeInstanceOf(Denial);
  const other = (await post('/api/v1/keys/movie:reset')).json<{ key: string }>();
  expect(other.key).not.toBe(key);
  expect((await ask('/api/v1/keys/movie?close=true', { method: 'DELETE' })).json()).toMatchObject({
    closed: 1,
  });
  expect(await publish(`live/${other.key}`)).toBeInstanceOf(Denial);
});

test('what a plugin that is off would do is answered with 501 and its name', async () => {
  const { ask, post } = await startApi({ config: { stat: 'disable', relay: 'disable' } });
  const answers = [
    await ask('/api/v1/streams'),
    await ask('/api/v1/relays'),
    await post('/api/v1/streams/live/movie:record'),
    await post('/api/v1/keys/movie:get'),
  ];
  expect(answers.map((answer) => [answer.statusCode, answer.json<{ plugin: string }>().plugin])).toEqual([
    [501, 'stat'],
    [501, 'relay'],
    [501, 'record'],
    [501, 'auth'],
  ]);
});

test('every command is listed and can be called, those of custom plugins too', async () => {
  const custom = definePlugin({
    name: 'doubler',
    schema: { type: 'object', properties: {} },
    server: (context) =>
      context.command<{ value: number }>({
        name: 'double',
        description: 'Doubles.',
        input: { type: 'object', required: ['value'], properties: { value: { type: 'number' } } },
        run: ({ value }) => ({ value: 2 * value }),
      }),
  });
  const { ask, post } = await startApi({ plugins: [custom] });
  expect((await ask('/api/v1/commands?name=doubler.double')).json()).toMatchObject({
    items: [{ description: 'Doubles.' }],
  });
  expect((await post('/api/v1/commands/doubler.double:call', { value: 4 })).json()).toEqual({ value: 8 });
  expect((await post('/api/v1/commands/doubler.double:call', {})).json()).toMatchObject({
    status: 400,
    code: 'LVG_COMMAND',
  });
});

test('a body that is too large, and one that is no JSON, are turned away', async () => {
  const { ask } = await startApi();
  const send = (payload: string) => ask('/api/v1/bans', { method: 'POST', payload });
  expect((await send('{')).json()).toMatchObject({ status: 400, detail: 'the body is not JSON' });
  expect((await send(' '.repeat(2_000_000))).json()).toMatchObject({ status: 413 });
});

test('a reader may look at everything, and change nothing', async () => {
  const tokens = [{ token: 'a-reader-of-figures', role: 'reader' }];
  const { ask } = await startApi({ config: { control: { tokens } } });
  const headers = { authorization: `Bearer ${tokens[0]!.token}` };
  expect((await ask('/api/v1/streams', { headers })).statusCode).toBe(200);
  const denied = await ask('/api/v1/bans', { method: 'POST', payload: '{"address":"192.0.2.1"}', headers });
  expect([denied.statusCode, denied.headers['content-type']]).toEqual([403, 'application/problem+json']);
  expect((await ask('/api/v1/streams')).statusCode).toBe(401);
  expect((await ask('/control/get?room=a', { headers })).statusCode).toBe(403);
});

test('what could not be kept is said, and done nevertheless', async () => {
  const { post, ask, folder } = await startApi();
  // A folder in the place of the file: nobody can write it, not even root.
  mkdirSync(join(folder, 'state.json'));
  const answer = await post('/api/v1/bans', { address: '203.0.113.1' });
  expect([answer.statusCode, answer.json()]).toEqual([
    500,
    expect.objectContaining({
      code: 'not-saved',
      detail: expect.stringMatching(/^it is done, but .*state\.json could not be written/) as string,
    }),
  ]);
  expect((await ask('/api/v1/bans')).json<List>().total).toBe(1);
});

test('a body that is too long is broken off, and the line of the change has the address of its client', async () => {
  const { port, log } = await startApi();
  const socket = await connectTo(port('api.port'));
  socket.write('POST /api/v1/bans HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2000000\r\n\r\n');
  const answer = waitForEvent<[Buffer]>(socket, 'data');
  socket.write(Buffer.alloc(2_000_000, ' '));
  expect((await answer).toString()).toMatch(/^HTTP\/1\.1 413 /);
  const address = `127.0.0.1:${socket.localPort}`;
  expect(log.find(({ audit }) => audit === true)).toMatchObject({ status: 413, address });
});
