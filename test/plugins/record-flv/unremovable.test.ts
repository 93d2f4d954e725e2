// Retention when a file cannot be removed: a directory without rights, a file that is marked as immutable.
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { startRecording, temporaryFolder } from './record-kit.ts';

const refused = vi.hoisted(() => new Set<string>());

vi.mock(import('livego/files'), async (original) => {
  const files = await original();
  return {
    ...files,
    removeFile: (path: string, root: string) =>
      refused.has(path)
        ? Promise.reject(
            Object.assign(new Error(`EPERM: operation not permitted, unlink '${path}'`), { code: 'EPERM' }),
          )
        : files.removeFile(path, root),
  };
});

test('a file that cannot be removed is named once, and keeps no other file', async () => {
  const folder = temporaryFolder();
  const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);
  mkdirSync(join(folder, 'live'));
  const paths = ['a', 'b', 'c'].map((name) => join(folder, 'live', `${name}_20261001T000000.flv`));
  const place = (path: string, days: number): void => {
    writeFileSync(path, '');
    utimesSync(path, daysAgo(days), daysAgo(days));
  };
  for (const [index, path] of paths.entries()) place(path, 30 + index);
  // The one in the middle, whichever way round they are taken.
  refused.add(paths[1]!);
  const server = await startRecording({ keepDays: 3 }, {}, folder);
  const present = (): boolean[] => paths.map((path) => existsSync(path));
  await expect.poll(present).toEqual([false, true, false]);
  // Another search, because a file was finished.
  const publisher = await server.publisher();
  publisher.leave();
  await server.reload(server.config({ keepDays: 2 }));
  place(paths[0]!, 30);
  await server.reload(server.config({ keepDays: 1 }));
  await expect.poll(present).toEqual([false, true, false]);
  const warned = server.log.filter(({ level }) => level >= 40).map(({ msg }) => msg);
  expect(new Set(warned)).toEqual(
    new Set([
      `${paths[1]} cannot be removed (record.keepDays, record.keepBytes): EPERM: operation not permitted, unlink '${paths[1]}'`,
    ]),
  );
  const removed = server.metrics().find(({ metric }) => metric.name === 'record_removed_files_total');
  expect(removed?.value).toBe(3);
});
