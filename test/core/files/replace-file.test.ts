import * as disk from 'node:fs/promises';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { replaceFile } from '../../../core/files/disk.ts';

test('a file is replaced with its mode, and what a killed process has left beside it is removed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'livego-replace-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'livego.json5');
  writeFileSync(file, 'old');
  const long = new Date(Date.now() - 3_600_000);
  for (const name of [
    '.livego.json5.0123abcd',
    '.livego.json5.new',
    '.other.json5.0123abcd',
    '.livego.json5.89abcdef',
  ]) {
    writeFileSync(join(folder, name), 'half');
    // The last one is written by another process at this moment.
    if (!name.endsWith('ef')) utimesSync(join(folder, name), long, long);
  }
  await replaceFile(disk, file, Buffer.from('new'), 0o600);
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder).toSorted((one, other) => one.localeCompare(other))).toEqual(
    ['livego.json5', '.livego.json5.89abcdef', '.livego.json5.new', '.other.json5.0123abcd'].toSorted(
      (one, other) => one.localeCompare(other),
    ),
  );
});
