// A directory in which files can be made and not removed, as with `chattr +a`.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type * as fileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { publishDraft } from '../../../core/files/file-names.ts';

vi.mock('node:fs/promises', async (original) => ({
  ...(await original<typeof fileSystem>()),
  rm: () => Promise.reject(Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM' })),
}));

test('a draft that cannot be removed has its name once, and the failure is told', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'livego-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const draft = join(folder, 'a.flv.part');
  writeFileSync(draft, 'recorded');
  await expect(publishDraft(draft, join(folder, 'a.flv'))).rejects.toThrow('EPERM');
  expect(readdirSync(folder).toSorted()).toEqual(['a.flv', 'a.flv.part']);
});
