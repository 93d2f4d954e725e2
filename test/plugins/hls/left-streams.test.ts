// HLS of a stream whose worker was killed, and whose publisher has not returned: viewers of the other workers.
import { expect, test } from 'vitest';
import hls from '../../../plugins/hls/index.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';
import { startWorkers, type TestWorkers } from '../../core/workers/workers-kit.ts';
import { numbers, uris } from './hls-kit.ts';

const CORE = { keepAfterUnpublishMs: 0, keepAfterDisconnectMs: 0 };
const PLAIN = {
  port: '127.0.0.1:0',
  segmentSeconds: 1,
  startupDelaySeconds: 0,
  sessionTokens: 'none',
  publisherGraceSeconds: 600,
};
const POLL = { interval: 5, timeout: 20_000 };
/** Longer than the test waits. */
const WAIT = { waitForPublisherMs: 600_000 };

async function get(workers: TestWorkers, number: number, name = 'movie.m3u8') {
  return await workers.of(number).get('hls.port', `/live/${name}`);
}

async function playlist(workers: TestWorkers, number: number, name?: string): Promise<string> {
  return (await get(workers, number, name)).payload;
}

/** Empty where there is none. */
async function segments(workers: TestWorkers, number: number, names: readonly string[]): Promise<Buffer[]> {
  const answers = await Promise.all(names.map((name) => get(workers, number, name)));
  return answers.map(({ statusCode, rawPayload }) => (statusCode === 200 ? rawPayload : Buffer.alloc(0)));
}

async function start(core: object = {}, options: object = {}): Promise<TestWorkers> {
  const config = { ...CORE, ...core, hls: { ...PLAIN, ...options } };
  const workers = await startWorkers({ config, plugins: () => [hls] });
  const publisher = await workers.of(2).publish('live/movie');
  publisher.send(...samplePackets({ frames: 200, keyframeEvery: 25 }));
  return workers;
}

async function killAndReplace(workers: TestWorkers, number: number): Promise<void> {
  const killed = workers.of(number);
  killed.kill();
  await workers.until('the worker is replaced', () => {
    return workers.supervisor.workers.length === 3 && workers.of(number) !== killed;
  });
}

interface Followed {
  readonly workers: TestWorkers;
  readonly last: string;
  readonly names: readonly string[];
  readonly files: readonly Buffer[];
}

/** Worker 1 has followed the stream of worker 2. */
async function follow(core: object = WAIT, options: object = {}): Promise<Followed> {
  const workers = await start(core, options);
  await expect.poll(async () => uris(await playlist(workers, 2)).length, POLL).toBeGreaterThan(3);
  const same = async (): Promise<boolean> => (await playlist(workers, 1)) === (await playlist(workers, 2));
  await expect.poll(same, POLL).toBe(true);
  const last = await playlist(workers, 1);
  const names = uris(last);
  const files = await segments(workers, 1, names);
  expect(files.every(({ length }) => length > 0)).toBe(true);
  return { workers, last, names, files };
}

/** The same, and worker 2 is killed. */
async function leave(core?: object, options?: object): Promise<Followed> {
  const followed = await follow(core, options);
  await killAndReplace(followed.workers, 2);
  return followed;
}

test('a new viewer without a session gets the playlist at once, where another has watched it', async () => {
  const { workers, last } = await leave();
  expect(await playlist(workers, 1)).toBe(last);
});

test('a worker that has never followed the stream serves what another one has of it, at once', async () => {
  const { workers, last, names, files } = await leave();
  expect(await playlist(workers, 3)).toBe(last);
  expect(await segments(workers, 3, names)).toEqual(files);
  // The one that replaces the killed worker has never followed it either; its first request is for a segment.
  expect(await segments(workers, 2, names)).toEqual(files);
  expect(await playlist(workers, 2)).toBe(last);
});

test('in the moment in which the worker is killed others have its playlist already', async () => {
  const { workers, last, names, files } = await follow();
  workers.of(2).kill();
  expect(await playlist(workers, 3)).toBe(last);
  expect(await segments(workers, 3, names)).toEqual(files);
});

test('what a worker has found elsewhere it keeps when that worker is killed as well', async () => {
  const { workers, last, names, files } = await leave();
  expect(await segments(workers, 3, names)).toEqual(files);
  await killAndReplace(workers, 1);
  expect(await playlist(workers, 1)).toBe(last);
  expect(await segments(workers, 1, names)).toEqual(files);
});

test('sessions go on, and begin, at a worker that has never followed the stream', async () => {
  const workers = await start({ waitForPublisherMs: 0 }, { sessionTokens: 'all' });
  await expect.poll(() => playlist(workers, 1), POLL).toContain('#EXT-X-STREAM-INF');
  const [media = ''] = uris(await playlist(workers, 1));
  await expect.poll(() => playlist(workers, 1, media), POLL).toContain('#EXTINF');
  const last = await playlist(workers, 1, media);
  const names = uris(last).map((name) => media.replace('index.m3u8', name));
  const files = await segments(workers, 1, names);
  await killAndReplace(workers, 2);
  expect(await segments(workers, 3, names)).toEqual(files);
  expect(uris(await playlist(workers, 3, media))).toEqual(uris(last));
  expect(await playlist(workers, 2)).toContain('#EXT-X-STREAM-INF');
});

test('a playlist that was found elsewhere goes on when the publisher returns', async () => {
  const { workers, last } = await leave();
  expect(await playlist(workers, 3)).toBe(last);
  const publisher = await workers.of(2).publish('live/movie');
  publisher.send(...samplePackets({ frames: 100, keyframeEvery: 25, from: 60_000 }));
  const next = numbers(last).at(-1)! + 1;
  await expect.poll(async () => numbers(await playlist(workers, 3)), POLL).toContain(next);
  expect(numbers(await playlist(workers, 3))).toEqual(expect.arrayContaining(numbers(last).slice(-1)));
});

test('players find its end when its publisher has been away for too long, at every worker', async () => {
  const { workers, last, names, files } = await leave({}, { publisherGraceSeconds: 0 });
  for (const number of [1, 3]) {
    expect(await playlist(workers, number)).toBe(`${last}#EXT-X-ENDLIST\n`);
    expect(await segments(workers, number, names)).toEqual(files);
  }
});

test('a reload loses nothing of it: players get the playlist and the segments as before', async () => {
  const { workers, last, names, files } = await leave();
  const { outcome } = await workers.reload({ ...CORE, ...WAIT, hls: { ...PLAIN, maxSessions: 99 } });
  expect(outcome).toBe('applied');
  expect(await playlist(workers, 1)).toBe(last);
  expect(await segments(workers, 1, names)).toEqual(files);
  expect(await playlist(workers, 3)).toBe(last);
  expect(await segments(workers, 3, names)).toEqual(files);
});

test('a worker that follows a stream at a reload goes on with it', async () => {
  const workers = await start();
  await expect.poll(async () => uris(await playlist(workers, 1)).length, POLL).toBeGreaterThan(3);
  const next = numbers(await playlist(workers, 2)).at(-1)! + 1;
  await workers.reload({ ...CORE, hls: { ...PLAIN, maxSessions: 99 } });
  const publisher = await workers.of(2).publish('live/movie');
  publisher.send(...samplePackets({ frames: 100, keyframeEvery: 25, from: 60_000 }));
  await expect.poll(async () => numbers(await playlist(workers, 1)), POLL).toContain(next);
});

test('what was open to all is not when segments belong to sessions after a reload', async () => {
  const { workers, names } = await leave();
  await workers.reload({ ...CORE, waitForPublisherMs: 0, hls: { ...PLAIN, sessionTokens: 'all' } });
  for (const number of [1, 3]) {
    expect((await get(workers, number, names[0])).statusCode).toBe(404);
    expect((await get(workers, number)).statusCode).toBe(404);
  }
});

test('players find its end when a reload removes its application', async () => {
  const workers = await start({ waitForPublisherMs: 0 }, { sessionTokens: 'all' });
  await expect.poll(() => playlist(workers, 1), POLL).toContain('#EXT-X-STREAM-INF');
  const [media = ''] = uris(await playlist(workers, 1));
  await expect.poll(() => playlist(workers, 1, media), POLL).toContain('#EXTINF');
  await killAndReplace(workers, 2);
  const last = await playlist(workers, 1, media);
  expect(last).not.toContain('#EXT-X-ENDLIST');
  await workers.reload({ ...CORE, servers: [{ servername: 'other' }], hls: PLAIN });
  expect(await playlist(workers, 1, media)).toBe(`${last}#EXT-X-ENDLIST\n`);
});

test('of HLS that is switched off nothing is left', async () => {
  const { workers } = await leave();
  await workers.reload({ ...CORE, ...WAIT, hls: false });
  await workers.reload({ ...CORE, waitForPublisherMs: 0, hls: PLAIN });
  expect((await get(workers, 1)).statusCode).toBe(404);
});
