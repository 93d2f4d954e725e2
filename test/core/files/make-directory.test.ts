import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import * as fileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { requireDirectory } from '../../../core/files/disk.ts';
import { makeDirectory } from '../../../core/files/make-directory.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'livego-directory-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

test('a directory is made with those above it, also by several at a time', async () => {
  const path = join(folder(), 'a/b/c');
  await Promise.all([1, 2, 3].map(() => makeDirectory(fileSystem, path)));
  expect(statSync(path).isDirectory()).toBe(true);
  await makeDirectory(fileSystem, path);
});

test('a file in its way is told at once', async () => {
  const file = join(folder(), 'file');
  writeFileSync(file, '');
  await expect(makeDirectory(fileSystem, join(file, 'b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(makeDirectory(fileSystem, file)).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test.runIf(process.platform === 'linux')(
  'a place where nothing can be made is told, and occupies no thread',
  async () => {
    await expect(requireDirectory('/proc/nope/deep', 'hls.path', 'leave it out')).rejects.toMatchObject({
      code: 'LVG_PLUGIN_FAILED',
      message: expect.stringContaining('hls.path: /proc/nope/deep cannot be written to') as string,
    });
  },
);
