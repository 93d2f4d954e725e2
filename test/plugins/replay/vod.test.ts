// Finished recordings by HTTP: files, ranges, FLV from a time on, HLS, the list.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { definePlugin, Denial, type PluginDefinition } from 'livego';
import { startTestServer } from 'livego/testing';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { capture, clip, probePackets } from '../../helpers/media/ffmpeg.ts';
import { readFlvFile } from '../../helpers/media/flv-file.ts';
import { expectSamePackets } from '../../helpers/media/same-packets.ts';
import { temporaryFolder } from '../record-flv/record-kit.ts';
import replayPlugin from '../../../plugins/replay/index.ts';
import { startReplay, type Listed } from './replay-kit.ts';

let source = '';
beforeAll(async () => {
  source = await clip({});
});

describe('the list', () => {
  test('has every finished recording with all that is known of it', async () => {
    const { file, list } = await startReplay();
    const bytes = readFileSync(file);
    const md5 = createHash('md5').update(bytes).digest('hex');
    await vi.waitUntil(async () => (await list()).recordings[0]!['md5'] !== null);
    const [recording] = (await list('?app=live&name=movie')).recordings;
    expect(recording).toMatchObject({
      kind: 'recording',
      app: 'live',
      name: 'movie',
      bytes: bytes.length,
      md5,
    });
    expect(Number(recording!['seconds'])).toBeCloseTo(6, 0);
    expect((await list('?app=other')).total).toBe(0);
  });

  test('follows the directories', async () => {
    const { folder, file, list } = await startReplay({ scanSeconds: 1 });
    mkdirSync(join(folder, 'event'));
    writeFileSync(join(folder, 'event', 'show_20261125T200000_20261125T203000.ts'), 'ts');
    writeFileSync(join(folder, 'event', 'show_20261125T200000.flv.part'), readFileSync(file));
    writeFileSync(join(folder, 'event', 'notes.txt'), 'text');
    await vi.waitUntil(async () => (await list()).total === 2);
    expect((await list('?app=event')).recordings[0]).toMatchObject({
      kind: 'replay',
      name: 'show',
      seconds: 1800,
    });
  });
});

describe('the list of a server that', () => {
  const noGate = definePlugin({ name: 'none', schema: { type: 'object' } });
  const listenerOnly = definePlugin({
    name: 'listener',
    schema: { type: 'object' },
    app: ({ hooks }) => hooks.play.tap(() => undefined, { observer: true }),
  });
  const tokens = definePlugin({
    name: 'tokens',
    schema: { type: 'object' },
    app: ({ hooks, servername }) => {
      if (servername === 'vip')
        hooks.play.tap(({ name, query }) =>
          query.get('token') === name ? undefined : new Denial('forbidden', 'a wrong token'),
        );
    },
  });

  async function serve(plugins: readonly PluginDefinition[], options: object = {}) {
    const folder = temporaryFolder();
    for (const place of ['live/movie', 'vip/show', 'vip/talk']) {
      mkdirSync(join(folder, dirname(place)), { recursive: true });
      writeFileSync(join(folder, `${place}_20261125T200000_20261125T203000.ts`), 'ts');
    }
    const replay = { port: '127.0.0.1:0', directories: [folder], md5: false, ...options };
    const config = { replay, servers: [{ servername: 'live' }, { servername: 'vip' }] };
    const server = await startTestServer({ plugins: [replayPlugin, ...plugins], config });
    onTestFinished(() => server.stop());
    await vi.waitUntil(() =>
      server.metrics().some(({ metric, value }) => metric.name === 'replay_files' && value === 3),
    );
    return async (query: string): Promise<string> => {
      const { statusCode, body } = await server.inject('replay.port', { url: `/vod${query}` });
      if (statusCode !== 200) return String(statusCode);
      const { recordings, total } = JSON.parse(body) as Listed;
      const names = recordings.map(({ app, name }) => `${String(app)}/${String(name)}`).toSorted();
      return `${total}: ${names.join(' ')}`;
    };
  }

  test('has no gate is open to everybody', async () => {
    const list = await serve([noGate, listenerOnly]);
    expect(await list('')).toBe('3: live/movie vip/show vip/talk');
    expect(await list('?app=vip')).toBe('2: vip/show vip/talk');
  });

  test('guards an application has its recordings only for those who may play them, stream by stream', async () => {
    const list = await serve([listenerOnly, tokens]);
    expect(await list('')).toBe('1: live/movie');
    expect(await list('?app=vip')).toBe('403');
    expect(await list('?app=vip&name=show')).toBe('403');
    expect(await list('?app=vip&name=show&token=talk')).toBe('403');
    expect(await list('?app=vip&name=show&token=show')).toBe('1: vip/show');
    expect(await list('?app=none')).toBe('403');
  });

  test('opens it or switches it off by an option does so', async () => {
    expect(await (await serve([tokens], { list: 'open' }))('')).toBe('3: live/movie vip/show vip/talk');
    expect(await (await serve([noGate], { list: 'off' }))('')).toBe('404');
  });
});

describe('a recording', () => {
  test('is served whole, in ranges, and not again to whom has it', async () => {
    const { url, file } = await startReplay();
    const bytes = readFileSync(file);
    const whole = await fetch(url);
    expect([whole.status, whole.headers.get('content-type')]).toEqual([200, 'video/x-flv']);
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    const etag = whole.headers.get('etag')!;
    const part = await fetch(url, { headers: { range: 'bytes=100-199', 'if-range': etag } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-199/${bytes.length}`]);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 200))).toBe(true);
    const changed = await fetch(url, { headers: { range: 'bytes=100-199', 'if-range': '"other"' } });
    expect(changed.status).toBe(200);
    await changed.arrayBuffer();
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, `${bytes.length}`]);
    expect((await fetch(url, { headers: { range: `bytes=${bytes.length}-` } })).status).toBe(416);
  });

  test('starts at the keyframe before ?start, with its headers', async () => {
    const { url } = await startReplay();
    const response = await fetch(`${url}?start=3.5`);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(response.headers.get('content-length')).toBe(`${bytes.length}`);
    const { tags } = readFlvFile(bytes);
    expect(tags.slice(0, 2).map(({ type, body }) => [type, body[1]])).toEqual([
      ['video', 0],
      ['audio', 0],
    ]);
    expect([tags[2]!.type, tags[2]!.body[0]]).toEqual(['video', 0x17]);
    expect(Math.abs(tags[2]!.timestamp - 2000)).toBeLessThan(100);
    for (const start of ['-1', 'x']) expect((await fetch(`${url}?start=${start}`)).status).toBe(400);
  });

  test('is denied by the gates that deny a live stream', async () => {
    const { url } = await startReplay();
    const response = await fetch(`${url}?token=wrong`);
    expect([response.status, await response.json()]).toEqual([
      403,
      { error: 'forbidden', reason: 'a wrong token' },
    ]);
  });

  test('leads nowhere else: no path, no link, no unfinished file', async () => {
    const { url, folder, file, list } = await startReplay({ scanSeconds: 1 });
    const outside = join(temporaryFolder(), 'secret.flv');
    writeFileSync(outside, readFileSync(file));
    symlinkSync(outside, join(folder, 'live', 'link.flv'));
    symlinkSync(join(outside, '..'), join(folder, 'linked'));
    writeFileSync(join(folder, 'live', 'half.flv.part'), readFileSync(file));
    writeFileSync(join(folder, 'live', 'known_20261125T220000.flv'), readFileSync(file));
    await vi.waitUntil(async () => (await list()).total === 2);
    const base = url.slice(0, url.indexOf('/vod'));
    const paths = [
      'live/link.flv',
      'linked/secret.flv',
      'live/half.flv.part',
      'live/half.flv',
      'live/..%2f..%2f..%2f..%2fetc%2fpasswd',
      '..%2f..%2fetc%2fpasswd',
      'live/%00.flv',
      'live/%ff.flv',
      'live/',
      encodeURIComponent(outside),
    ];
    for (const path of paths) expect((await fetch(`${base}/vod/${path}`)).status, path).toBe(404);
  });
});

test('a damaged recording is denied, by every protocol, without an error in the log', async () => {
  const { server, folder, url, list } = await startReplay({ scanSeconds: 1 });
  const broken = Buffer.from(readFileSync(join(folder, 'live', url.split('/').at(-1)!)));
  // The index and everything behind it.
  broken.fill(0xff, 13);
  writeFileSync(join(folder, 'live', 'broken_20261125T200000.flv'), broken);
  writeFileSync(join(folder, 'live', 'torn_20261125T200000_20261125T203000.ts'), 'ts');
  await vi.waitUntil(async () => (await list()).total === 3);
  const base = url.slice(0, url.lastIndexOf('/'));
  expect((await fetch(`${base}/torn_20261125T200000_20261125T203000.m3u8`)).status).toBe(503);
  for (const path of ['broken_20261125T200000.m3u8', 'broken_20261125T200000/0.ts']) {
    const { status } = await fetch(`${base}/${path}`);
    expect([200, 404, 503], path).toContain(status);
  }
  const player = await probePackets(server.rtmp('vod/live/broken_20261125T200000')).catch(() => []);
  expect(player.filter(({ kind }) => kind !== 'data')).toEqual([]);
  expect(server.log.filter(({ level }) => level >= 50)).toEqual([]);
});

describe('HLS of a recording', () => {
  test('has every packet of it, in segments that begin at keyframes', async () => {
    const { url, file } = await startReplay({ segmentSeconds: 2 });
    const playlist = url.replace(/\.flv$/, '.m3u8');
    const text = await (await fetch(playlist)).text();
    expect(text).toContain('#EXT-X-ENDLIST');
    expect(text.match(/#EXTINF/g)).toHaveLength(3);
    const copy = join(temporaryFolder(), 'copy.flv');
    await capture({ url: playlist, copyTo: copy }).succeeded();
    const count = (packets: readonly { kind: string }[], kind: string): number =>
      packets.filter((each) => each.kind === kind).length;
    const [before, after] = [await probePackets(file), await probePackets(copy)];
    expect([count(after, 'video'), count(after, 'audio')]).toEqual([
      count(before, 'video'),
      count(before, 'audio'),
    ]);
  });

  test('passes the token on to its segments, and has no others', async () => {
    const { url } = await startReplay({ segmentSeconds: 2 });
    const playlist = url.replace(/\.flv$/, '.m3u8');
    const text = await (await fetch(`${playlist}?token=right`)).text();
    const segments = text.split('\n').filter((line) => line.includes('.ts'));
    expect(segments.every((line) => line.endsWith('.ts?token=right'))).toBe(true);
    const first = new URL(segments[0]!, playlist);
    expect((await fetch(first)).headers.get('content-type')).toBe('video/mp2t');
    first.searchParams.set('token', 'wrong');
    expect((await fetch(first)).status).toBe(403);
    expect((await fetch(playlist.replace(/\.m3u8$/, '/99.ts'))).status).toBe(404);
  });
});

test('a recording is the source, also when it is read over HTTP by ffmpeg', async () => {
  const { url } = await startReplay();
  expectSamePackets(await probePackets(source), await probePackets(url));
});

test('the command replay.list has what GET /vod lists, for the API and other plugins', async () => {
  const { commands, list } = await startReplay();
  const [listed] = (await list()).recordings;
  const { start, end, seconds } = listed as { start: string; end: string; seconds: number };
  // The sum is computed meanwhile.
  const { md5: _, ...known } = listed!;
  const wanted = { ...known, startedAt: start, endedAt: end, durationMs: seconds * 1000 };
  expect(await commands.call('replay.list', {})).toMatchObject({ recordings: [wanted], total: 1 });
  expect(await commands.call('replay.list', { app: 'other' })).toEqual({ recordings: [], total: 0 });
  expect(await commands.call('replay.list', { kind: 'replay' })).toEqual({ recordings: [], total: 0 });
  expect(await commands.call('replay.list', { offset: 1, limit: 5 })).toEqual({ recordings: [], total: 1 });
  const totalBefore = async (endedBefore: string) =>
    ((await commands.call('replay.list', { endedBefore })) as Listed).total;
  const later = new Date(Date.parse(end) + 1).toISOString();
  expect([await totalBefore(end), await totalBefore(later)]).toEqual([0, 1]);
  await expect(totalBefore('2026-99-99T10:00:00Z')).rejects.toThrow(/endedBefore/);
  await expect(commands.call('replay.list', { limit: 0 })).rejects.toThrow(/limit/);
});
