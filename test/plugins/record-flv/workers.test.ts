// Recordings in a server of several workers: each file is written by one of them, and all serve it.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import record from '../../../plugins/record-flv/index.ts';
import replay from '../../../plugins/replay/index.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';
import type { TestPublisher } from '../../../testing/test-clients.ts';
import { startWorkers, type TestWorkers } from '../../core/workers/workers-kit.ts';
import { filesIn, temporaryFolder } from './record-kit.ts';

async function start(folder: string): Promise<TestWorkers> {
  return await startWorkers({
    config: {
      keepAfterUnpublishMs: 0,
      record: { directory: folder },
      replay: { directories: [folder], port: '127.0.0.1:0', scanSeconds: 86_400 },
    },
    plugins: () => [record, replay],
  });
}

async function publishEverywhere(workers: TestWorkers): Promise<TestPublisher[]> {
  const publishers: TestPublisher[] = [];
  for (const number of [1, 2, 3]) {
    const publisher = await workers.of(number).publish(`live/movie-${number}`);
    publisher.send(...samplePackets({ frames: 50 }));
    publishers.push(publisher);
  }
  return publishers;
}

async function listed(workers: TestWorkers, number: number): Promise<Record<string, unknown>[]> {
  const { payload } = await workers.of(number).get('replay.port', '/vod');
  return (JSON.parse(payload) as { recordings: Record<string, unknown>[] }).recordings;
}

test('a recording that one worker has finished leaves those of the others alone, and is served by all', async () => {
  const folder = temporaryFolder();
  const workers = await start(folder);
  const publishers = await publishEverywhere(workers);
  const drafts = (): string[] => filesIn(folder).filter((file) => file.endsWith('.part'));
  await workers.until('all three are written', () => drafts().length === 3);
  publishers[2]!.leave();
  await workers.until('one is finished', () => drafts().length === 2);
  await expect.poll(async () => (await listed(workers, 2)).length, { interval: 5, timeout: 20_000 }).toBe(1);
  for (const number of [1, 2, 3])
    expect(
      (await workers.of(number).get('replay.port', String((await listed(workers, 2))[0]!['url']))).statusCode,
    ).toBe(200);
  publishers[0]!.leave();
  publishers[1]!.leave();
  await workers.until('all are finished', () => drafts().length === 0);
  expect(filesIn(folder)).toHaveLength(3);
  const { log } = workers;
  expect(log.filter(({ msg }) => /repaired|has failed|recorded again/.test(msg))).toEqual([]);
});

test('the draft of a worker that was killed is completed by another, and listed with its sum by all', async () => {
  const folder = temporaryFolder();
  const workers = await start(folder);
  await publishEverywhere(workers);
  await workers.until('all three are written', () => filesIn(folder).length === 3);
  // What a process that was killed long ago has left.
  mkdirSync(join(folder, 'live'), { recursive: true });
  const [draft] = filesIn(folder).filter((file) => file.includes('movie-1'));
  const left = join(folder, 'live', 'movie-9_20260101T000000.flv');
  await workers.until('the draft has its media', () => readFileSync(join(folder, draft!)).length > 66_000);
  writeFileSync(`${left}.part`, readFileSync(join(folder, draft!)));
  workers.of(3).kill();
  await workers.until('it is completed', () =>
    workers.log.some(({ msg }) => msg.includes(`repaired ${left}`)),
  );
  const sums = async (number: number): Promise<unknown> =>
    (await listed(workers, number)).find(({ file }) => file === 'movie-9_20260101T000000.flv')?.['md5'];
  const sum = createHash('md5').update(readFileSync(left)).digest('hex');
  for (const number of [1, 2])
    await expect.poll(() => sums(number), { interval: 5, timeout: 20_000 }).toBe(sum);
  const repaired = workers.log.filter(({ msg }) => msg.includes(`repaired ${left}`));
  expect(repaired.map(({ worker }) => worker)).toEqual([1]);
});
