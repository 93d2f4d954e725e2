// Requests for HLS, recordings, the API and its events: answered, half read, and broken off.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RECORD_SECONDS, STEADY } from '../config.ts';
import type { Crowd, Stay } from '../crowd.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';

const LOOK = [
  '/api/v1/streams',
  '/api/v1/sessions?fields=id,stream',
  '/api/v1/clients',
  '/api/v1/recordings?limit=10',
  '/api/v1/relays',
  '/api/v1/reloads',
  '/api/v1/config',
  '/api/v1/config/history',
  '/api/v1/commands',
  '/api/v1/alerts',
  '/api/openapi.json',
  '/stat',
  '/stat/livestat',
  '/metrics',
  '/healthz',
];

export function addRequests(crowd: Crowd, world: World): void {
  crowd.add('requests that look', 500, () => look(world));
  crowd.add('requests that change', 2000, (stay) => change(world, stay));
  crowd.add('followers of events', 5000, (stay) => followEvents(world, stay));
  crowd.add('requests for HLS', 1500, () => readHls(world));
  crowd.add('requests for recordings', RECORD_SECONDS * 100, () => readRecording(world));
}

/** @param statuses - those that may come, beside success */
async function ask(url: string, init: RequestInit = {}, statuses: readonly number[] = []): Promise<Response> {
  const { pathname } = new URL(url);
  const what = `${init.method ?? 'GET'} ${pathname}`;
  const response = await fetch(url, init).catch((error: unknown) => {
    throw new Error(what, { cause: error instanceof Error ? (error.cause ?? error) : error });
  });
  if (response.ok || statuses.includes(response.status)) return response;
  throw new Error(`${what}: ${response.status} ${(await response.text()).trim()}`);
}

async function look({ ports, random }: World): Promise<void> {
  // 409: the config cannot be shown while its text is spoilt.
  const response = await ask(`http://127.0.0.1:${ports.api}${random.pick(LOOK)}`, {}, [409]);
  await response.arrayBuffer();
}

async function change(world: World, stay: Stay): Promise<void> {
  const { ports, random } = world;
  const api = `http://127.0.0.1:${ports.api}`;
  const name = random.pick([...world.guests, 'guest-0']);
  const guest = `${api}/api/v1/streams/${STEADY.app}/${name}`;
  const post = (url: string, body?: unknown): Promise<Response> =>
    ask(url, { method: 'POST', ...(body !== undefined && { body: JSON.stringify(body) }) }, [404, 409]);
  const acts: readonly (() => Promise<unknown>)[] = [
    () => post(`${guest}:end`),
    async () => {
      world.muted.add(name);
      await post(`${guest}:mute`);
      await stay(1000);
      await post(`${guest}:unmute`);
    },
    async () => {
      await post(`${api}/api/v1/bans`, { address: '192.0.2.0/24', seconds: 60 });
      await ask(`${api}/api/v1/bans/192.0.2.0%2F24`, { method: 'DELETE' });
    },
    async () => {
      const { items } = (await (await ask(`${api}/api/v1/sessions?fields=id,stream,protocol`)).json()) as {
        items: { id: string; stream: string; protocol: string }[];
      };
      // Those who watch a recording of a guest have a session too.
      const guests = items.filter(
        ({ stream, protocol }) => stream.includes('guest-') && !protocol.endsWith('vod'),
      );
      if (guests.length > 0) await post(`${api}/api/v1/sessions/${random.pick(guests).id}:kick`);
    },
    () => ask(`${api}/control/get?room=room-${Math.floor(random.between(0, 20))}`),
    () => ask(`${api}/control/reset?room=room-1`),
    () => post(`${api}/api/v1/config:check`, { gop_num: 2, servers: [] }),
  ];
  await random.pick(acts)();
}

async function followEvents({ ports, random }: World, stay: Stay): Promise<void> {
  const over = new AbortController();
  const response = await ask(`http://127.0.0.1:${ports.api}/api/v1/events`, { signal: over.signal });
  const reading = response.text().catch(() => '');
  await stay(random.between(1000, 20_000));
  over.abort();
  await reading;
}

async function readHls({ ports, random }: World): Promise<void> {
  const url = `http://127.0.0.1:${ports.hls}/${STEADY.app}/${STEADY.name}.m3u8`;
  const playlist = await (await ask(url)).text();
  const segments = playlist.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const response = await ask(new URL(random.pick(segments), url).href, {}, [404]);
  if (random.next() < 0.5) await response.arrayBuffer();
  else await response.body?.cancel();
}

async function readRecording({ ports, random, config }: World): Promise<void> {
  const vod = `http://127.0.0.1:${ports.http}/vod`;
  const list = JSON.stringify(await (await ask(`${vod}?app=${STEADY.app}`)).json());
  const files = [...list.matchAll(/\/vod\/live\/[\w.-]+?\.flv/g)].map(([path]) => path);
  if (files.length === 0) return;
  const path = random.pick(files);
  try {
    await readOne(new URL(path, vod).href, random);
  } catch (error) {
    // The oldest files are removed, and who reads one of them is cut off.
    if (existsSync(join(config.recordings, path.slice('/vod/'.length)))) throw error;
  }
}

async function readOne(url: string, random: Random): Promise<void> {
  const response = await random.pick([
    () => ask(url, { headers: { range: 'bytes=1000-200000' } }, [404]),
    () => ask(`${url}?start=3`, {}, [404]),
    () => ask(url.replace(/\.flv$/, '.m3u8'), {}, [404]),
  ])();
  if (random.next() < 0.5) await response.arrayBuffer();
  else await response.body?.cancel();
}
