// Another quality of a stream, at a worker that makes neither: a player's connections may reach any worker.
import { expect, test } from 'vitest';
import hls from '../../../plugins/hls/index.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';
import { startWorkers, type TestWorkers } from '../../core/workers/workers-kit.ts';
import { copyOfMovie, uris } from './hls-kit.ts';

const HLS = { port: '127.0.0.1:0', segmentSeconds: 1, startupDelaySeconds: 0 };
const POLL = { interval: 5, timeout: 20_000 };

/** Worker 2 has the stream and a copy of it in another quality, which has longer segments. */
async function start(
  meanwhile: (workers: TestWorkers) => Promise<void> = async () => {},
): Promise<TestWorkers> {
  const { copy, copies } = copyOfMovie();
  const workers = await startWorkers({
    config: { hls: HLS },
    plugins: (worker) => (worker === 0 || worker === 2 ? [hls, copy] : [hls]),
  });
  const publisher = await workers.of(2).publish('live/movie');
  publisher.send(...samplePackets({ frames: 200, keyframeEvery: 25 }));
  await expect.poll(() => copies.length, POLL).toBe(1);
  await meanwhile(workers);
  for (const packet of samplePackets({ frames: 100, keyframeEvery: 50 })) copies[0]!.write(packet);
  return workers;
}

async function get(workers: TestWorkers, number: number, name: string) {
  return await workers.of(number).get('hls.port', `/live/${name}`);
}

test.each(['playlist', 'segment'])('is found by the first request of a player, for a %s', async (first) => {
  const workers = await start();
  const master = async () => (await get(workers, 2, 'movie.m3u8')).payload;
  await expect.poll(async () => uris(await master()), POLL).toHaveLength(2);
  const names = uris(await master());
  const media = names.find((name) => name.includes('low'))!;
  const playlist = (await get(workers, 2, media)).payload;
  const segment = media.replace('index.m3u8', uris(playlist)[0]!);
  const file = await get(workers, 2, segment);
  expect([playlist, file.statusCode]).toEqual([expect.stringContaining('#EXTINF'), 200]);
  if (first === 'playlist') expect((await get(workers, 1, media)).payload).toBe(playlist);
  expect((await get(workers, 1, segment)).rawPayload).toEqual(file.rawPayload);
  // The stream itself is no other quality of its own.
  const own = names.find((name) => name !== media)!;
  expect((await get(workers, 1, own)).payload).toBe((await get(workers, 2, own)).payload);
});

test('is known to workers that follow the stream as soon as it can be played', async () => {
  const names = async (workers: TestWorkers) => uris((await get(workers, 1, 'movie.m3u8')).payload);
  const workers = await start(async (early) => {
    await expect.poll(() => names(early), POLL).toHaveLength(1);
  });
  await expect.poll(() => names(workers), POLL).toHaveLength(2);
});
