// Playlists and segments in a directory, for nginx and CDNs.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { parseTransportStream } from '../../core/media/mpegts/transport-stream.ts';
import { pluginForTest } from '../../helpers/config.ts';
import type { FinishedFile } from '../../../core/plugin/hooks.ts';
import { numbers, resolve, startHls, tag, uris, type HlsServer } from './hls-kit.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'livego-hls-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function read(path: string, name = 'movie'): string {
  return readFileSync(join(path, 'live', `${name}.m3u8`), 'utf8');
}

async function written(path: string, count: number): Promise<string> {
  await vi.waitFor(() => expect(numbers(read(path)).length).toBe(count));
  return read(path);
}

test('hold what the playlist names, under the paths of the URLs, and nothing else', async () => {
  const path = folder();
  const hls = await startHls({ path, playlistSegments: 3, retainedSegments: 1 });
  const publisher = await hls.publish();
  publisher.headers();
  for (let second = 0; second < 15; second++) {
    publisher.run(1);
    // A segment that a slow disk has not written yet stays in memory.
    await new Promise((resolved) => setImmediate(resolved));
  }
  await vi.waitFor(() => expect(readdirSync(join(path, 'live', 'movie'))).toHaveLength(4));
  // While the playlist is replaced its draft is there too.
  await vi.waitFor(() => expect(readdirSync(join(path, 'live')).toSorted()).toEqual(['movie', 'movie.m3u8']));
  const playlist = read(path);
  for (const uri of uris(playlist)) parseTransportStream(readFileSync(join(path, 'live', uri)), new Map());
  expect(uris(playlist)[0]).toMatch(/^movie\/\d+\.ts$/);
});

test('are announced to other plugins when they are complete', async () => {
  const path = folder();
  const files: FinishedFile[] = [];
  const listener = pluginForTest('listener', {
    app: ({ hooks }) => hooks.fileEnd.tap((file) => void files.push(file)),
  });
  const hls = await startHls({ path }, { plugins: [listener] });
  const publisher = await hls.publish();
  publisher.headers().run(4.04);
  await vi.waitFor(() => expect(files).toHaveLength(2));
  for (const file of files) {
    expect(file).toMatchObject({
      plugin: 'hls',
      kind: 'segment',
      app: 'live',
      name: 'movie',
      durationMs: 2000,
    });
    expect(file.session).toBe(publisher.session);
    expect(file.endedAt.getTime() - file.startedAt.getTime()).toBe(2000);
    expect(readFileSync(file.path)).toHaveLength(file.bytes);
  }
});

test('name the session of the publisher that sent them, however short it was there', async () => {
  const files: FinishedFile[] = [];
  const listener = pluginForTest('listener', {
    app: ({ hooks }) => hooks.fileEnd.tap((file) => void files.push(file)),
  });
  const config = { keepAfterUnpublishMs: 60_000 };
  const hls = await startHls({ path: folder() }, { plugins: [listener], config });
  const publishers = [await hls.publish()];
  publishers[0]!.headers().run(2.04).leave();
  // The second is replaced in the middle of its first segment, and the third leaves in the middle of its own.
  publishers.push(await hls.publish());
  publishers[1]!.headers().run(1);
  publishers.push(await hls.publish());
  publishers[2]!.headers().run(1).leave();
  await vi.waitFor(() => expect(files).toHaveLength(4));
  const [first, second, third] = publishers.map(({ session }) => session);
  expect(files.map(({ session }) => session)).toEqual([first, first, second, third]);
});

test('are served from, whole and in parts, once they have left memory', async () => {
  const path = folder();
  const hls = await startHls({ path, playlistSegments: 30 });
  const publisher = await hls.publish();
  publisher.headers();
  for (let count = 1; count <= 8; count++) {
    publisher.run(count === 1 ? 2.04 : 2);
    await written(path, count);
    await settle(hls);
  }
  const { url, text } = await hls.media();
  expect(hls.metric('hls_memory_bytes')).toBeLessThan(4 * 30_000);
  const first = resolve(url, uris(text)[0]!);
  const whole = await hls.get(first);
  expect(whole.rawPayload.equals(readFileSync(join(path, 'live/movie', uris(text)[0]!)))).toBe(true);
  const part = await hls.get(first, { range: 'bytes=188-375' });
  expect([part.statusCode, part.rawPayload.equals(whole.rawPayload.subarray(188, 376))]).toEqual([206, true]);
});

test('are removed some time after the end of the stream, unless they are kept', async () => {
  for (const keepAfterEnd of [false, true]) {
    const path = folder();
    const hls = await startHls({ path, keepAfterEnd });
    const publisher = await hls.publish();
    publisher.headers().run(3);
    await written(path, 1);
    publisher.leave();
    await vi.waitFor(() => expect(read(path)).toMatch(/#EXT-X-ENDLIST\n$/));
    await hls.reload(false);
    if (keepAfterEnd) expect(numbers(read(path))).toHaveLength(2);
    else await vi.waitFor(() => expect(readdirSync(join(path, 'live'))).toEqual([]));
  }
});

test('tell the next run of the server where to continue, behind a discontinuity', async () => {
  const path = folder();
  const first = await startHls({ path });
  (await first.publish()).headers().run(7);
  await written(path, 3);
  await first.test.stop();
  const before = read(path);
  expect(before).toMatch(/#EXT-X-ENDLIST\n$/);
  const second = await startHls({ path, retainedSegments: 1 });
  const publisher = await second.publish();
  publisher.headers().run(3);
  const { text } = await second.media();
  expect(numbers(text)).toEqual([numbers(before).at(-1)! + 1]);
  expect(text).toContain('#EXT-X-DISCONTINUITY\n');
  publisher.run(20);
  await vi.waitFor(() =>
    expect(existsSync(join(path, 'live', 'movie', `${numbers(before)[0]}.ts`))).toBe(false),
  );
});

test('have an open playlist when the server stops, for players that wait for the next run', async () => {
  const path = folder();
  const hls = await startHls({ path, publisherGraceSeconds: 20 });
  (await hls.publish()).headers().run(7);
  await written(path, 3);
  await hls.test.stop();
  expect(numbers(read(path))).toHaveLength(4);
  expect(read(path)).not.toContain('#EXT-X-ENDLIST');
});

test('that the next run goes on from keep their discontinuity sequence for players of the run before', async () => {
  const path = folder();
  const first = await startHls({ path, publisherGraceSeconds: 60 });
  (await first.publish()).headers().run(7);
  await written(path, 3);
  await first.test.stop();
  const before = read(path);
  const second = await startHls({ path, publisherGraceSeconds: 60 });
  (await second.publish()).headers().run(3);
  const { text } = await second.media();
  expect(numbers(text)).toContain(numbers(before).at(-1));
  expect(text).toContain('#EXT-X-DISCONTINUITY\n');
  const again = await second.follow('/live/movie/~BBBBBBBBBBBBBBBBBBBBBB/index.m3u8');
  expect(tag(again.body, 'EXT-X-DISCONTINUITY-SEQUENCE')).toBe(tag(before, 'EXT-X-DISCONTINUITY-SEQUENCE'));
});

test('that are nonsense where a playlist should be do not keep the stream from starting', async () => {
  const path = folder();
  const first = await startHls({ path });
  (await first.publish()).headers().run(3);
  await written(path, 1);
  await first.test.stop();
  writeFileSync(join(path, 'live', 'movie.m3u8'), '#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:9e99\n');
  const second = await startHls({ path });
  (await second.publish()).headers().run(3);
  const { text } = await second.media();
  expect(Number(tag(text, 'EXT-X-MEDIA-SEQUENCE'))).toBeGreaterThan(1_700_000_000);
});

test('whose directory cannot be made have the config rejected, with the option, the directory and a way out', async () => {
  const path = folder();
  writeFileSync(join(path, 'file'), '');
  const hls = await startHls({});
  const publisher = await hls.publish();
  publisher.headers().run(3);
  await expect(hls.reload({ path: join(path, 'file', 'below') })).rejects.toThrow(
    /^hls\.path \(line 1\): .*file\/below cannot be written to \(.*\); name a directory/,
  );
  expect(numbers((await hls.media()).text)).toHaveLength(1);
});

test('that cannot be written are logged once and counted, and viewers see the stream from memory', async () => {
  const path = folder();
  writeFileSync(join(path, 'live'), 'a file where a directory should be');
  const hls = await startHls({ path });
  const publisher = await hls.publish();
  publisher.headers().run(9);
  const { url, text } = await hls.media();
  await settle(hls);
  for (const uri of uris(text)) expect((await hls.get(resolve(url, uri))).statusCode).toBe(200);
  expect(hls.test.log.filter(({ msg }) => msg.includes('cannot be written'))).toHaveLength(1);
  expect(hls.metric('hls_disk_failures_total')).toBeGreaterThan(3);
});

test('are encrypted, too', async () => {
  const path = folder();
  const hls = await startHls({ path, encrypt: { enabled: true } });
  (await hls.publish()).headers().run(3);
  const playlist = await written(path, 1);
  expect(tag(playlist, 'EXT-X-KEY')).toMatch(/^METHOD=AES-128,URI="movie\/\d+\.key",IV=0x/);
  const bytes = readFileSync(join(path, 'live', uris(playlist)[0]!));
  expect(bytes.length % 16).toBe(0);
  expect(bytes[0] === 0x47 && bytes[188] === 0x47).toBe(false);
  expect(readdirSync(join(path, 'live', 'movie')).some((name) => name.endsWith('.key'))).toBe(false);
});

async function settle(hls: HlsServer): Promise<void> {
  const before = hls.metric('hls_segments_total');
  await vi.waitFor(() => expect(hls.metric('hls_pending_file_operations')).toBe(0));
  expect(hls.metric('hls_segments_total')).toBe(before);
}
