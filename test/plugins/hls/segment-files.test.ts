// Files of one stream on a slow disk.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import * as fileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Disk } from '../../../core/files/disk.ts';
import { createLogger } from '../../../core/log/log.ts';
import { HlsCounters } from '../../../plugins/hls/counters.ts';
import { PresentationRegistry } from '../../../plugins/hls/presentations.ts';
import { SegmentFiles } from '../../../plugins/hls/segments/segment-files.ts';

/** A disk on which removals wait until they are let through. */
function slowDisk(): {
  readonly disk: Disk;
  readonly removing: () => number;
  readonly letThrough: () => void;
} {
  const waiting: (() => void)[] = [];
  let open = false;
  const rm: Disk['rm'] = async (...args) => {
    if (!open) await new Promise<void>((resolve) => waiting.push(resolve));
    return fileSystem.rm(...args);
  };
  const letThrough = (): void => {
    open = true;
    for (const go of waiting) go();
  };
  return { disk: { ...fileSystem, rm }, removing: () => waiting.length, letThrough };
}

test('a stream that is dropped and published again keeps its new files, however slowly the old ones are removed', async () => {
  const path = mkdtempSync(join(tmpdir(), 'livego-hls-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const { disk, removing, letThrough } = slowDisk();
  const { files } = new PresentationRegistry(new HlsCounters(), disk);
  const log = createLogger({ level: 'silent' });
  const before = new SegmentFiles(path, 'live/movie', log, files);
  await before.writeSegment(1, Buffer.from('old'));
  await before.writePlaylist('old');
  const gone = before.removeAll();
  await vi.waitFor(() => expect(removing()).toBe(1));
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
