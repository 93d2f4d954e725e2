// Changes of which no report comes. A file whose times are polled is polled from the first look on, and that comes some time
// after the watcher says that it is ready.
import { EventEmitter } from 'node:events';
import { writeFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { WatchedFolder } from './watched-folder.ts';

vi.mock('chokidar', () => ({
  watch(): EventEmitter {
    const watcher = Object.assign(new EventEmitter(), { close: () => Promise.resolve() });
    setImmediate(() => watcher.emit('ready'));
    return watcher;
  },
}));

test('a change that polling has missed is found all the same', async () => {
  const folder = new WatchedFolder();
  const { next } = folder.follow([folder.file], { poll: true, settleMs: 1, pollMs: 5 });
  for (const content of ['two', 'three', 'four']) {
    writeFileSync(folder.file, content);
    expect(await next()).toBe(`changed ${folder.file}`);
  }
});
