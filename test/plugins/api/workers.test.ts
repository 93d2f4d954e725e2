// The API and the statistics of a server of several workers: whichever of them is asked, it shows and changes the whole server.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import inject, { type InjectOptions, type Response } from 'light-my-request';
import { samplePackets } from 'livego/testing';
import { expect, test, vi } from 'vitest';
import type { Asked } from '../../../plugins/api/http/operation.ts';
import api from '../../../plugins/api/index.ts';
import { OPERATIONS } from '../../../plugins/api/operations/index.ts';
import type { ApiServices } from '../../../plugins/api/services.ts';
import auth from '../../../plugins/auth/index.ts';
import stat from '../../../plugins/stat/index.ts';
import { startWorkers, type TestWorkers } from '../../core/workers/workers-kit.ts';
import { connectTo } from '../../helpers/net.ts';
import { temporaryFolder } from './api-kit.ts';

const LIVES = [{ liveId: 1, urls: [{ pushId: 1, userType: 0, videoType: 0 }] }];

interface Served extends TestWorkers {
  /** Asks one worker. */
  ask(worker: number, url: string, request?: Omit<InjectOptions, 'url'>): Promise<Response>;
}

async function start(authOptions: object | 'disable' = 'disable'): Promise<Served> {
  const port = '127.0.0.1:0';
  const stateFile = join(temporaryFolder(), 'state.json');
  const config = { auth: authOptions, api: { port, stateFile, rooms: { lives: LIVES } }, stat: { port } };
  const workers = await startWorkers({ config, plugins: () => [api, auth, stat] });
  const ask: Served['ask'] = (number, url, request = {}) => {
    const option = /^\/(?:stat|metrics)/.test(url) ? 'stat.port' : 'api.port';
    const endpoints = [...workers.of(number).worker.kernel.generation.endpoints.values()];
    const service = endpoints.find(({ plan }) => plan.options.includes(option))?.plan.service;
    if (service?.kind !== 'http') throw new Error('The API is not served.');
    return inject((req, res) => service.router.answer(req, res), { url, ...request });
  };
  return Object.assign(workers, { ask });
}

interface List {
  readonly items: readonly Record<string, unknown>[];
  readonly total: number;
}

const post = (body: unknown = {}) => ({ method: 'POST', payload: JSON.stringify(body) }) as const;

async function publish(workers: TestWorkers, number: number, path: string) {
  const publisher = await workers.of(number).publish(path);
  publisher.send(...samplePackets({ frames: 10 }));
  return publisher;
}

test('every worker shows the streams, sessions, clients and metrics of all, each once', async () => {
  const workers = await start();
  await publish(workers, 1, 'live/one');
  await publish(workers, 2, 'live/two');
  await workers.of(1).play('live/one');
  await workers.of(3).play('live/one');
  // Workers tell each other of their viewers about once a second.
  await vi.waitFor(async () =>
    expect((await workers.ask(2, '/api/v1/server')).json()).toMatchObject({ viewers: 2 }),
  );
  for (const number of [1, 2, 3]) {
    const streams = (await workers.ask(number, '/api/v1/streams')).json<List>();
    expect(streams.items).toMatchObject([
      { stream: 'live/one', origin: 'local', viewersByProtocol: { test: 2 } },
      { stream: 'live/two', viewersByProtocol: {} },
    ]);
    const sessions = (await workers.ask(number, '/api/v1/sessions')).json<List>();
    expect(sessions.items.map(({ role, stream }) => `${String(role)} ${String(stream)}`).toSorted()).toEqual([
      'play live/one',
      'play live/one',
      'publish live/one',
      'publish live/two',
    ]);
    expect(new Set(sessions.items.map(({ state }) => state))).toEqual(new Set(['live']));
    expect((await workers.ask(number, '/api/v1/clients')).json<List>().total).toBe(4);
    expect((await workers.ask(number, '/api/v1/applications')).json<List>().items).toMatchObject([
      { servername: 'live', streams: 2, publishers: 2 },
    ]);
    const server = (await workers.ask(number, '/api/v1/server')).json<Record<string, unknown>>();
    expect(server).toMatchObject({
      streams: 2,
      viewers: 2,
      connections: 4,
      config: { generation: 1, lastReload: { outcome: 'applied' } },
      workers: [{ worker: 1 }, { worker: 2 }, { worker: 3 }],
    });
    const { data } = (await workers.ask(number, '/stat/livestat')).json<{
      data: Record<string, unknown[]>;
    }>();
    expect([data['publishers']?.length, data['players']?.length]).toEqual([2, 2]);
    const metrics = (await workers.ask(number, '/metrics')).body;
    expect(metrics).toContain('livego_server_streams 2\n');
    expect(metrics).toContain('livego_stat_sessions{role="play",protocol="test"} 2\n');
    expect(metrics).toContain('livego_stat_stream_viewers{app="live",name="one",protocol="test"} 2\n');
    expect(
      metrics.match(/^livego_stat_stream_frames_total\{app="live",name="one",kind="video"\} 10$/gm),
    ).toHaveLength(1);
    expect(metrics).toContain('livego_config_last_reload_successful 1\n');
    const startedAt = /^livego_process_start_time_seconds (.*)$/m.exec(metrics)?.[1];
    expect(Number(startedAt)).toBeCloseTo(performance.timeOrigin / 1000, 0);
  }
});

test('a rejected config is told by the metrics and the events of every worker, once', async () => {
  const workers = await start();
  expect(await workers.reload({ gop_num: 'many' })).toMatchObject({ outcome: 'rejected' });
  for (const number of [1, 2, 3]) {
    // The workers hear of it in turns of their own.
    await vi.waitFor(async () => {
      const metrics = (await workers.ask(number, '/metrics')).body;
      expect(metrics).toContain('livego_config_last_reload_successful 0\n');
      const { items } = (await workers.ask(number, '/api/v1/reloads')).json<List>();
      expect(items.map(({ outcome }) => outcome)).toEqual(['rejected', 'applied']);
    });
  }
});

test('a session is kicked and a stream is ended wherever they are', async () => {
  const workers = await start();
  const publisher = await publish(workers, 1, 'live/one');
  const viewer = await workers.of(2).play('live/one');
  const other = await workers.of(3).play('live/one');
  const { items } = (await workers.ask(3, '/api/v1/sessions?role=play')).json<List>();
  const id = String(items[0]!['id']);
  expect((await workers.ask(1, `/api/v1/sessions/${id}:kick`, post())).json()).toEqual({ id, closed: 1 });
  expect(viewer.ended).toMatchObject({ code: 'kicked' });
  expect((await workers.ask(1, '/api/v1/sessions/none:kick', post())).statusCode).toBe(404);
  const ended = await workers.ask(2, '/api/v1/streams/live/one:end', post());
  expect(ended.json()).toEqual({ stream: 'live/one', closed: 2 });
  expect([other.ended, publisher.ended]).toMatchObject([{ code: 'kicked' }, { code: 'kicked' }]);
});

test('bans, mutes and projects hold in all workers, are made one after another, and reach a worker that is replaced', async () => {
  const workers = await start();
  await publish(workers, 1, 'live/one');
  const addresses = Array.from({ length: 9 }, (_, index) => `198.51.100.${index + 1}`);
  const answers = await Promise.all([
    ...addresses.map((address, index) => workers.ask((index % 3) + 1, '/api/v1/bans', post({ address }))),
    workers.ask(2, '/api/v1/streams/live/one:mute', post()),
    workers.ask(3, '/getPush?&projectId=7&userType=0&videoType=0'),
  ]);
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([...addresses.map(() => 201), 200, 200]);
  await replace(workers, 3);
  // The new worker and the others have to know each other first.
  for (const number of [1, 2, 3])
    await vi.waitFor(async () =>
      expect((await workers.ask(number, '/api/v1/server')).json()).toMatchObject({ workers: [{}, {}, {}] }),
    );
  for (const number of [1, 2, 3]) {
    const bans = (await workers.ask(number, '/api/v1/bans')).json<List>();
    expect(new Set(bans.items.map(({ address }) => address))).toEqual(new Set(addresses));
    expect((await workers.ask(number, '/api/v1/streams')).json<List>().items).toMatchObject([
      { muted: true },
    ]);
    const { lives } = (await workers.ask(number, '/getCurrentList')).json<{ lives: object[] }>();
    expect(lives).toMatchObject([{ projectId: '7', urls: [{ limitAudio: true, state: 1 }] }]);
  }
  expect((await workers.ask(3, '/stopProject?&projectId=7')).json()).toMatchObject({ result: 0 });
  expect((await workers.ask(1, '/getCurrentList')).json()).toMatchObject({ lives: [{ projectId: '' }] });
});

test('a client of any worker follows the events of all, and gets what it has missed from another one', async () => {
  const workers = await start();
  await publish(workers, 2, 'live/before');
  const first = await follow(workers, '');
  await publish(workers, 1, 'live/one');
  await publish(workers, 2, 'live/two');
  await publish(workers, 3, 'live/three');
  await workers.until('all are told', () =>
    ['one', 'two', 'three'].every((name) => first.text().includes(`live/${name}"`)),
  );
  expect(first.text()).not.toContain('live/before');
  expect(first.text().match(/^event: publish-start$/gm)).toHaveLength(3);
  const id = [...first.text().matchAll(/^id: (\S+)$/gm)].at(-1)![1]!;
  first.end();
  await publish(workers, 1, 'live/four');
  await publish(workers, 3, 'live/five');
  const second = await follow(workers, id);
  await workers.until('what was missed is told', () =>
    ['four', 'five'].every((name) => second.text().includes(`live/${name}"`)),
  );
  expect(second.text().match(/^event: publish-start$/gm)).toHaveLength(2);
  expect(second.text()).not.toContain('event: gap');
  second.end();
  await replace(workers, 3);
  const third = await follow(workers, id);
  await workers.until('the gap is told', () => third.text().includes('event: gap'));
});

/** Kills a worker. Resolves when its successor knows the others. */
async function replace(workers: TestWorkers, number: number): Promise<void> {
  const before = workers.of(number).worker;
  workers.of(number).kill();
  await workers.until(`worker ${number} is replaced`, () => {
    const { worker } = workers.of(number);
    const { generation, everywhere } = worker.kernel;
    return worker !== before && generation.endpoints.size > 0 && everywhere.others.length === 2;
  });
}

/** Connects to the address of the API: whichever worker gets the connection. */
async function follow(workers: TestWorkers, lastId: string): Promise<{ text(): string; end(): void }> {
  const { port } = workers.supervisor.addresses.find(({ options }) => options.includes('api.port'))!;
  const socket = await connectTo(port);
  let text = '';
  socket.on('data', (bytes: Buffer) => (text += bytes.toString()));
  const header = lastId === '' ? '' : `Last-Event-ID: ${lastId}\r\n`;
  socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n${header}\r\n`);
  await workers.until('the events begin', () => text.includes('retry: '));
  return { text: () => text, end: () => socket.destroy() };
}

test('channel keys that several workers give at the same moment are all kept', async () => {
  const file = join(temporaryFolder(), 'keys.json');
  const workers = await start({ keyStore: { file } });
  const rooms = Array.from({ length: 12 }, (_, index) => `room-${index}`);
  const given = await Promise.all(
    rooms.map(async (room, index) => {
      const answer = await workers.ask(1 + (index % 3), `/api/v1/keys/${room}:get`, post());
      return [room, answer.json<{ key: string }>().key];
    }),
  );
  const { rooms: kept } = JSON.parse(readFileSync(file, 'utf8')) as { rooms: unknown };
  expect(kept).toEqual(Object.fromEntries(given));
});

test('a plan counts whom it would disconnect in all workers', async () => {
  const plan = OPERATIONS.find(({ id }) => id === 'planConfig');
  const sessionOf = (app: string) => ({ app, client: { plugin: 'rtmp' } });
  // Of this worker there are none.
  const context = {
    config: {
      shortForms: [],
      read: () => Promise.resolve({ text: '{}' }),
      plan: () =>
        Promise.resolve({ ok: true, words: ['live'], warnings: [], changes: { closing: ['rtmp of live'] } }),
    },
    sessions: () => [],
    everywhere: { sessions: () => Promise.resolve(['live', 'live', 'event'].map(sessionOf)) },
  };
  const asked = { bodyText: '{}', bodyType: 'text/plain' } as unknown as Asked;
  const answer = await plan?.run(asked, { context } as unknown as ApiServices);
  expect(answer).toMatchObject({ outcome: 'applied', disconnects: 2 });
});
