// Whole files and directories.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import * as fileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { requireDirectory, writeWhole, type Disk } from '../../../core/files/disk.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'livego-files-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('a file is replaced as a whole, in a folder that is made for it', async () => {
  const file = join(folder(), 'live', 'movie.m3u8');
  await writeWhole(fileSystem, file, Buffer.from('old'));
  let before = '';
  const disk: Disk = {
    ...fileSystem,
    rename: (from, to) => {
      before = readFileSync(file, 'utf8');
      return fileSystem.rename(from, to);
    },
  };
  await writeWhole(disk, file, Buffer.from('new'));
  expect([before, readFileSync(file, 'utf8')]).toEqual(['old', 'new']);
  expect(readdirSync(join(file, '..'))).toEqual(['movie.m3u8']);
});

test('a file that cannot be replaced stays as it is, and nothing is left beside it', async () => {
  const file = join(folder(), 'movie.m3u8');
  writeFileSync(file, 'old');
  const disk: Disk = { ...fileSystem, rename: () => Promise.reject(new Error('full')) };
  await expect(writeWhole(disk, file, Buffer.from('new'))).rejects.toThrow('full');
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(readdirSync(join(file, '..'))).toEqual(['movie.m3u8']);
});

test('a directory that is required is made, or the error names the option, the directory and a way out', async () => {
  const path = folder();
  await requireDirectory(join(path, 'a', 'b'), 'hls.path', 'leave it out');
  expect(statSync(join(path, 'a', 'b')).isDirectory()).toBe(true);
  writeFileSync(join(path, 'file'), '');
  await expect(requireDirectory(join(path, 'file', 'b'), 'hls.path', 'leave it out')).rejects.toThrow(
    /^hls\.path: .*file\/b cannot be written to \(.*\); name a directory that this user may write to, or leave it out$/,
  );
});
