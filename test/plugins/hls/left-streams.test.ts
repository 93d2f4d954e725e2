// HLS of a stream whose worker was killed, and whose publisher has not returned: viewers of the other workers.
import { expect, test } from 'vitest';
import hls from '../../../plugins/hls/index.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';
import { startWorkers, type TestWorkers } from '../../core/workers/workers-kit.ts';
import { uris } from './hls-kit.ts';

const HLS = { port: '127.0.0.1:0', segmentSeconds: 1, startupDelaySeconds: 0, sessionTokens: 'none' };
const POLL = { interval: 5, timeout: 20_000 };
/** Longer than the test waits. */
const WAIT = { waitForPublisherMs: 600_000 };

async function get(workers: TestWorkers, number: number, name = 'movie.m3u8') {
  return await workers.of(number).get('hls.port', `/live/${name}`);
}

async function playlist(workers: TestWorkers, number: number): Promise<string> {
  return (await get(workers, number)).payload;
}

/** Worker 1 has followed the stream of worker 2, which is killed. Returns the playlist that it has. */
async function leave(core: object, options: object = {}): Promise<{ workers: TestWorkers; last: string }> {
  const config = { keepAfterUnpublishMs: 0, keepAfterDisconnectMs: 0, ...core, hls: { ...HLS, ...options } };
  const workers = await startWorkers({ config, plugins: () => [hls] });
  const killed = workers.of(2);
  const publisher = await killed.publish('live/movie');
  publisher.send(...samplePackets({ frames: 200, keyframeEvery: 25 }));
  await expect.poll(async () => uris(await playlist(workers, 2)).length, POLL).toBeGreaterThan(3);
  await expect
    .poll(async () => (await playlist(workers, 1)) === (await playlist(workers, 2)), POLL)
    .toBe(true);
  const last = await playlist(workers, 1);
  for (const name of uris(last)) expect((await get(workers, 1, name)).statusCode).toBe(200);
  killed.kill();
  await workers.until('the worker is replaced', () => {
    return workers.supervisor.workers.length === 3 && workers.of(2) !== killed;
  });
  return { workers, last };
}

test('a new viewer without a session gets the playlist at once, where another has watched it', async () => {
  const { workers, last } = await leave(WAIT);
  expect(await playlist(workers, 1)).toBe(last);
});
