import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findDiskNameFault } from '../../../plugins/hls/segments/disk-names.ts';
import { startHls } from './hls-kit.ts';

test.each([
  ...['live/victim.m3u8', 'live/v2/12.ts', 'live/a/1.TS', 'live/a.key', 'x.m3u8/a', 'live/.hidden'],
  ...[
    'live/con',
    'live/NUL.txt',
    'live/COM¹',
    'live/conin$',
    'live/a:b',
    'live/a\\b',
    'live/end.',
    'live/end ',
    'live/a\nb',
    `live/${'ä'.repeat(101)}`,
  ],
])('a stream named %j has no files on the disk', (key) => {
  expect(findDiskNameFault(key)).toBeDefined();
});

test.each([
  'live/movie',
  'live/Movie 1',
  'live/a/b/c',
  'live/中文',
  'live/m3u8',
  'live/a.ts.b',
  'live/console',
])('a stream named %j has', (key) => {
  expect(findDiskNameFault(key)).toBeUndefined();
});

test('a stream whose name is that of another stream’s file is served from memory, and the other keeps its file', async () => {
  const path = mkdtempSync(join(tmpdir(), 'livego-hls-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const hls = await startHls({ path });
  const intruder = await hls.publish('victim.m3u8');
  intruder.headers().run(3);
  const victim = await hls.publish('victim');
  victim.headers().run(3);
  await expect.poll(() => existsSync(join(path, 'live/victim.m3u8'))).toBe(true);
  await expect.poll(() => readdirSync(join(path, 'live/victim')).length).toBeGreaterThan(0);
  expect((await hls.media('/live/victim.m3u8.m3u8')).text).toContain('#EXTINF');
  expect(hls.test.log.map(({ msg }) => msg)).toContain(
    'HLS files of a stream are kept in memory: its name cannot be used on the disk',
  );
});

test('of two streams that some file systems cannot tell apart one has files, and both are served', async () => {
  const path = mkdtempSync(join(tmpdir(), 'livego-hls-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const hls = await startHls({ path });
  const first = await hls.publish('Straße');
  first.headers().run(3);
  await expect.poll(() => existsSync(join(path, 'live/Straße.m3u8'))).toBe(true);
  const second = await hls.publish('STRASSE');
  second.headers().run(3);
  expect((await hls.media('/live/STRASSE.m3u8')).text).toContain('#EXTINF');
  expect((await hls.media('/live/Stra%C3%9Fe.m3u8')).text).toContain('#EXTINF');
  await expect.poll(() => readdirSync(join(path, 'live')).toSorted()).toEqual(['Straße', 'Straße.m3u8']);
  expect(hls.test.log.filter(({ why }) => String(why).includes('case of letters'))).toHaveLength(1);
});
