// Recordings behind the newest 1,000, as getReplay and the API page them.
import { definePlugin } from 'livego';
import { expect, test } from 'vitest';
import { FinishedRecordings, Recordings } from '../../../plugins/api/recordings.ts';
import { startApi, type ApiServer } from './api-kit.ts';

const ROOMS = {
  lives: [{ liveId: 1, urls: [1, 2, 3].map((pushId) => ({ pushId, userType: 0, videoType: 0 })) }],
};

const get = async ({ ask }: ApiServer, url: string) => (await ask(url)).json<Record<string, unknown>>();

interface ListInput {
  readonly app?: string;
  readonly kind?: string;
  readonly offset?: number;
  readonly limit?: number;
}

/** A plugin that knows 2,500 recordings and lists 1,000 at once, as replay does: every fifth is of project 12. */
function manyRecordings() {
  const all = Array.from({ length: 2500 }, (_, index) => ({
    kind: index % 2 === 0 ? 'recording' : 'replay',
    app: 'live',
    name: `1/${index % 5 === 0 ? 12 : 13}/Camera_${1 + (index % 2)}`,
    url: `/vod/${index}.flv`,
    startedAt: new Date(1e12 - index * 1000).toISOString(),
  }));
  return definePlugin({
    name: 'replay',
    schema: { type: 'object', properties: {} },
    server: (context) =>
      context.command<ListInput>({
        name: 'list',
        description: 'Lists recordings.',
        input: { type: 'object', properties: {} },
        run: ({ kind, offset = 0, limit = 1000 }) => {
          const fitting = all.filter((each) => kind === undefined || each.kind === kind);
          const recordings = fitting.slice(offset, offset + Math.min(1000, limit));
          return { recordings, total: fitting.length };
        },
      }),
  });
}

interface Replays {
  readonly replays: readonly { readonly urls: readonly { readonly replays: { addr: string }[] | null }[] }[];
}

test('getReplay finds the recordings of a project behind those of others, and pages them', async () => {
  const server = await startApi({ api: { rooms: ROOMS }, plugins: [manyRecordings()] });
  const addresses = async (query: string): Promise<string[][]> => {
    const { replays } = (await get(server, `/getReplay?&projectId=12${query}`)) as unknown as Replays;
    return replays[0]!.urls.map((url) => (url.replays ?? []).map(({ addr }) => addr));
  };
  const [first, second, third] = await addresses('');
  expect([first?.length, second?.length, third]).toEqual([250, 250, []]);
  expect(await addresses('&limit=3')).toEqual([['/vod/0.flv', '/vod/10.flv'], ['/vod/5.flv'], []]);
  expect(await addresses('&limit=2&offset=498')).toEqual([['/vod/2490.flv'], ['/vod/2495.flv'], []]);
  expect(await addresses('&offset=500')).toEqual([[], [], []]);
  const message = 'limit must be a whole number';
  expect(await get(server, '/getReplay?projectId=12&limit=-1')).toEqual({ result: 1, message });
});

test('the API pages recordings, however many there are', async () => {
  const server = await startApi({ plugins: [manyRecordings()] });
  const url = '/api/v1/recordings?fields=url';
  const page = await get(server, `${url}&limit=2&offset=2400`);
  const items = [{ url: '/vod/2400.flv' }, { url: '/vod/2401.flv' }];
  expect(page).toEqual({ items, total: 2500, limit: 2, offset: 2400 });
  expect(await get(server, `${url}&limit=1&kind=replay&state=finished`)).toMatchObject({
    items: [{ url: '/vod/1.flv' }],
    total: 1250,
  });
  expect(await get(server, `${url}&state=recording`)).toMatchObject({ items: [], total: 0 });
});

/** As above, but another recording has been finished whenever the list is asked for. */
function growingList() {
  const recordingOf = (number: number) => ({
    app: 'live',
    name: '1/12/Camera_1',
    url: `/vod/${number}.flv`,
    endedAt: new Date(1e12 + number * 1000).toISOString(),
  });
  const all = Array.from({ length: 1500 }, (_, index) => recordingOf(1500 - index));
  const asked: object[] = [];
  const plugin = definePlugin({
    name: 'replay',
    schema: { type: 'object', properties: {} },
    server: (context) =>
      context.command<ListInput & { readonly endedBefore?: string }>({
        name: 'list',
        description: 'Lists recordings.',
        input: { type: 'object', properties: {} },
        run: (input) => {
          asked.push(input);
          all.unshift(recordingOf(all.length + 1));
          const { offset = 0, limit = 1000 } = input;
          return { recordings: all.slice(offset, offset + limit), total: all.length };
        },
      }),
  });
  return { plugin, asked };
}

test('a recording that is finished while the list is read makes no other one stand in it twice', async () => {
  const server = await startApi({ api: { rooms: ROOMS }, plugins: [growingList().plugin] });
  const { replays } = (await get(
    server,
    '/getReplay?projectId=12&offset=900&limit=200',
  )) as unknown as Replays;
  const addresses = replays[0]!.urls[0]!.replays!.map(({ addr }) => addr);
  expect([addresses.length, new Set(addresses).size]).toEqual([200, 200]);
});

test('pages of one time are those of what ended before it', async () => {
  const { plugin, asked } = growingList();
  const server = await startApi({ plugins: [plugin] });
  const url = '/api/v1/recordings?limit=10&endedBefore=';
  await get(server, `${url}2026-11-26T10:00:00Z`);
  expect(asked).toEqual([{ endedBefore: '2026-11-26T10:00:00Z', offset: 0, limit: 10 }]);
  for (const noTime of ['yesterday', '2026-99-99T10:00:00Z', '2026-02-29T10:00:00Z', '2026-11-26T24:00:00Z'])
    expect(await get(server, `${url}${noTime}`)).toMatchObject({ status: 400, code: 'invalid' });
  expect(asked).toHaveLength(1);
});

test('without replay, those that were finished since the start are listed up to a time as well', async () => {
  const own = new FinishedRecordings();
  for (const seconds of [1, 2, 3]) {
    const [startedAt, endedAt] = [new Date(0), new Date(seconds * 1000)];
    const file = {
      plugin: 'record',
      kind: 'recording',
      app: 'live',
      name: `n${seconds}`,
      session: undefined,
    };
    own.note({ ...file, path: `/n${seconds}.flv`, bytes: 1, durationMs: 1, startedAt, endedAt });
  }
  const question = { askAll: () => Promise.resolve([{ answer: own.all }]) };
  const others = {
    has: (name: string) => name === 'record.list',
    list: () => Promise.resolve([{ app: 'live' }]),
  };
  const recordings = new Recordings({ question: () => question } as never, others as never, own);
  const list = async (wanted: object) => await recordings.list(wanted, { offset: 0, limit: 10 });
  expect((await list({})).total).toBe(4);
  const { items, total } = await list({ endedBefore: '1970-01-01T00:00:03Z' });
  expect([new Set(items.map(({ name }) => name)), total]).toEqual([new Set(['n1', 'n2']), 2]);
});
