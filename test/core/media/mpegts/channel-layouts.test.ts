// AAC whose channels a program_config_element lays out: ADTS has no number for them.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parseAdtsHeader } from '../../../../core/media/aac/index.ts';
import { FlvReader } from '../../../../core/media/flv/tag-reader.ts';
import { describeAudio } from '../../../../core/media/flv/tag-body.ts';
import { SegmentMuxer } from '../../../../core/media/mpegts/index.ts';
import { MediaPacket } from '../../../../core/media/packet.ts';
import { videoFrame, videoHeader, slice } from './flv-packets.ts';

const LAYOUTS = ['quad', '2.1', '5.0(side)', '5.1(side)', '6.1', '7.1(wide)'];

function encode(layout: string): Buffer {
  const source = [
    '-f',
    'lavfi',
    '-i',
    `anoisesrc=d=2:r=48000:a=0.1:seed=1,aformat=channel_layouts=${layout}`,
  ];
  return run(['-v', 'error', ...source, '-c:a', 'aac', '-f', 'flv', '-']).stdout;
}

function packetsOf(flv: Buffer): MediaPacket[] {
  return new FlvReader()
    .push(flv)
    .filter(({ type }) => type === 'audio')
    .map(({ timestamp, body }) => new MediaPacket(describeAudio(body), timestamp, body));
}

/** The checksum of each frame that is decoded, in every segment alone. */
function decode(file: Buffer): { frames: readonly string[]; faults: string } {
  const { stdout, stderr } = run(['-v', 'error', '-i', '-', '-map', '0:a', '-f', 'framemd5', '-'], file);
  const lines = stdout
    .toString()
    .split('\n')
    .filter((line) => /^\d/.test(line));
  return { frames: lines.map((line) => line.split(',').at(-1)!.trim()), faults: stderr };
}

function run(options: readonly string[], input?: Buffer): { stdout: Buffer; stderr: string } {
  const { stdout, stderr } = spawnSync('ffmpeg', options, { input, maxBuffer: 64 * 1024 * 1024 });
  return { stdout, stderr: stderr.toString() };
}

test.each(LAYOUTS)(
  'every frame of AAC in %s decodes as it was encoded',
  (layout) => {
    const flv = encode(layout);
    const muxer = new SegmentMuxer();
    for (const packet of packetsOf(flv)) muxer.push(packet);
    expect(muxer.dropped).toBe(0);
    const result = decode(muxer.cut()!);
    expect(result.faults).toBe('');
    expect(result.frames).toEqual(decode(flv).frames);
    expect(result.frames.length).toBeGreaterThan(90);
  },
  60_000,
);

test('a segment from the middle of such a stream decodes alone, and so does silence in it', () => {
  const [header, ...frames] = packetsOf(encode('5.1(side)'));
  const muxer = new SegmentMuxer();
  for (const packet of [header!, ...frames.slice(0, 40)]) muxer.push(packet);
  muxer.cut();
  muxer.push(videoHeader());
  for (let at = 1000; at < 4000; at += 40) muxer.push(picture(at));
  const silent = muxer.cut()!;
  const { frames: decoded, faults } = decode(silent);
  // The pictures are none, and ffmpeg says so.
  expect(faults.split('\n').filter((line) => line.includes('aac'))).toEqual([]);
  expect(decoded.length).toBeGreaterThan(90);
  expect(new Set(decoded.slice(2)).size).toBe(1);
});

test('a frame that brings the layout itself is not given another', () => {
  const config = Buffer.from('1180' + '04c844002000c40d4c61766335392e33372e313030', 'hex');
  const muxer = new SegmentMuxer();
  const message = (type: number, data: Buffer): MediaPacket => {
    const payload = Buffer.concat([Buffer.of(0xaf, type), data]);
    return new MediaPacket(describeAudio(payload), 0, payload);
  };
  muxer.push(message(0, config));
  const frame = Buffer.from('a0112233', 'hex');
  muxer.push(message(1, frame));
  const segment = muxer.cut()!;
  const at = segment.indexOf(Buffer.from('fff1', 'hex'));
  expect(parseAdtsHeader(segment.subarray(at))).toMatchObject({
    channelConfiguration: 0,
    frameLength: 7 + 4,
  });
});

function picture(at: number): MediaPacket {
  const data = Buffer.concat([Buffer.of(0, 0, 0, 90), slice(at % 1000 === 0 ? 0x65 : 0x41, 90)]);
  return videoFrame(at, data, { keyframe: at % 1000 === 0 });
}
