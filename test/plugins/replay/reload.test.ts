// A reload of replay: what is known of recordings, and who has paused, is not forgotten.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definePlugin, type Commands } from 'livego';
import { startTestServer } from 'livego/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import replay from '../../../plugins/replay/index.ts';
import { temporaryFolder } from '../record-flv/record-kit.ts';
import { startReplay, type Listed } from './replay-kit.ts';

const CONTENT = Buffer.alloc(188, 0x47);
const FILE = 'movie_20261125T200000_20261125T203000.ts';

test('a recording is served, with its MD5, from the moment on in which other options are applied', async () => {
  const folder = temporaryFolder();
  const other = temporaryFolder();
  mkdirSync(join(folder, 'live'));
  writeFileSync(join(folder, 'live', FILE), CONTENT);
  /** What the list has when a config is applied: before anything could have been read of the disk. */
  const atOnce: Promise<Listed>[] = [];
  let list!: () => Promise<Listed>;
  const observer = definePlugin({
    name: 'observer',
    schema: { type: 'object', properties: { round: { type: 'integer' } } },
    server: (context) => {
      const commands: Commands = context.commands;
      list = () => commands.call('replay.list', {}) as Promise<Listed>;
      context.onActivate(() => void atOnce.push(list()));
    },
  });
  const config = (round: number, options: object) => ({
    replay: { port: '127.0.0.1:0', directories: [folder], ...options },
    observer: { round },
  });
  const server = await startTestServer({ plugins: [replay, observer], config: config(1, {}) });
  onTestFinished(() => server.stop());
  const md5 = createHash('md5').update(CONTENT).digest('hex');
  const recording = { name: 'movie', file: FILE, md5 };
  await vi.waitFor(async () => expect(await list()).toMatchObject({ total: 1, recordings: [recording] }));
  await server.reload(config(2, { maxPaused: 5 }));
  await server.reload(config(3, { directories: [other] }));
  await server.reload(config(4, { directories: [other, folder] }));
  const [first, second, third, fourth] = await Promise.all(atOnce);
  expect(first).toMatchObject({ total: 0 });
  expect(second).toMatchObject({ total: 1, recordings: [recording] });
  expect([third, fourth]).toMatchObject([{ total: 0 }, { total: 0 }]);
  await vi.waitFor(async () => expect(await list()).toMatchObject({ total: 1, recordings: [recording] }));
});

test('a segment of another length is not taken for the one that a player has', async () => {
  const { server, url, folder } = await startReplay({ segmentSeconds: 2 });
  const segment = url.replace(/\.flv$/, '/0.ts');
  const before = await fetch(segment);
  const etag = before.headers.get('etag') ?? '';
  const again = () => fetch(segment, { headers: { 'if-none-match': etag } });
  expect((await again()).status).toBe(304);
  const bytes = (await before.arrayBuffer()).byteLength;
  const report = await server.reload({
    record: { directory: folder },
    replay: { port: '127.0.0.1:0', directories: [folder], list: 'open', segmentSeconds: 4 },
  });
  expect(report.outcome).toBe('applied');
  const after = await again();
  expect(after.status).toBe(200);
  expect((await after.arrayBuffer()).byteLength).toBeGreaterThan(bytes);
});
