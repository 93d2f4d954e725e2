// Recordings behind the newest 1,000, as getReplay and the API page them.
import { definePlugin } from 'livego';
import { expect, test } from 'vitest';
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
