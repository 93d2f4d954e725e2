// HLS in a server of several workers: segments are made in one of them, and every worker answers requests for them.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import hls from '../../../plugins/hls/index.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';
import type { TestPublisher } from '../../../testing/test-clients.ts';
import { startWorkers, type TestWorkers } from '../../core/workers/workers-kit.ts';

const HLS = { port: '127.0.0.1:0', segmentSeconds: 1, startupDelaySeconds: 0 };
/** Keyframes come every second, so each group is a segment. */
const KEYFRAME_EVERY = 25;
const FRAMES = 200;

async function start(options: object = {}, config: object = {}): Promise<TestWorkers> {
  return await startWorkers({ config: { hls: { ...HLS, ...options }, ...config }, plugins: () => [hls] });
}

async function publish(
  workers: TestWorkers,
  number: number,
  from = 0,
  frames = FRAMES,
): Promise<TestPublisher> {
  const publisher = await workers.of(number).publish('live/movie');
  publisher.send(...samplePackets({ frames, keyframeEvery: KEYFRAME_EVERY, from }));
  return publisher;
}

/** What a worker answers: the status and the text. */
async function get(workers: TestWorkers, number: number, path: string): Promise<[number, string]> {
  const { statusCode, payload } = await workers.of(number).get('hls.port', path);
  return [statusCode, payload];
}

async function playlistOf(workers: TestWorkers, number: number, path = '/live/movie.m3u8'): Promise<string> {
  const [status, text] = await get(workers, number, path);
  expect([number, status, text]).toEqual([number, 200, expect.stringContaining('#EXTM3U')]);
  return text;
}

/** The media playlist behind a master playlist, as a path. */
function mediaPath(master: string): string {
  return `/live/${master.split('\n').findLast((line) => line.includes('index.m3u8'))}`;
}

const POLL = { interval: 5, timeout: 60_000 };
/** A killed worker's playlist stays open for longer than the test may take. */
const GRACE = { publisherGraceSeconds: 600 };

/** Paths of the segments, and of the keys if they are encrypted. */
function filesOf(playlist: string): string[] {
  const keys = playlist.split('\n').flatMap((line) => /URI="([^"]+)"/.exec(line)?.[1] ?? []);
  return [...segmentsOf(playlist), ...keys].map((name) => `/live/${name}`);
}

function segmentsOf(playlist: string): string[] {
  return playlist.split('\n').filter((line) => line.endsWith('.ts'));
}

test('playlists and segments are the same at all workers', async () => {
  const workers = await start({ sessionTokens: 'none' });
  await publish(workers, 2);
  const playlists: string[] = [];
  for (const number of [1, 2, 3]) playlists.push(await playlistOf(workers, number));
  expect(playlists[0]).toBe(playlists[1]);
  expect(playlists[2]).toBe(playlists[1]);
  for (const name of segmentsOf(playlists[1]!)) {
    const bodies: unknown[] = [];
    for (const number of [1, 2, 3]) {
      const response = await workers.of(number).get('hls.port', `/live/${name}`);
      expect(response.statusCode).toBe(200);
      bodies.push(response.rawPayload.toString('hex'), response.headers['etag']);
    }
    expect(bodies.slice(0, 2)).toEqual(bodies.slice(2, 4));
    expect(bodies.slice(4)).toEqual(bodies.slice(2, 4));
  }
});

test('new segments show up at all workers', async () => {
  const workers = await start({ sessionTokens: 'none' });
  const publisher = await publish(workers, 2);
  const before = await playlistOf(workers, 3);
  publisher.send(...samplePackets({ frames: FRAMES, keyframeEvery: KEYFRAME_EVERY, from: FRAMES * 40 }));
  const home = await playlistOf(workers, 2);
  expect(home).not.toBe(before);
  await expect.poll(() => playlistOf(workers, 3), { interval: 5 }).toBe(home);
});

test('a session that one worker has admitted is known to all, and counts once', async () => {
  const workers = await start();
  await publish(workers, 2);
  const media = mediaPath(await playlistOf(workers, 1));
  for (const number of [1, 3, 2]) {
    const playlist = await playlistOf(workers, number, media);
    const [name] = segmentsOf(playlist);
    const [status] = await get(workers, number, `${media.replace('index.m3u8', '')}${name}`);
    expect([number, status]).toEqual([number, 200]);
  }
  const viewers = [1, 2, 3].flatMap((number) =>
    Array.from(workers.of(number).worker.kernel.sessions).filter(({ role }) => role === 'play'),
  );
  expect(viewers).toHaveLength(1);
});

test('a session that is closed is denied by every worker', async () => {
  const workers = await start();
  await publish(workers, 2);
  const media = mediaPath(await playlistOf(workers, 1));
  await playlistOf(workers, 1, media);
  const [session] = Array.from(workers.of(1).worker.kernel.sessions).filter(({ role }) => role === 'play');
  expect(await workers.of(3).worker.kernel.everywhere.close(session!.id)).toBe(true);
  for (const number of [1, 3, 2]) {
    const [status, text] = await get(workers, number, media);
    expect([number, status, text]).toEqual([number, 403, expect.stringContaining('this session was closed')]);
  }
});

test('numbers go on when the publisher moves to another worker', async () => {
  const workers = await start({ sessionTokens: 'none' });
  await publish(workers, 2);
  const sequenceOf = (playlist: string): number => Number(/MEDIA-SEQUENCE:(\d+)/.exec(playlist)![1]);
  const before = await playlistOf(workers, 1);
  await publish(workers, 3, 60_000, 75);
  const after = await playlistOf(workers, 1);
  expect(sequenceOf(after)).toBeGreaterThanOrEqual(sequenceOf(before));
  expect(after).toContain('#EXT-X-DISCONTINUITY');
  for (const number of [2, 3])
    expect(segmentsOf(await playlistOf(workers, number))).toEqual(segmentsOf(after));
});

test('segments in files stay in the playlist when a publisher moves after all of them were written', async () => {
  const path = await mkdtemp(join(tmpdir(), 'livego-hls-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  const workers = await start({ sessionTokens: 'none', path });
  (await publish(workers, 2)).leave();
  const newest = segmentsOf(await playlistOf(workers, 1)).at(-1)!;
  await expect.poll(() => readFile(join(path, 'live', 'movie.m3u8'), 'utf8'), POLL).toContain(newest);
  await publish(workers, 3, 60_000, 75);
  const playlist = async (): Promise<string> => (await get(workers, 1, '/live/movie.m3u8'))[1];
  await expect.poll(playlist, POLL).toContain('DISCONTINUITY\n');
  expect(await playlist()).toContain(newest);
});

test.each([
  ['replaces the one before', {}, () => {}],
  ['returns after a break', {}, (publisher: TestPublisher) => publisher.leave()],
  [
    'returns, and segments are encrypted',
    { encrypt: { enabled: true } },
    (publisher: TestPublisher) => publisher.leave(),
  ],
])(
  'segments that players have not fetched yet stay when a publisher that moves %s',
  async (_, options, before) => {
    const workers = await start({ sessionTokens: 'none', ...options });
    const first = await publish(workers, 2);
    const playlist = await playlistOf(workers, 1);
    const files = await Promise.all(
      filesOf(playlist).map(async (path) =>
        (await workers.of(2).get('hls.port', path)).rawPayload.toString('hex'),
      ),
    );
    before(first);
    await publish(workers, 3, 60_000, 75);
    await expect
      .poll(async () => (await get(workers, 1, '/live/movie.m3u8'))[1], POLL)
      .toContain('DISCONTINUITY\n');
    for (const number of [1, 2, 3]) {
      for (const [index, path] of filesOf(playlist).entries()) {
        const response = await workers.of(number).get('hls.port', path);
        expect([number, path, response.statusCode]).toEqual([number, path, 200]);
        expect(response.rawPayload.toString('hex')).toBe(files[index]);
      }
    }
    const numbers = segmentsOf(await playlistOf(workers, 1)).map((name) =>
      Number(/(\d+)\.ts/.exec(name)![1]),
    );
    expect(numbers).toEqual(numbers.map((_number, index) => numbers[0]! + index));
  },
);

/** First and last number of the playlist. */
function rangeOf(playlist: string): readonly [first: number, last: number] {
  const numbers = segmentsOf(playlist).map((name) => Number(/(\d+)\.ts/.exec(name)![1]));
  return [Number(/MEDIA-SEQUENCE:(\d+)/.exec(playlist)![1]), numbers.at(-1)!];
}

/** What a worker answers requests for files with, in hexadecimal. */
function bodiesOf(workers: TestWorkers, number: number, paths: readonly string[]): Promise<string[]> {
  return Promise.all(
    paths.map(async (path) => {
      const response = await workers.of(number).get('hls.port', path);
      return response.statusCode === 200 ? response.rawPayload.toString('hex') : `${response.statusCode}`;
    }),
  );
}

test.each([
  ['a third worker', 3, {}],
  ['the worker that viewers have asked', 1, {}],
  ['a third worker, and segments are encrypted', 3, { encrypt: { enabled: true } }],
])(
  'segments that viewers elsewhere were sent outlive their worker when it is killed, and %s gets the publisher',
  async (_, next, options) => {
    const workers = await start({ sessionTokens: 'none', ...GRACE, ...options });
    const publisher = await publish(workers, 2);
    await playlistOf(workers, 1);
    publisher.send(...samplePackets({ frames: FRAMES, keyframeEvery: KEYFRAME_EVERY, from: FRAMES * 40 }));
    const before = await playlistOf(workers, 2);
    await expect.poll(() => playlistOf(workers, 1), POLL).toBe(before);
    const files = filesOf(before);
    const bodies = await bodiesOf(workers, 1, files);
    expect(bodies.every((body) => body.length > 3)).toBe(true);

    const killed = workers.of(2);
    killed.kill();
    await workers.until('the worker is replaced', () => {
      return workers.supervisor.workers.length === 3 && workers.of(2) !== killed;
    });
    expect(await playlistOf(workers, 1)).toBe(before);
    expect(await bodiesOf(workers, 1, files)).toEqual(bodies);

    await publish(workers, next, 60_000, 75);
    const seen = [rangeOf(before)];
    const poll = async (): Promise<string> => {
      const playlist = await playlistOf(workers, 1);
      seen.push(rangeOf(playlist));
      return playlist;
    };
    await expect.poll(poll, POLL).toContain('DISCONTINUITY\n');
    expect(seen).toEqual(seen.toSorted(([a, b], [c, d]) => a - c || b - d));
    for (const number of [1, 2, 3]) {
      expect(await playlistOf(workers, number)).toContain(segmentsOf(before).at(-1));
      expect(await bodiesOf(workers, number, files)).toEqual(bodies);
    }
  },
);

test('segments in files outlive the worker that made them, without a viewer elsewhere', async () => {
  const path = await mkdtemp(join(tmpdir(), 'livego-hls-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  const workers = await start({ sessionTokens: 'none', ...GRACE, path });
  await publish(workers, 2);
  const before = await playlistOf(workers, 2);
  const files = filesOf(before);
  const bodies = await bodiesOf(workers, 2, files);
  await expect.poll(() => readFile(join(path, 'live', 'movie.m3u8'), 'utf8'), POLL).toBe(before);
  workers.of(2).kill();
  await publish(workers, 3, 60_000, 75);
  const after = async (): Promise<string> => (await get(workers, 3, '/live/movie.m3u8'))[1];
  await expect.poll(after, POLL).toContain('DISCONTINUITY\n');
  const playlist = await after();
  const [kept = ''] = playlist.slice(playlist.indexOf('#EXT-X-PROGRAM')).split('#EXT-X-DISCONTINUITY\n');
  expect(kept).toContain(segmentsOf(before).at(-1));
  expect(before).toContain(kept);
  expect(await bodiesOf(workers, 3, files)).toEqual(bodies);
});

test('of two streams in different workers that some file systems cannot tell apart one has files, and both are served', async () => {
  const path = await mkdtemp(join(tmpdir(), 'livego-hls-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  const workers = await start({ sessionTokens: 'none', path });
  const names = ['movie', 'Movie', 'MOVIE'];
  await Promise.all(
    names.map(async (name, index) => {
      const publisher = await workers.of(index + 1).publish(`live/${name}`);
      publisher.send(...samplePackets({ frames: FRAMES, keyframeEvery: KEYFRAME_EVERY }));
    }),
  );
  const warnings = () => workers.log.filter(({ why }) => String(why).includes('case of letters'));
  await workers.until('two are told', () => warnings().length === 2);
  for (const name of names)
    for (const number of [1, 2, 3]) {
      const playlist = await playlistOf(workers, number, `/live/${name}.m3u8`);
      const bodies = await bodiesOf(workers, number, filesOf(playlist));
      expect(bodies.every((body) => body.length > 3)).toBe(true);
    }
  const written = async (): Promise<readonly string[]> => await readdir(join(path, 'live'));
  const told = warnings().map(({ stream }) => String(stream).replace('live/', ''));
  const [owner = ''] = names.filter((name) => !told.includes(name));
  await expect.poll(async () => (await written()).toSorted(), POLL).toEqual([owner, `${owner}.m3u8`]);
});

test('a player that has begun with a session goes on without them, at every worker', async () => {
  const workers = await start();
  await publish(workers, 2);
  const path = mediaPath(await playlistOf(workers, 1));
  await playlistOf(workers, 1, path);
  await workers.reload({ hls: { ...HLS, sessionTokens: 'none' } });
  const playlist = await playlistOf(workers, 2, path);
  expect(segmentsOf(playlist)[0]).toMatch(/^\.\.\//);
  await expect.poll(async () => (await get(workers, 1, path))[1], POLL).toBe(playlist);
});
