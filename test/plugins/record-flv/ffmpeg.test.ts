// Recordings of what a real encoder publishes: the source packet for packet, and seekable.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clip, probePackets, publish, type ClipSpec } from '../../helpers/media/ffmpeg.ts';
import { expectSamePackets } from '../../helpers/media/same-packets.ts';
import { startServer } from '../../helpers/server.ts';
import { temporaryFolder, filesIn } from './record-kit.ts';

async function record(spec: ClipSpec, options: object = {}): Promise<{ source: string; files: string[] }> {
  const folder = temporaryFolder();
  const server = await startServer({ config: { record: { directory: folder, ...options } } });
  const source = await clip(spec);
  const ended = server.saw('streamStop');
  await publish({ file: source, url: server.rtmp('live/movie'), pace: 'fast' }).succeeded();
  await ended;
  await server.stop();
  return { source, files: filesIn(folder).map((file) => join(folder, file)) };
}

describe('a recording of', () => {
  test.each<[string, ClipSpec]>([
    ['H.264 with B-frames and AAC', {}],
    ['H.264 and MP3', { audio: 'mp3' }],
    ['audio only', { video: 'none' }],
    ['video only', { audio: 'none' }],
  ])('%s is the source, packet for packet', async (_, spec) => {
    const { source, files } = await record(spec);
    expect(files).toHaveLength(1);
    expectSamePackets(await probePackets(source), await probePackets(files[0]!), { order: 'together' });
  });

  test('a stream that is cut has every packet in one file or the other', async () => {
    const { source, files } = await record({}, { maxSeconds: 2 });
    expect(files).toHaveLength(3);
    const packets = [];
    for (const file of files) packets.push(...(await probePackets(file)));
    expectSamePackets(await probePackets(source), packets, { timestamps: 'ignore', order: 'per-kind' });
  });

  test('six seconds says so, and a seek by its index lands on a keyframe', async () => {
    const { files } = await record({});
    const probe = spawnSync('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'format=duration',
      '-of',
      'csv=p=0',
      files[0]!,
    ]);
    expect(Number(probe.stdout.toString())).toBeCloseTo(6, 0);
    const [first] = await probePackets(files[0]!, {
      extra: ['-read_intervals', '4.5%+0.1', '-select_streams', 'v'],
    });
    expect(first).toMatchObject({ keyframe: true });
    expect(first!.dts).toBeCloseTo(4, 1);
  });
});
