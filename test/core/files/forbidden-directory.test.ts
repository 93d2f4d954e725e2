// A directory that the process may not read: tests may run as root, who may read everything.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { listFiles } from '../../../core/files/file-tree.ts';

vi.mock(import('node:fs/promises'), async (original) => {
  const fileSystem = await original();
  const opendir: typeof fileSystem.opendir = (path, options) =>
    /^(?:lost\+found|closed)/.test(basename(String(path)))
      ? Promise.reject(
          Object.assign(new Error(`EACCES: permission denied, opendir '${String(path)}'`), {
            code: 'EACCES',
          }),
        )
      : fileSystem.opendir(path, options);
  return { ...fileSystem, opendir };
});

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of listFiles(folder)) names.push(name);
  return names.toSorted();
}

test('the lost+found of a file system keeps no file from being found', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'livego-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ['live', 'lost+found', 'zoo']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'a.flv'), '');
  }
  expect(await namesIn(folder)).toEqual(['live/a.flv', 'zoo/a.flv']);
});

test('a directory that itself may not be read is a fault', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'closed-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await expect(namesIn(folder)).rejects.toThrow('EACCES');
});
