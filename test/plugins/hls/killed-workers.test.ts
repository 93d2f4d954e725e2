// HLS when a worker that made segments is killed: players that ask another one never see numbers go backwards.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import hls from '../../../plugins/hls/index.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';
import type { TestPublisher } from '../../../testing/test-clients.ts';
import { startWorkers, type TestWorkers } from '../../core/workers/workers-kit.ts';
import { numbers, tag, uris } from './hls-kit.ts';

const HLS = { port: '127.0.0.1:0', segmentSeconds: 1, startupDelaySeconds: 0, sessionTokens: 'none' };
const POLL = { interval: 5, timeout: 20_000 };

afterEach(() => void vi.useRealTimers());

async function start(options: object = {}): Promise<TestWorkers> {
  const config = { waitForPublisherMs: 0, keepAfterUnpublishMs: 0, hls: { ...HLS, ...options } };
  return await startWorkers({ config, plugins: () => [hls] });
}

async function publish(workers: TestWorkers, number: number, from = 0, frames = 200): Promise<TestPublisher> {
  const publisher = await workers.of(number).publish('live/movie');
  publisher.send(...samplePackets({ frames, keyframeEvery: 25, from }));
  return publisher;
}

async function get(workers: TestWorkers, number: number, name = 'movie.m3u8'): Promise<string> {
  return (await workers.of(number).get('hls.port', `/live/${name}`)).payload;
}

async function killAndReplace(workers: TestWorkers, number: number): Promise<void> {
  const killed = workers.of(number);
  killed.kill();
  await workers.until('the worker is replaced', () => {
    return workers.supervisor.workers.length === 3 && workers.of(number) !== killed;
  });
}

test('a stream that has returned to a worker and ended there is not hidden by what a killed worker has left', async () => {
  const workers = await start();
  await publish(workers, 2);
  await expect.poll(() => get(workers, 1), POLL).toContain('#EXTINF');
  const ranges: (readonly number[])[] = [];
  const poll = async (): Promise<string> => {
    const playlist = await get(workers, 1);
    ranges.push([Number(tag(playlist, 'EXT-X-MEDIA-SEQUENCE')), numbers(playlist).at(-1)!]);
    return playlist;
  };
  const [, last = 0] = await poll().then(() => ranges[0]!);
  await killAndReplace(workers, 2);
  const publisher = await publish(workers, 1, 60_000);
  await expect.poll(() => poll().then(() => ranges.at(-1)![1]), POLL).toBeGreaterThan(last);
  publisher.publication.end({ code: 'left', message: 'the test leaves', deliberate: true });
  await expect.poll(poll, POLL).toContain('#EXT-X-ENDLIST');
  expect(ranges).toEqual(ranges.toSorted(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d));
});

/** The stream moves from worker 1 to worker 2, which is killed. Returns its last playlist. */
async function moveAndKill(workers: TestWorkers, last: () => Promise<string>): Promise<string> {
  const first = await publish(workers, 1);
  await expect.poll(() => get(workers, 1), POLL).toContain('#EXTINF');
  const [before = 0] = numbers(await get(workers, 1)).slice(-1);
  first.leave();
  const publisher = await publish(workers, 2, 60_000);
  publisher.send(...samplePackets({ frames: 200, keyframeEvery: 25, from: 120_000 }));
  const newest = async (): Promise<number> =>
    Number(/(\d+)\.ts\n$/.exec(await get(workers, 2))?.[1] ?? Number.NaN);
  await expect.poll(newest, POLL).toBeGreaterThan(before + 10);
  await expect.poll(async () => (await last()) === (await get(workers, 2)), POLL).toBe(true);
  const playlist = await last();
  await killAndReplace(workers, 2);
  return playlist;
}

test('a worker that had the stream before the killed one goes on with what is in the directory', async () => {
  const path = await mkdtemp(join(tmpdir(), 'livego-hls-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  const workers = await start({ path });
  const before = await moveAndKill(workers, () => readFile(join(path, 'live', 'movie.m3u8'), 'utf8'));
  const read = (): Promise<Buffer[]> =>
    Promise.all(uris(before).map((name) => readFile(join(path, 'live', name))));
  const files = await read();
  await publish(workers, 1, 600_000, 100);
  await expect.poll(() => get(workers, 1), POLL).toContain('#EXTINF');
  const after = numbers(await get(workers, 1));
  expect(after).toContain(numbers(before).at(-1)! + 1);
  expect(await read()).toEqual(files);
});

test('a worker that had the stream before the killed one begins behind it, where nobody has its segments', async () => {
  const workers = await start();
  const before = await moveAndKill(workers, () => get(workers, 2));
  // Segments of the test are sent faster than in real time, and the clock counts the seconds.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  await publish(workers, 1, 600_000, 100);
  await expect.poll(() => get(workers, 1), POLL).toContain('#EXTINF');
  expect(numbers(await get(workers, 1))[0]).toBeGreaterThan(numbers(before).at(-1)!);
});
