// Files of a stream on a slow disk.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import * as fileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Disk } from '../../../core/files/disk.ts';
import { createLogger } from '../../../core/log/log.ts';
import type { StreamView } from '../../../core/stream/stream-view.ts';
import { HlsCounters } from '../../../plugins/hls/counters.ts';
import type { PresentationOwner } from '../../../plugins/hls/presentation-owner.ts';
import { PresentationRegistry } from '../../../plugins/hls/presentations.ts';
import type { HlsOptions } from '../../../plugins/hls/schema.ts';
import { SegmentFiles } from '../../../plugins/hls/segments/segment-files.ts';

interface SlowDisk {
  readonly disk: Disk;
  /** Operations that wait. */
  waiting(): number;
  letThrough(): void;
}

/** A disk on which operations of one kind wait until they are let through. */
function slowDisk(kind: 'rm' | 'rename'): SlowDisk {
  const waiting: (() => void)[] = [];
  let open = false;
  const work = fileSystem[kind] as (...args: unknown[]) => Promise<void>;
  const slow = async (...args: unknown[]): Promise<void> => {
    if (!open) await new Promise<void>((resolve) => waiting.push(resolve));
    return work(...args);
  };
  const letThrough = (): void => {
    open = true;
    for (const go of waiting) go();
  };
  return { disk: { ...fileSystem, [kind]: slow }, waiting: () => waiting.length, letThrough };
}

function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'livego-hls-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('a stream that is dropped and published again keeps its new files, however slowly the old ones are removed', async () => {
  const path = temporaryFolder();
  const { disk, waiting, letThrough } = slowDisk('rm');
  const { files } = new PresentationRegistry(new HlsCounters(), disk);
  const log = createLogger({ level: 'silent' });
  const before = new SegmentFiles(path, 'live/movie', log, files);
  await before.writeSegment(1, Buffer.from('old'));
  await before.writePlaylist('old');
  const gone = before.removeAll();
  await vi.waitFor(() => expect(waiting()).toBe(1));
  const after = new SegmentFiles(`${path}/`, 'live/movie', log, files);
  const resumption = after.readEarlier(0);
  const written = [after.writeSegment(2, Buffer.from('new')), after.writePlaylist('new')];
  expect(readdirSync(join(path, 'live', 'movie'))).toEqual(['1.ts']);
  letThrough();
  expect(await Promise.all([gone, ...written])).toEqual([true, true, true]);
  expect(await resumption).toBeUndefined();
  expect(readdirSync(join(path, 'live', 'movie'))).toEqual(['2.ts']);
  expect(readFileSync(join(path, 'live', 'movie.m3u8'), 'utf8')).toBe('new');
});

const STREAM = { app: 'live', name: 'movie', key: 'live/movie', displayKey: 'live/movie', firstSequence: 1 };
const OPTIONS = {
  segmentSeconds: 1,
  playlistSegments: 6,
  retainedSegments: 6,
  publisherGraceSeconds: 20,
  tracksFromStart: 'auto',
  encrypt: { enabled: false, rotateSegments: 0 },
  limits: { maxSegmentSeconds: 15, maxSegmentBytes: 1000, endedBytes: 1000 },
};
const SEGMENT = {
  bytes: Buffer.from('segment'),
  durationMs: 1000,
  independent: true,
  discontinuity: false,
  startedAt: new Date(0),
};

function ownerOf(path: string, endedBytes = 1000): PresentationOwner {
  return {
    options: { ...OPTIONS, path, limits: { ...OPTIONS.limits, endedBytes } } as HlsOptions,
    log: createLogger({ level: 'silent' }),
    now: () => 0,
    hold: () => 0,
    attach: () => () => {},
    fileEnd: () => {},
  };
}

test.each([
  ['left for good', 'now'],
  ['may return', 'later'],
] as const)(
  'a stream whose publisher %s is given away when its files are written, and its playlist says whether it is over',
  async (_, end) => {
    const path = temporaryFolder();
    const { disk, waiting, letThrough } = slowDisk('rename');
    const registry = new PresentationRegistry(new HlsCounters(), disk);
    const stream = STREAM as StreamView;
    const presentation = registry.claim(stream, ownerOf(path));
    presentation.begin(stream);
    await vi.waitFor(() => expect(presentation.segments.window).toBeDefined());
    presentation.segments.add({ ...SEGMENT, session: undefined });
    presentation.finish(end);
    let isGiven = false;
    const given = registry.giveAway(STREAM.key).finally(() => (isGiven = true));
    await vi.waitFor(() => expect(waiting()).toBe(1));
    expect([registry.size, isGiven]).toEqual([0, false]);
    letThrough();
    expect((await given)?.nextSequence).toBe(2);
    const playlist = readFileSync(join(path, 'live', 'movie.m3u8'), 'utf8');
    expect(playlist).toContain('movie/1.ts');
    expect(playlist.includes('#EXT-X-ENDLIST')).toBe(end === 'now');
    expect(readFileSync(join(path, 'live', 'movie', '1.ts'), 'utf8')).toBe('segment');
  },
);

test('segments are denied for now while an earlier worker has yet to give away what there is', async () => {
  const registry = new PresentationRegistry(new HlsCounters());
  let give = (): void => {};
  registry.askOthersWith(() => new Promise((resolve) => (give = () => resolve(undefined))));
  const presentation = registry.claim(STREAM as StreamView, ownerOf(''));
  const segment = { kind: 'segment', number: 1 } as const;
  expect(presentation.file(segment)).toMatchObject({ code: 'unavailable' });
  give();
  await vi.waitFor(() => expect(presentation.file(segment)).toBeUndefined());
});

/** Streams that end one after the other. */
async function endStreams(registry: PresentationRegistry, owner: PresentationOwner, keys: readonly string[]) {
  for (const key of keys) {
    const stream = { ...STREAM, key } as StreamView;
    const presentation = registry.claim(stream, owner);
    presentation.begin(stream);
    await vi.waitFor(() => expect(presentation.segments.window).toBeDefined());
    if (key !== 'live/empty') presentation.segments.add({ ...SEGMENT, session: undefined });
    presentation.finish();
  }
}

test('a stream that has ended without a segment is forgotten at once, and others count for more than their segments', async () => {
  const registry = new PresentationRegistry(new HlsCounters());
  const owner = ownerOf('', 3 * 16 * 1024);
  await endStreams(registry, owner, ['live/empty', 'live/a', 'live/b', 'live/c']);
  registry.sweep(0);
  expect([...registry].map(({ key }) => key)).toEqual(['live/b', 'live/c']);
});
