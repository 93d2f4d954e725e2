// Replay files of engines, MPEG-TS, watched as recordings are: by RTMP, by HLS, from a time on.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { capture, clip, probePackets } from '../../helpers/media/ffmpeg.ts';
import { expectSamePackets } from '../../helpers/media/same-packets.ts';
import { temporaryFolder } from '../record-flv/record-kit.ts';
import { serveReplayFile } from './transport-kit.ts';

let source = '';
beforeAll(async () => {
  source = await clip({});
});

describe('a replay file', () => {
  test('is its source packet for packet by RTMP, and can be seeked in', async () => {
    const { rtmp } = await serveReplayFile();
    const packets = await probePackets(rtmp, { extra: ['-rtmp_buffer', '60000'] });
    expectSamePackets(await probePackets(source), packets, { order: 'per-kind' });
    const copy = join(temporaryFolder(), 'copy.flv');
    await capture({ url: rtmp, copyTo: copy, extra: ['-ss', '4.5'] }).succeeded();
    const pictures = (await probePackets(copy)).filter(({ kind }) => kind === 'video');
    expect(pictures[0]).toMatchObject({ keyframe: true });
    expect(pictures).toHaveLength(50);
  });

  test('is its source packet for packet by HLS, in segments that begin at keyframes', async () => {
    const { base } = await serveReplayFile();
    const text = await (await fetch(`${base}.m3u8`)).text();
    expect(text.match(/#EXTINF/g)).toHaveLength(3);
    expect(text).toContain('#EXT-X-ENDLIST');
    const copy = join(temporaryFolder(), 'copy.ts');
    await capture({ url: `${base}.m3u8`, copyTo: copy }).succeeded();
    const counts = async (url: string): Promise<number[]> => {
      const packets = await probePackets(url);
      return ['video', 'audio'].map((kind) => packets.filter((each) => each.kind === kind).length);
    };
    expect(await counts(copy)).toEqual(await counts(source));
  });

  test('is sent from the keyframe before ?start on, with its tables', async () => {
    const { base, file } = await serveReplayFile();
    const response = await fetch(`${base}.ts?start=4.5`);
    expect(response.headers.get('content-type')).toBe('video/mp2t');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(response.headers.get('content-length')).toBe(String(bytes.length));
    const whole = readFileSync(file);
    expect(whole.includes(bytes.subarray(2 * 188))).toBe(true);
    const pids = [0, 188, 376].map((at) => bytes.readUInt16BE(at + 1) & 0x1fff);
    expect(pids).toEqual([0, 0x1000, 0x100]);
    const pictures = (await probePackets(`${base}.ts?start=4.5`)).filter(({ kind }) => kind === 'video');
    expect(pictures[0]).toMatchObject({ keyframe: true });
    expect(pictures).toHaveLength(50);
  });
});
