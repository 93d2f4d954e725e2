// What is done to one folder is done in order, on whatever disk.
import * as fileSystem from 'node:fs/promises';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLogger } from '../../../core/log.ts';
import { PresentationRegistry } from '../../../plugins/hls/presentations.ts';
import { SegmentFiles, type Disk } from '../../../plugins/hls/segments/segment-files.ts';

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

test('a stream that is dropped and published anew keeps its new files, however slowly the old ones go', async () => {
  const path = mkdtempSync(join(tmpdir(), 'livego-hls-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const { disk, removing, letThrough } = slowDisk();
  const catalogue = new PresentationRegistry(disk);
  const log = createLogger({ level: 'silent' });
  const before = new SegmentFiles(path, 'live/movie', log, catalogue.files);
  await before.writeSegment(1, Buffer.from('old'));
  await before.writePlaylist('old');
  const gone = before.removeAll();
  await vi.waitFor(() => expect(removing()).toBe(1));
  const after = new SegmentFiles(`${path}/`, 'live/movie', log, catalogue.files);
  const resumption = after.readResumption();
  const written = [after.writeSegment(2, Buffer.from('new')), after.writePlaylist('new')];
  expect(readdirSync(join(path, 'live', 'movie'))).toEqual(['1.ts']);
  letThrough();
  expect(await Promise.all([gone, ...written])).toEqual([true, true, true]);
  expect(await resumption).toBeUndefined();
  expect(readdirSync(join(path, 'live', 'movie'))).toEqual(['2.ts']);
  expect(readFileSync(join(path, 'live', 'movie.m3u8'), 'utf8')).toBe('new');
});

test('another stream does not wait for it, and a failure does not hold up what follows', async () => {
  const { files } = new PresentationRegistry();
  const order: string[] = [];
  let release = (): void => {};
  const slow = files.queues.run('/one', () => new Promise<void>((resolve) => (release = resolve)));
  const next = files.queues
    .run('/one/', () => Promise.reject(new Error('full')))
    .catch(() => order.push('failed'));
  const last = files.queues.run('/one', async () => void order.push('one'));
  await files.queues.run('/other', async () => void order.push('other'));
  expect(order).toEqual(['other']);
  release();
  await Promise.all([slow, next, last]);
  expect(order).toEqual(['other', 'failed', 'one']);
});
