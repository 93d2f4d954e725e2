// Which files may be opened at all.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isSameFile, openInside } from '../../../core/files/open-inside.ts';

function folders(): { root: string; outside: string } {
  const base = mkdtempSync(join(tmpdir(), 'livego-inside-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const [root, outside] = [join(base, 'root'), join(base, 'outside')];
  for (const folder of [root, outside, join(root, 'live')]) mkdirSync(folder);
  writeFileSync(join(outside, 'secret'), 'secret');
  writeFileSync(join(root, 'live', 'movie'), 'movie');
  return { root, outside };
}

async function opens(root: string, path: string): Promise<string | undefined> {
  const opened = await openInside(root, path);
  const text = await opened?.handle.readFile('utf8');
  await opened?.handle.close();
  return text;
}

test('a file below the directory is opened, and has the same identity again until it changes', async () => {
  const { root } = folders();
  const path = join(root, 'live', 'movie');
  const [one, other] = [await openInside(root, path), await openInside(root, path)];
  await one!.handle.close();
  await other!.handle.close();
  expect(isSameFile(one!, other!)).toBe(true);
  writeFileSync(`${path}.new`, 'movie');
  renameSync(`${path}.new`, path);
  const later = await openInside(root, path);
  await later!.handle.close();
  expect(isSameFile(one!, later!)).toBe(false);
});

test('nothing that leads out of the directory is opened, and nothing but a file', async () => {
  const { root, outside } = folders();
  symlinkSync(join(outside, 'secret'), join(root, 'live', 'link'));
  symlinkSync(outside, join(root, 'linked'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  for (const path of [
    join(root, 'live', 'link'),
    join(root, 'linked', 'secret'),
    join(root, '..', 'outside', 'secret'),
    join(outside, 'secret'),
    join(root, 'live'),
    join(root, 'pipe'),
    join(root, 'live', 'other'),
    join(root, 'live', 'movie', 'below'),
    `${root}-secret`,
    '/dev/zero',
  ])
    expect(await opens(root, path), path).toBeUndefined();
  expect(await opens(root, join(root, 'live', 'movie'))).toBe('movie');
});

test('a directory that is replaced by a link again and again never leads out', async () => {
  const { root, outside } = folders();
  writeFileSync(join(outside, 'movie'), 'secret');
  const [live, away] = [join(root, 'live'), join(root, 'away')];
  const seen = new Set<string | undefined>();
  for (let round = 0; round < 200; round++) {
    const opening = opens(root, join(live, 'movie'));
    renameSync(live, away);
    symlinkSync(outside, live);
    const second = opens(root, join(live, 'movie'));
    rmSync(live);
    renameSync(away, live);
    seen.add(await opening).add(await second);
  }
  expect(seen).not.toContain('secret');
});
