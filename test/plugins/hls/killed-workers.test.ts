// HLS when a worker that made segments is killed: players that ask another one never see numbers go backwards.
import { expect, test } from 'vitest';
import hls from '../../../plugins/hls/index.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';
import type { TestPublisher } from '../../../testing/test-clients.ts';
import { startWorkers, type TestWorkers } from '../../core/workers/workers-kit.ts';
import { numbers, tag } from './hls-kit.ts';

const HLS = { port: '127.0.0.1:0', segmentSeconds: 1, startupDelaySeconds: 0, sessionTokens: 'none' };
const POLL = { interval: 5, timeout: 20_000 };

async function start(options: object = {}): Promise<TestWorkers> {
  const config = { waitForPublisherMs: 0, keepAfterUnpublishMs: 0, hls: { ...HLS, ...options } };
  return await startWorkers({ config, plugins: () => [hls] });
}

async function publish(workers: TestWorkers, number: number, from = 0): Promise<TestPublisher> {
  const publisher = await workers.of(number).publish('live/movie');
  publisher.send(...samplePackets({ frames: 200, keyframeEvery: 25, from }));
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
