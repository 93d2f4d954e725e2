import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { WatchedFolder } from './watched-folder.ts';

let folder: WatchedFolder;

beforeEach(() => void (folder = new WatchedFolder()));

const WAYS = [
  ['events', { poll: false, settleMs: 20, pollMs: 20 }],
  ['polling', { poll: true, settleMs: 20, pollMs: 20 }],
] as const;

describe.each(WAYS)('a file that is followed by %s', (_, settings) => {
  test('is reported when it is written in place', async () => {
    const { next } = folder.follow([folder.file], settings);
    writeFileSync(folder.file, 'two');
    expect(await next()).toBe(`changed ${folder.file}`);
  });

  test('is reported when another file is renamed over it, again and again', async () => {
    const { next } = folder.follow([folder.file], settings);
    for (const content of ['two', 'three', 'four']) {
      writeFileSync(`${folder.file}~`, content);
      renameSync(`${folder.file}~`, folder.file);
      expect(await next()).toBe(`changed ${folder.file}`);
    }
  });

  test('is reported once when it vanishes, and as changed when it comes back with other content', async () => {
    const { next, all } = folder.follow([folder.file], settings);
    unlinkSync(folder.file);
    expect(await next()).toBe(`vanished ${folder.file}`);
    writeFileSync(folder.file, 'two');
    expect(await next()).toBe(`changed ${folder.file}`);
    expect(all).toHaveLength(2);
  });

  test('is not reported when it comes back with the content that it had', async () => {
    const sentinel = join(folder.path, 'sentinel');
    writeFileSync(sentinel, 'one');
    const { next } = folder.follow([folder.file, sentinel], settings);
    unlinkSync(folder.file);
    expect(await next()).toBe(`vanished ${folder.file}`);
    writeFileSync(folder.file, 'one');
    // A file that was missing counts when two looks have seen the same.
    for (const content of ['two', 'three']) {
      writeFileSync(sentinel, content);
      expect(await next()).toBe(`changed ${sentinel}`);
    }
  });

  test('is not reported for a touch, a save without a change, or another file beside it', async () => {
    const sentinel = join(folder.path, 'sentinel');
    writeFileSync(sentinel, 'one');
    const { next, all } = folder.follow([folder.file, sentinel], settings);
    utimesSync(folder.file, new Date(0), new Date(0));
    writeFileSync(folder.file, 'one');
    writeFileSync(join(folder.path, 'other'), 'x');
    writeFileSync(sentinel, 'two');
    expect(await next()).toBe(`changed ${sentinel}`);
    expect(all).toHaveLength(1);
  });
});

describe.each(WAYS)('the path of a file that is followed by %s', (_, settings) => {
  test('is followed when a ConfigMap swaps its symbolic link, again and again', async () => {
    const mount = join(folder.path, 'mount');
    mkdirSync(join(mount, '..1'), { recursive: true });
    writeFileSync(join(mount, '..1', 'livego.json5'), 'one');
    symlinkSync('..1', join(mount, '..data'));
    symlinkSync('..data/livego.json5', join(mount, 'livego.json5'));
    const mounted = join(mount, 'livego.json5');
    const { next } = folder.follow([mounted], settings);
    for (const version of [2, 3]) {
      mkdirSync(join(mount, `..${version}`));
      writeFileSync(join(mount, `..${version}`, 'livego.json5'), `content ${version}`);
      symlinkSync(`..${version}`, join(mount, '..data_tmp'));
      renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
      rmSync(join(mount, `..${version - 1}`), { recursive: true });
      expect(await next()).toBe(`changed ${mounted}`);
    }
  });

  test('is followed when its whole directory is removed and made again', async () => {
    const inner = join(folder.path, 'etc');
    mkdirSync(inner);
    const deep = join(inner, 'livego.json5');
    writeFileSync(deep, 'one');
    const { next } = folder.follow([deep], settings);
    rmSync(inner, { recursive: true });
    expect(await next()).toBe(`vanished ${deep}`);
    mkdirSync(inner);
    writeFileSync(deep, 'two');
    expect(await next()).toBe(`changed ${deep}`);
    writeFileSync(deep, 'three');
    expect(await next()).toBe(`changed ${deep}`);
  });
});

test('files that are no longer wanted are not reported, new ones are', async () => {
  const plugin = join(folder.path, 'plugin.ts');
  writeFileSync(plugin, 'one');
  const { next, all } = folder.follow([folder.file]);
  folder.watching?.update([plugin]);
  writeFileSync(folder.file, 'two');
  writeFileSync(plugin, 'two');
  expect(await next()).toBe(`changed ${plugin}`);
  expect(all).toHaveLength(1);
});

test('a file that does not exist yet is reported when it is there', async () => {
  const later = join(folder.path, 'later', 'livego.json5');
  const { next } = folder.follow([later]);
  mkdirSync(join(folder.path, 'later'));
  writeFileSync(later, '{}');
  expect(await next()).toBe(`changed ${later}`);
});

test('a watcher that was closed reports nothing', async () => {
  const { all } = folder.follow([folder.file]);
  await folder.watching?.close();
  const other = folder.follow([folder.file]);
  writeFileSync(folder.file, 'two');
  await other.next();
  expect(all).toEqual([]);
});
