// Segments of real encoders' streams, judged by ffprobe and compared with their source by what ffmpeg decodes.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeAudio, describeVideo } from '../../../../core/media/flv/tag-body.ts';
import { FlvReader } from '../../../../core/media/flv/tag-reader.ts';
import { Segmenter } from '../../../../core/media/hls/index.ts';
import { SegmentMuxer } from '../../../../core/media/mpegts/index.ts';
import { MediaPacket } from '../../../../core/media/packet.ts';
import { enhancedAudio, videoFrame, videoHeader } from './flv-packets.ts';
import { parseTransportStream, type Continuity } from './transport-stream.ts';

const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25:d=5'];
const SOUND = ['-f', 'lavfi', '-i', 'sine=440:d=5:r=44100'];
const AVC = ['-c:v', 'libx264', '-bf', '3', '-g', '50', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'livego-mpegts-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function encode(name: string, ...args: string[]): string {
  const file = join(folder, name);
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args, file]);
  return file;
}

function readFlv(file: string): MediaPacket[] {
  return new FlvReader()
    .push(readFileSync(file))
    .filter(({ type }) => type !== 'script')
    .map(({ type, timestamp, body }) => {
      return new MediaPacket(type === 'video' ? describeVideo(body) : describeAudio(body), timestamp, body);
    });
}

/** HEVC and AC-3 as Enhanced RTMP has them, since ffmpeg 5 writes neither to FLV. */
function readMp4AsEnhancedFlv(file: string): MediaPacket[] {
  const bytes = readFileSync(file);
  const box = bytes.indexOf('hvcC');
  const record = bytes.subarray(box + 4, box - 4 + bytes.readUInt32BE(box - 4));
  const packets = packetsOf(file, 'v').map(({ pts, dts, pos, size, key }) =>
    videoFrame(Math.round(dts * 1000) + 1000, bytes.subarray(pos, pos + size), {
      keyframe: key,
      compositionTime: Math.round(pts * 1000) - Math.round(dts * 1000),
      form: 'coded-frames',
      fourCc: 'hvc1',
    }),
  );
  const sound = packetsOf(file, 'a').map(({ dts, pos, size }) =>
    enhancedAudio(Math.round(dts * 1000) + 1000, 'ac-3', bytes.subarray(pos, pos + size)),
  );
  const media = [...packets, ...sound].sort((left, right) => left.timestamp - right.timestamp);
  return [videoHeader(record, { form: 'coded-frames', fourCc: 'hvc1' }), ...media];
}

interface ProbedPacket {
  pts: number;
  dts: number;
  pos: number;
  size: number;
  key: boolean;
}

function packetsOf(file: string, streams: 'a' | 'v'): ProbedPacket[] {
  const entries = 'packet=pts_time,dts_time,pos,size,flags';
  const args = ['-v', 'error', '-select_streams', streams, '-show_entries', entries, '-of', 'json', file];
  const { packets } = JSON.parse(execFileSync('ffprobe', args, { encoding: 'utf8' })) as {
    packets: Record<'pts_time' | 'dts_time' | 'pos' | 'size' | 'flags', string>[];
  };
  return packets.map((packet) => ({
    pts: Number(packet.pts_time),
    dts: Number(packet.dts_time),
    pos: Number(packet.pos),
    size: Number(packet.size),
    key: packet.flags.startsWith('K'),
  }));
}

function segment(packets: readonly MediaPacket[]): Buffer[] {
  const segmenter = new Segmenter({ segmentSeconds: 2 });
  const muxer = new SegmentMuxer();
  const segments: Buffer[] = [];
  for (const packet of packets) {
    const decision = segmenter.decide(packet);
    if (typeof decision === 'object') segments.push(muxer.cut()!);
    if (decision !== 'skip') muxer.push(packet);
  }
  expect(muxer.dropped).toBe(0);
  segments.push(muxer.cut()!);
  return segments;
}

function complaints(file: string): string {
  const probe = spawnSync('ffprobe', ['-v', 'warning', '-show_packets', file], { encoding: 'utf8' });
  const decode = spawnSync('ffmpeg', ['-v', 'warning', '-i', file, '-f', 'null', '-'], { encoding: 'utf8' });
  return probe.stderr + decode.stderr;
}

/** The checksum of everything that is decoded from the kind of stream. */
function decoded(file: string, kind: 'a' | 'v'): string {
  // An edit list hides the first samples; a transport stream has none.
  const options = file.endsWith('.mp4') ? ['-ignore_editlist', '1'] : [];
  const args = ['-v', 'error', ...options, '-i', file, '-map', `0:${kind}`, '-f', 'md5', '-'];
  return execFileSync('ffmpeg', args, { encoding: 'utf8' });
}

function checkSegments(name: string, packets: readonly MediaPacket[]): string {
  const seen: Continuity = new Map();
  const segments = segment(packets);
  expect(segments).toHaveLength(3);
  for (const [index, bytes] of [...segments, Buffer.concat(segments)].entries()) {
    const file = join(folder, `${name}-${index}.ts`);
    writeFileSync(file, bytes);
    expect(complaints(file)).toBe('');
    if (index < segments.length) parseTransportStream(bytes, seen);
  }
  return join(folder, `${name}-${segments.length}.ts`);
}

/** Every packet is there once, 10 s (and `shift`) later, as exactly as milliseconds and 90 kHz allow. */
function compare(source: string, result: string, kind: 'a' | 'v', shift = 0): void {
  const expected = packetsOf(source, kind);
  const found = packetsOf(result, kind);
  expect(found).toHaveLength(expected.length);
  for (const [index, packet] of found.entries()) {
    const offset = 10 + shift;
    expect(Math.abs(packet.pts - expected[index]!.pts - offset)).toBeLessThan(0.0011);
    expect(Math.abs(packet.dts - expected[index]!.dts - offset)).toBeLessThan(0.0011);
  }
  expect(decoded(result, kind)).toBe(decoded(source, kind));
}

test('ffmpeg has no complaints, and finds the same content at the same times, in H.264 with B-frames and AAC, and in each of them alone', () => {
  const file = encode('avc-aac.flv', ...PICTURE, ...SOUND, ...AVC, '-c:a', 'aac');
  const both = checkSegments('both', readFlv(file));
  compare(file, both, 'v');
  compare(file, both, 'a');
  const packets = readFlv(file);
  compare(
    file,
    checkSegments(
      'video',
      packets.filter(({ kind }) => kind === 'video'),
    ),
    'v',
  );
  compare(
    file,
    checkSegments(
      'audio',
      packets.filter(({ kind }) => kind === 'audio'),
    ),
    'a',
  );
});

test('ffmpeg has no complaints, and finds the same content at the same times, in H.264 and MP3 of MPEG-2', () => {
  const file = encode('avc-mp3.flv', ...PICTURE, ...SOUND, ...AVC, '-c:a', 'libmp3lame', '-ar', '22050');
  const result = checkSegments('mp3', readFlv(file));
  compare(file, result, 'v');
  compare(file, result, 'a');
});

test('ffmpeg has no complaints, and finds the same content at the same times, in HEVC with B-frames and AC-3', () => {
  const hevc = ['-c:v', 'libx265', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-x265-params'];
  const options = 'log-level=error:keyint=50:min-keyint=50:scenecut=0:open-gop=0:bframes=2:b-adapt=0';
  const file = encode('hevc-ac3.mp4', ...PICTURE, ...SOUND, ...hevc, options, '-c:a', 'ac3');
  const result = checkSegments('hevc', readMp4AsEnhancedFlv(file));
  compare(file, result, 'v', 1);
  compare(file, result, 'a', 1);
});
