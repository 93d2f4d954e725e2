// Channel keys: publishing needs the room's key, and the key shows nowhere.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import auth from '../../../plugins/auth/index.ts';
import { definePlugin, type ServerContext } from '../../../core/plugin/plugin.ts';
import { startTestServer, type TestServer } from '../../../testing/test-server.ts';
import { admitted, everythingPrinted, outcomeOf, tryPlay, tryPublish } from './auth-kit.ts';

interface KeyServer {
  readonly server: TestServer;
  readonly file: string;
  call(command: string, input: Record<string, unknown>): Promise<Record<string, unknown>>;
  keyOf(room: string): Promise<string>;
  reload(auth: Record<string, unknown>): Promise<unknown>;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'livego-keys-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function keyServer(
  options: Record<string, unknown> = {},
  file = join(folder(), 'keys.json'),
): Promise<KeyServer> {
  let context: ServerContext | undefined;
  const caller = definePlugin({
    name: 'caller',
    schema: { type: 'object', properties: {} },
    server: (given) => void (context = given),
  });
  const config = (more: Record<string, unknown>) => ({
    auth: { channelKeys: 'enable', keyStore: { file }, tries: { maxFailures: 0 }, ...more },
  });
  const server = await startTestServer({ plugins: [auth, caller], config: config(options) });
  onTestFinished(() => server.stop());
  const call: KeyServer['call'] = async (command, input) =>
    (await context!.commands.call(`auth.${command}`, input)) as Record<string, unknown>;
  return {
    server,
    file,
    call,
    keyOf: async (room) => String((await call('get-key', { room }))['key']),
    reload: (more) => server.reload(config(more)),
  };
}

test('a room has one key of 48 characters, made when it is first asked for', async () => {
  const { keyOf } = await keyServer();
  const [movie, other] = [await keyOf('movie'), await keyOf('other')];
  expect(movie).toMatch(/^[0-9a-zA-Z]{48}$/);
  expect(other).not.toBe(movie);
  expect(await keyOf('movie')).toBe(movie);
});

test('publishing needs the key, as name or as ?key=, and the stream goes by the room’s name', async () => {
  const { server, keyOf } = await keyServer();
  const key = await keyOf('movie');
  const publisher = admitted(await server.publish(`live/${key}`));
  expect(server.streams().map((stream) => stream.key)).toEqual(['live/movie']);
  publisher.leave();
  expect(await tryPublish(server, `live/movie?key=${key}`)).toBe('admitted');
  expect(await tryPublish(server, 'live/movie')).toBe('unauthorized: a channel key is needed');
  expect(await tryPublish(server, `live/other?key=${key}`)).toBe(
    'unauthorized: the channel key does not fit',
  );
  expect(await tryPublish(server, `live/${'x'.repeat(48)}`)).toBe(
    'unauthorized: the channel key does not fit',
  );
  expect(await tryPublish(server, 'live/movie?key=')).toMatch(/^unauthorized/);
});

test('a key behind a name is told where it belongs, and is no wrong try', async () => {
  const { server, keyOf, reload } = await keyServer();
  await reload({ tries: { maxFailures: 1, slowAfter: 0 } });
  const key = await keyOf('movie');
  for (let turn = 0; turn < 3; turn++)
    expect(await tryPublish(server, `live/movie/${key}`)).toMatch(
      /^forbidden: the channel key stands behind another name: .*rtmp:\/\/HOST\/APP/,
    );
  expect(await tryPublish(server, `live/${key}`)).toBe('admitted');
  expect(everythingPrinted(server)).not.toContain(key);
});

test('a room is played by its name or by its key, and needs neither', async () => {
  const { server, keyOf } = await keyServer();
  const key = await keyOf('movie');
  admitted(await server.publish(`live/${key}`));
  const viewers = [admitted(await server.play('live/movie')), admitted(await server.play(`live/${key}`))];
  expect(viewers).toHaveLength(2);
  expect(server.sessions().map((session) => session.key)).toEqual(['live/movie', 'live/movie', 'live/movie']);
});

test('the room’s name is no key, and the key no room', async () => {
  const { server, keyOf } = await keyServer();
  const key = await keyOf('movie');
  // A room that is called like the key of another one.
  const keyOfKey = await keyOf(key);
  expect(keyOfKey).not.toBe('movie');
  expect(await tryPublish(server, 'live/movie?key=movie')).toMatch(/^unauthorized/);
  admitted(await server.publish(`live/${key}`));
  expect(server.streams().map((stream) => stream.key)).toEqual(['live/movie']);
});

test('the key is printed in no log, list, metric or message', async () => {
  const { server, keyOf, call } = await keyServer();
  const key = await keyOf('movie');
  const wrong = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;
  const outcomes = [
    await tryPlay(server, `live/${key}`),
    outcomeOf(await server.play(`live/${wrong}`)),
    await tryPublish(server, `live/${wrong}`),
    await tryPublish(server, `live/room?key=${wrong}`),
  ];
  admitted(await server.publish(`live/${key}`));
  admitted(await server.play(`live/${key}`));
  outcomes.push(outcomeOf(await server.publish(`live/${key}/more`)));
  await call('reset-key', { room: 'movie', close: true });
  outcomes.push(await tryPublish(server, `live/${key}`), await tryPlay(server, `live/${key}`));
  await server.stop();
  const printed = everythingPrinted(server) + JSON.stringify(outcomes);
  expect(printed).toContain('live/movie');
  for (const secret of [key, wrong]) expect(printed).not.toContain(secret.slice(0, 40));
});

describe('reset and delete', () => {
  test('make the old key worthless, and end nothing that is running', async () => {
    const { server, keyOf, call } = await keyServer();
    const old = await keyOf('movie');
    const publisher = admitted(await server.publish(`live/${old}`));
    const { key, closed } = await call('reset-key', { room: 'movie' });
    expect(closed).toBe(0);
    expect(publisher.ended).toBeUndefined();
    expect(await tryPublish(server, `live/${old}`)).toMatch(/^unauthorized/);
    expect(await tryPublish(server, `live/${String(key)}`)).toBe('admitted');
    await call('delete-key', { room: 'movie' });
    expect(await tryPublish(server, `live/${String(key)}`)).toMatch(/^unauthorized/);
    await expect(call('delete-key', { room: 'movie' })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('close the publisher when asked, and nobody else', async () => {
    const { server, keyOf, call } = await keyServer();
    const movie = admitted(await server.publish(`live/${await keyOf('movie')}`));
    const other = admitted(await server.publish(`live/${await keyOf('other')}`));
    expect(await call('delete-key', { room: 'movie', close: true })).toEqual({ room: 'movie', closed: 1 });
    expect(movie.ended).toEqual({ code: 'kicked', message: 'its channel key was withdrawn' });
    expect(other.ended).toBeUndefined();
  });
});

describe('the file', () => {
  test('keeps the keys over a restart, for the server’s user alone', async () => {
    const first = await keyServer();
    const key = await first.keyOf('movie');
    expect(statSync(first.file).mode & 0o777).toBe(0o600);
    await first.server.stop();
    const second = await keyServer({}, first.file);
    expect(await second.keyOf('movie')).toBe(key);
    expect(await tryPublish(second.server, `live/${key}`)).toBe('admitted');
  });

  test('has every key of many that are made at once', async () => {
    const { keyOf, file } = await keyServer();
    const rooms = Array.from({ length: 50 }, (_, index) => `room-${index % 25}`);
    const keys = await Promise.all(rooms.map((room) => keyOf(room)));
    const kept = (JSON.parse(readFileSync(file, 'utf8')) as { rooms: Record<string, string> }).rooms;
    expect(Object.keys(kept)).toHaveLength(25);
    rooms.forEach((room, index) => expect(keys[index]).toBe(kept[room]));
    expect(readdirSync(join(file, '..'))).toEqual(['keys.json']);
  });

  test.each(['{"version":1,"rooms"', '[]', '{"version":2,"rooms":{}}', '{"version":1,"rooms":{"movie":7}}'])(
    'that holds %j rejects the config, and is left as it is',
    async (text) => {
      const file = join(folder(), 'keys.json');
      writeFileSync(file, text);
      await expect(keyServer({}, file)).rejects.toThrow(/auth\.keyStore\.file: .*keys\.json cannot be read/);
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );

  test('that cannot be written makes no key that would be lost', async () => {
    const file = join(folder(), 'keys.json', 'below', 'a-file');
    writeFileSync(join(file, '..', '..'), 'no directory');
    // The path cannot be read either, and the server says so.
    await expect(keyServer({}, file)).rejects.toThrow(/cannot be read/);
    const { keyOf, file: other, server } = await keyServer();
    rmSync(join(other, '..'), { recursive: true });
    writeFileSync(join(other, '..'), 'no directory');
    await expect(keyOf('movie')).rejects.toThrow();
    chmodSync(join(other, '..'), 0o600);
    rmSync(join(other, '..'));
    const key = await keyOf('movie');
    expect(await tryPublish(server, `live/${key}`)).toBe('admitted');
  });
});

describe('a reload', () => {
  test('that turns keys on leaves the present publisher, and recheck: "close" closes it', async () => {
    const { server, reload, keyOf } = await keyServer({ channelKeys: false });
    const stranger = admitted(await server.publish('live/movie'));
    await reload({ channelKeys: true });
    expect(stranger.ended).toBeUndefined();
    const keyed = admitted(await server.publish(`live/${await keyOf('other')}`));
    await reload({ channelKeys: true, recheck: 'close' });
    await expect.poll(() => stranger.ended?.code).toBe('denied');
    expect(keyed.ended).toBeUndefined();
  });

  test('keeps keys that were made a moment before', async () => {
    const { server, reload, keyOf } = await keyServer();
    const made = Array.from({ length: 10 }, (_, index) => keyOf(`room-${index}`));
    await reload({ recheck: 'close' });
    for (const key of await Promise.all(made))
      expect(await tryPublish(server, `live/${key}`)).toBe('admitted');
  });
});

describe('the classic key rtmp_noauth', () => {
  async function classicServer(config: Record<string, unknown>): Promise<TestServer> {
    const server = await startTestServer({ plugins: [auth], config });
    onTestFinished(() => server.stop());
    return server;
  }

  test('false asks for keys, in a config that says nothing else of authentication', async () => {
    const server = await classicServer({ rtmp_noauth: false });
    expect(await tryPublish(server, 'live/movie')).toMatch(/^unauthorized: .*a channel key/);
    expect(await tryPlay(server, 'live/movie')).toBe('admitted');
  });

  test('true asks for none, and so does a config without it', async () => {
    for (const config of [{ rtmp_noauth: true }, {}])
      expect(await tryPublish(await classicServer(config), 'live/movie')).toBe('admitted');
  });

  test.each([
    [
      { rtmp_noauth: true, auth: { channelKeys: 'enable' } },
      'that publishers need no key, and auth.channelKeys',
    ],
    [{ rtmp_noauth: false, auth: { publish: {} } }, 'use auth.publish.channelKeys'],
  ])('is rejected where another option contradicts it: %j', async (config, message) => {
    await expect(classicServer(config)).rejects.toThrow(message);
  });
});
