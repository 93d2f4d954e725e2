// The system has no watch left, as with `fs.inotify.max_user_instances`, and later has one again.
import { EventEmitter } from 'node:events';
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test, vi } from 'vitest';
import { WatchedFolder } from './watched-folder.ts';

const system = vi.hoisted(() => ({
  full: true,
  attempts: 0,
  /** The one that the system has accepted. */
  watcher: undefined as EventEmitter | undefined,
}));

vi.mock('chokidar', () => ({
  watch(): EventEmitter {
    const watcher = Object.assign(new EventEmitter(), { close: () => Promise.resolve() });
    system.attempts++;
    setImmediate(() => {
      const error = new Error('EMFILE: too many open files, watch');
      if (system.full) watcher.emit('error', Object.assign(error, { code: 'EMFILE' }));
      else system.watcher = watcher;
      watcher.emit('ready');
    });
    return watcher;
  },
}));

test('a file is read at intervals while it cannot be watched, and followed by events as soon as it can', async () => {
  const folder = new WatchedFolder();
  const { next } = folder.follow([folder.file], { poll: false, settleMs: 1, pollMs: 5 });
  writeFileSync(folder.file, 'two');
  expect(await next()).toBe(`changed ${folder.file}`);
  await expect.poll(() => system.attempts).toBeGreaterThan(2);
  system.full = false;
  await expect.poll(() => system.watcher).toBeDefined();
  const { attempts } = system;
  for (const content of ['three', 'four', 'five']) {
    writeFileSync(folder.file, content);
    system.watcher?.emit('raw', 'change', basename(folder.file), { watchedPath: folder.path });
    expect(await next()).toBe(`changed ${folder.file}`);
  }
  expect(system.attempts).toBe(attempts);
});
