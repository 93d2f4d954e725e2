import { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { WatchedFolder } from './watched-folder.ts';

let folder: WatchedFolder;

beforeEach(() => void (folder = new WatchedFolder()));

describe('a save', () => {
  test('in several pieces is one change', async () => {
    const { next, all } = folder.follow([folder.file], { poll: false, settleMs: 300, pollMs: 20 });
    writeFileSync(folder.file, '');
    for (let piece = 0; piece < 20; piece++) await appendFile(folder.file, 'piece');
    expect(await next()).toBe(`changed ${folder.file}`);
    expect(all).toHaveLength(1);
  });

  test('that unlinks and creates within the settling time is one change', async () => {
    const { next, all } = folder.follow([folder.file]);
    unlinkSync(folder.file);
    writeFileSync(folder.file, 'two');
    expect(await next()).toBe(`changed ${folder.file}`);
    expect(all).toHaveLength(1);
  });

  test('that touches two files is one change', async () => {
    const plugin = join(folder.path, 'plugin.ts');
    writeFileSync(plugin, 'one');
    const { next, all } = folder.follow([folder.file, plugin]);
    writeFileSync(folder.file, 'two');
    writeFileSync(plugin, 'two');
    expect(await next()).toBe(`changed ${folder.file}, ${plugin}`);
    expect(all).toHaveLength(1);
  });

  test('at the target of a link in another directory is a change', async () => {
    const target = join(folder.path, 'elsewhere', 'real.json5');
    mkdirSync(join(folder.path, 'elsewhere'));
    writeFileSync(target, 'one');
    const link = join(folder.path, 'link.json5');
    symlinkSync(target, link);
    const { next } = folder.follow([link]);
    writeFileSync(target, 'two');
    expect(await next()).toBe(`changed ${link}`);
  });
});

test('a save is reported while a log in the same directory is written all the time', async () => {
  const { next, all } = folder.follow([folder.file]);
  const log = join(folder.path, 'access.log');
  const writing = { on: true };
  const busy = (async () => {
    while (writing.on) await appendFile(log, 'a line\n');
  })();
  for (const content of ['two', 'three']) {
    writeFileSync(folder.file, content);
    expect(await next()).toBe(`changed ${folder.file}`);
  }
  writeFileSync(`${folder.file}~`, 'four');
  renameSync(`${folder.file}~`, folder.file);
  expect(await next()).toBe(`changed ${folder.file}`);
  writing.on = false;
  await busy;
  expect(all).toHaveLength(3);
});

test('a directory that is replaced by another one is followed at its new place', async () => {
  const [now, later] = [join(folder.path, 'etc'), join(folder.path, 'etc.new')];
  for (const [place, content] of [
    [now, 'one'],
    [later, 'two'],
  ] as const) {
    mkdirSync(place);
    writeFileSync(join(place, 'livego.json5'), content);
  }
  const deep = join(now, 'livego.json5');
  // A watch that has reported a save is set up.
  const { next } = folder.follow([deep]);
  writeFileSync(deep, 'zero');
  expect(await next()).toBe(`changed ${deep}`);
  renameSync(now, join(folder.path, 'etc.old'));
  renameSync(later, now);
  expect(await next()).toBe(`changed ${deep}`);
  writeFileSync(deep, 'three');
  expect(await next()).toBe(`changed ${deep}`);
});
