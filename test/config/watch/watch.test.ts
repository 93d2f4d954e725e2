import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { watchFiles } from '../../../config/watch/watch.ts';
import type { FileWatch } from '../../../config/watch/watch.ts';

let directory: string;
let file: string;
let watching: FileWatch | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'livego-watch-'));
  file = join(directory, 'livego.json5');
  writeFileSync(file, 'one');
});

afterEach(async () => {
  await watching?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Reports in the order they come; `next` waits for one. */
function follow(
  files: readonly string[],
  settings = { poll: false, settleMs: 20, pollMs: 20 },
): { next: () => Promise<string>; all: string[] } {
  const all: string[] = [];
  const unread: string[] = [];
  let wake: (() => void) | undefined;
  watching = watchFiles(files, settings, (event, path) => {
    all.push(`${event} ${path}`);
    unread.push(`${event} ${path}`);
    wake?.();
  });
  const next = async (): Promise<string> => {
    while (unread.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return unread.shift() ?? '';
  };
  return { next, all };
}

describe.each([
  ['events', false],
  ['polling', true],
])('a file that is followed by %s', (_, poll) => {
  const settings = { poll, settleMs: 20, pollMs: 20 };

  test('is reported when it is written in place', async () => {
    const { next } = follow([file], settings);
    writeFileSync(file, 'two');
    expect(await next()).toBe(`changed ${file}`);
  });

  test('is reported when another file is renamed over it, again and again', async () => {
    const { next } = follow([file], settings);
    for (const content of ['two', 'three', 'four']) {
      writeFileSync(`${file}~`, content);
      renameSync(`${file}~`, file);
      expect(await next()).toBe(`changed ${file}`);
    }
  });

  test('is reported when a ConfigMap swaps its symbolic link, again and again', async () => {
    const mount = join(directory, 'mount');
    mkdirSync(join(mount, '..1'), { recursive: true });
    writeFileSync(join(mount, '..1', 'livego.json5'), 'one');
    symlinkSync('..1', join(mount, '..data'));
    symlinkSync('..data/livego.json5', join(mount, 'livego.json5'));
    const mounted = join(mount, 'livego.json5');
    const { next } = follow([mounted], settings);
    for (const version of [2, 3]) {
      mkdirSync(join(mount, `..${version}`));
      writeFileSync(join(mount, `..${version}`, 'livego.json5'), `content ${version}`);
      symlinkSync(`..${version}`, join(mount, '..data_tmp'));
      renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
      rmSync(join(mount, `..${version - 1}`), { recursive: true });
      expect(await next()).toBe(`changed ${mounted}`);
    }
  });

  test('is reported once when it vanishes, and as changed when it comes back different', async () => {
    const { next, all } = follow([file], settings);
    unlinkSync(file);
    expect(await next()).toBe(`vanished ${file}`);
    writeFileSync(file, 'two');
    expect(await next()).toBe(`changed ${file}`);
    expect(all).toHaveLength(2);
  });

  test('is reported when its whole directory goes and comes back', async () => {
    const inner = join(directory, 'etc');
    mkdirSync(inner);
    const deep = join(inner, 'livego.json5');
    writeFileSync(deep, 'one');
    const { next } = follow([deep], settings);
    rmSync(inner, { recursive: true });
    expect(await next()).toBe(`vanished ${deep}`);
    mkdirSync(inner);
    writeFileSync(deep, 'two');
    expect(await next()).toBe(`changed ${deep}`);
    writeFileSync(deep, 'three');
    expect(await next()).toBe(`changed ${deep}`);
  });

  test('is not reported for a touch, a save without a change, or another file beside it', async () => {
    const sentinel = join(directory, 'sentinel');
    writeFileSync(sentinel, 'one');
    const { next, all } = follow([file, sentinel], settings);
    utimesSync(file, new Date(0), new Date(0));
    writeFileSync(file, 'one');
    writeFileSync(join(directory, 'other'), 'x');
    writeFileSync(sentinel, 'two');
    expect(await next()).toBe(`changed ${sentinel}`);
    expect(all).toHaveLength(1);
  });
});

describe('a save', () => {
  test('in several pieces is one change', async () => {
    const { next, all } = follow([file], { poll: false, settleMs: 300, pollMs: 20 });
    writeFileSync(file, '');
    for (let piece = 0; piece < 20; piece++) await appendFile(file, 'piece');
    expect(await next()).toBe(`changed ${file}`);
    expect(all).toHaveLength(1);
  });

  test('that unlinks and creates within the settling time is one change', async () => {
    const { next, all } = follow([file]);
    unlinkSync(file);
    writeFileSync(file, 'two');
    expect(await next()).toBe(`changed ${file}`);
    expect(all).toHaveLength(1);
  });

  test('that touches two files is one change', async () => {
    const plugin = join(directory, 'plugin.ts');
    writeFileSync(plugin, 'one');
    const { next, all } = follow([file, plugin]);
    writeFileSync(file, 'two');
    writeFileSync(plugin, 'two');
    expect(await next()).toBe(`changed ${file}, ${plugin}`);
    expect(all).toHaveLength(1);
  });

  test('at the target of a link in another directory is a change', async () => {
    const target = join(directory, 'elsewhere', 'real.json5');
    mkdirSync(join(directory, 'elsewhere'));
    writeFileSync(target, 'one');
    const link = join(directory, 'link.json5');
    symlinkSync(target, link);
    const { next } = follow([link]);
    writeFileSync(target, 'two');
    expect(await next()).toBe(`changed ${link}`);
  });
});

describe('a directory', () => {
  test('in which a log is written all the time starves nothing', async () => {
    const { next, all } = follow([file]);
    const log = join(directory, 'access.log');
    const writing = { on: true };
    const busy = (async () => {
      while (writing.on) await appendFile(log, 'a line\n');
    })();
    for (const content of ['two', 'three']) {
      writeFileSync(file, content);
      expect(await next()).toBe(`changed ${file}`);
    }
    writeFileSync(`${file}~`, 'four');
    renameSync(`${file}~`, file);
    expect(await next()).toBe(`changed ${file}`);
    writing.on = false;
    await busy;
    expect(all).toHaveLength(3);
  });

  test('that gives way to another one is followed at its new place', async () => {
    const [now, later] = [join(directory, 'etc'), join(directory, 'etc.new')];
    for (const [folder, content] of [
      [now, 'one'],
      [later, 'two'],
    ] as const) {
      mkdirSync(folder);
      writeFileSync(join(folder, 'livego.json5'), content);
    }
    const deep = join(now, 'livego.json5');
    // The watch has settled in when it has told of a save.
    const { next } = follow([deep]);
    writeFileSync(deep, 'zero');
    expect(await next()).toBe(`changed ${deep}`);
    renameSync(now, join(directory, 'etc.old'));
    renameSync(later, now);
    expect(await next()).toBe(`changed ${deep}`);
    writeFileSync(deep, 'three');
    expect(await next()).toBe(`changed ${deep}`);
  });
});

test('files that are no longer wanted are not reported, new ones are', async () => {
  const plugin = join(directory, 'plugin.ts');
  writeFileSync(plugin, 'one');
  const { next, all } = follow([file]);
  watching?.update([plugin]);
  writeFileSync(file, 'two');
  writeFileSync(plugin, 'two');
  expect(await next()).toBe(`changed ${plugin}`);
  expect(all).toHaveLength(1);
});

test('a file that does not exist yet is reported when it comes', async () => {
  const later = join(directory, 'later', 'livego.json5');
  const { next } = follow([later]);
  mkdirSync(join(directory, 'later'));
  writeFileSync(later, '{}');
  expect(await next()).toBe(`changed ${later}`);
});

test('a watcher that was closed reports nothing', async () => {
  const { all } = follow([file]);
  await watching?.close();
  const other = follow([file]);
  writeFileSync(file, 'two');
  await other.next();
  expect(all).toEqual([]);
});
