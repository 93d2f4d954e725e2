// Files that an earlier run of the server has left in the directory.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createLogger } from '../../../core/log/log.ts';
import { HlsCounters } from '../../../plugins/hls/counters.ts';
import { PresentationRegistry } from '../../../plugins/hls/presentations.ts';
import {
  StaleFiles,
  recognizePlaylist,
  type StaleFilesOwner,
} from '../../../plugins/hls/segments/stale-files.ts';
import { numbers, startHls } from './hls-kit.ts';

const LONG_AGO = new Date('2020-01-01');

/** A directory in which a run of the server has left these streams of the application "live". */
async function directory(...streams: readonly string[]): Promise<string> {
  const path = mkdtempSync(join(tmpdir(), 'livego-hls-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const hls = await startHls({ path });
  for (const stream of streams) {
    (await hls.publish(stream)).headers().run(5);
    await vi.waitFor(() => expect(numbers(readFileSync(playlistOf(path, stream), 'utf8'))).toHaveLength(2));
  }
  await hls.test.stop();
  return path;
}

function playlistOf(path: string, stream: string): string {
  return join(path, 'live', `${stream}.m3u8`);
}

function age(path: string, stream: string): void {
  utimesSync(playlistOf(path, stream), LONG_AGO, LONG_AGO);
}

function look(owner: Pick<StaleFilesOwner, 'path'> & Partial<StaleFilesOwner>): StaleFiles {
  const log = createLogger({ level: 'silent' });
  const all = { log, owns: () => true, uses: () => false, now: () => Date.now() };
  return new StaleFiles({ ...all, ...owner }, new PresentationRegistry(new HlsCounters()).files);
}

function entries(path: string): string[] {
  return readdirSync(path, { recursive: true }).map(String).toSorted();
}

test('are removed at the start, with unfinished ones, when the tails of their streams are over', async () => {
  const path = await directory('movie', 'room 1/film');
  const last = numbers(readFileSync(playlistOf(path, 'movie'), 'utf8')).at(-1)!;
  writeFileSync(join(path, 'live', 'movie', `${last + 1}.ts`), 'not yet in the playlist');
  writeFileSync(join(path, 'live', 'movie', `.${last + 2}.ts.0123abcd`), 'half of a segment');
  age(path, 'movie');
  age(path, 'room 1/film');
  const hls = await startHls({ path });
  await vi.waitFor(() => expect(entries(path)).toEqual(['live', join('live', 'room 1')]));
  expect(hls.test.log.map(({ msg }) => msg)).toContain('live/movie: HLS files of an earlier run are removed');
});

test('stay as long as the tail of a stream that ends, then are removed', async () => {
  const path = await directory('movie');
  let now = Date.now();
  const staleFiles = look({ path, now: () => now });
  await staleFiles.search();
  now += 30_000;
  staleFiles.sweep();
  expect(entries(path)).toContain(join('live', 'movie.m3u8'));
  now += 10_000;
  staleFiles.sweep();
  await vi.waitFor(() => expect(entries(path)).toEqual(['live']));
});

test('stay when a stream of the name uses them', async () => {
  const path = await directory('movie', 'other');
  age(path, 'movie');
  age(path, 'other');
  await look({ path, uses: (key) => key === 'live/movie' }).search();
  expect(readdirSync(join(path, 'live'))).toEqual(['movie', 'movie.m3u8']);
});

test('stay where the ends of streams are kept, also if another application’s pattern fits', async () => {
  const path = await directory('movie');
  age(path, 'movie');
  cpSync(join(path, 'live'), join(path, 'event'), { recursive: true, preserveTimestamps: true });
  const kept = entries(join(path, 'live'));
  const servers = [
    { servername: 'live', hls: { keepAfterEnd: true } },
    { servername: '*', hls: {} },
  ];
  await startHls({ path }, { config: { servers } });
  await vi.waitFor(() => expect(entries(join(path, 'event'))).toEqual([]));
  expect(entries(join(path, 'live'))).toEqual(kept);
});

test('are distinguished from all other files in the directory', async () => {
  const path = await directory('movie');
  age(path, 'movie');
  const text = readFileSync(playlistOf(path, 'movie'), 'utf8');
  for (const [name, content] of [
    ['live/index.html', '<html>'],
    ['live/movie/1.ts', 'a number that is not ours'],
    ['live/movie/poster.jpg', 'a picture'],
    ['live/vod.m3u8', '#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:2.000,\nvod/0.ts\n#EXT-X-ENDLIST\n'],
    ['live/vod/0.ts', 'another program’s segment'],
    ['live/copy.m3u8', text],
  ] as const) {
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), content);
    utimesSync(join(path, name), LONG_AGO, LONG_AGO);
  }
  await startHls({ path });
  const left = [
    'copy.m3u8',
    'index.html',
    'movie',
    'movie/1.ts',
    'movie/poster.jpg',
    'vod',
    'vod.m3u8',
    'vod/0.ts',
  ];
  await vi.waitFor(() => expect(entries(path)).toEqual(['live', ...left.map((name) => join('live', name))]));
});

describe('a playlist of ours', () => {
  const HEAD = '#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:1700000000\n';
  const segment = (uri: string): string =>
    `#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z\n#EXTINF:2.000,\n${uri}\n`;
  const ours = `${HEAD}${segment('a%20b/1700000000.ts')}${segment('a%20b/1700000001.ts')}`;

  test('is known by its head, its numbers and the folder of its segments', () => {
    expect(recognizePlaylist(ours, 'a b')).toEqual({ first: 1700000000, last: 1700000001, durationMs: 4000 });
    expect(recognizePlaylist(`${ours}#EXT-X-ENDLIST\n`, 'a b')).toBeDefined();
  });

  test.each([
    ['another stream’s name', ours, 'b'],
    ['no segment', HEAD, 'a b'],
    ['small numbers', ours.replaceAll('1700000', ''), 'a b'],
    ['a number that is left out', ours.replace('1700000001.ts', '1700000002.ts'), 'a b'],
    ['another version', ours.replace('VERSION:3', 'VERSION:7'), 'a b'],
    ['no times', ours.replace(/#EXT-X-PROGRAM.*\n/g, ''), 'a b'],
    ['a URI elsewhere', `${ours}${segment('https://cdn.example/1700000002.ts')}`, 'a b'],
  ])('is not one with %s', (_, text, name) => {
    expect(recognizePlaylist(text, name)).toBeUndefined();
  });
});
