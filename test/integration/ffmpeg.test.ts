// ffmpeg publishes, ffprobe plays: the source arrives packet for packet.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  capture,
  clip,
  probePackets,
  publish,
  watch,
  type ClipSpec,
  type ProbedPacket,
} from '../helpers/media/ffmpeg.ts';
import { expectSamePackets } from '../helpers/media/same-packets.ts';
import { startServer, type TestServer } from '../helpers/server.ts';

/** The packets of waiting viewers by RTMP and by HTTP-FLV, of a file that ffmpeg publishes as fast as it can. */
async function throughServer(file: string, server: TestServer): Promise<ProbedPacket[][]> {
  const asked = server.saw('play', 2);
  const viewers = [watch(server.rtmp('live/movie')), watch(server.http('live/movie.flv'))];
  await asked;
  await publish({ file, url: server.rtmp('live/movie'), pace: 'fast' }).succeeded();
  return Promise.all(viewers.map((viewer) => viewer.packets));
}

test.each<[string, ClipSpec]>([
  ['H.264 with B-frames and AAC', {}],
  ['sound only, AAC', { video: 'none' }],
  ['sound only, MP3', { video: 'none', audio: 'mp3' }],
  ['picture only', { audio: 'none' }],
])('%s: ffmpeg to ffprobe by RTMP and by HTTP-FLV, packet for packet', async (_what, spec) => {
  const server = await startServer();
  const file = await clip({ seconds: 4, ...spec });
  const source = await probePackets(file);
  for (const got of await throughServer(file, server)) expectSamePackets(source, got);
});

test('a viewer in mid-stream starts with a keyframe and gets everything from there on', async () => {
  const server = await startServer();
  const file = await clip({ seconds: 4, gopSeconds: 1 });
  const started = server.saw('playStart', 2);
  const early = watch(server.rtmp('live/movie'));
  const publishing = publish({ file, url: server.rtmp('live/movie') });
  await publishing.saw(/Stream mapping/);
  await expect.poll(() => server.server.streams[0]?.counters.keyframes ?? 0).toBe(2);
  const late = watch(server.http('live/movie.flv'));
  await started;
  await publishing.succeeded();
  const source = await probePackets(file);
  expectSamePackets(source, await early.packets);
  expectSamePackets(source, await late.packets, { from: 'keyframe' });
});

test('a publisher that is killed frees its name, and its viewers reach the end', async () => {
  const server = await startServer({ config: { duplicate: 'reject' } });
  const file = await clip({ seconds: 2 });
  const viewer = watch(server.rtmp('live/movie'));
  const first = publish({ file, url: server.rtmp('live/movie'), repeat: 'forever' });
  await server.saw('playStart');
  await expect.poll(() => server.server.streams[0]?.counters.keyframes ?? 0).toBe(1);
  first.kill();
  const packets = await viewer.packets;
  expect(packets[0]?.keyframe).toBe(true);
  await publish({ file, url: server.rtmp('live/movie'), pace: 'fast' }).succeeded();
});

test('a file that is published in a loop continues at its seams without a gap in its timestamps', async () => {
  const server = await startServer();
  const file = await clip({ seconds: 2, gopSeconds: 1 });
  const asked = server.saw('play');
  const viewer = watch(server.rtmp('live/movie'));
  await asked;
  await publish({ file, url: server.rtmp('live/movie'), pace: 'fast', repeat: 2 }).succeeded();
  const packets = (await viewer.packets).filter((packet) => packet.kind === 'video');
  const once = (await probePackets(file)).filter((packet) => packet.kind === 'video').length;
  expect(packets).toHaveLength(3 * once);
  const steps = packets.slice(1).map((packet, index) => packet.dts! - packets[index]!.dts!);
  expect(Math.max(...steps)).toBeLessThan(0.1);
  expect(Math.min(...steps)).toBeGreaterThan(0);
});

test('ffmpeg prints why it was denied', async () => {
  const server = await startServer();
  const file = await clip({ seconds: 2 });
  const program = publish({ file, url: server.rtmp('nothing/movie'), pace: 'fast' });
  const { code, stderr } = await program.done;
  expect(code).not.toBe(0);
  expect(stderr).toContain('there is no application "nothing"');
});

test('ffmpeg records the tracks that it plays, and no others', async () => {
  const server = await startServer();
  const folder = mkdtempSync(join(tmpdir(), 'livego-capture-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const copyTo = join(folder, 'copy.mkv');
  const file = await clip({ seconds: 2 });
  const asked = server.saw('play');
  const recording = capture({ url: server.rtmp('live/movie'), copyTo });
  await asked;
  await publish({ file, url: server.rtmp('live/movie'), pace: 'fast' }).succeeded();
  await recording.succeeded();
  const kinds = new Set((await probePackets(copyTo)).map((packet) => packet.kind));
  expect([...kinds].toSorted()).toEqual(['audio', 'video']);
});
