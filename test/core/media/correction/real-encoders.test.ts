// Clips of real encoders, damaged as other encoders do it: what is made of them is what the clip was, and ffmpeg decodes it
// without a fault.
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { parseAvcDecoderConfigurationRecord, readNalUnits } from '../../../../core/media/avc/index.ts';
import { buildFlvHeader } from '../../../../core/media/flv/file.ts';
import { buildFlvTag, type FlvTag } from '../../../../core/media/flv/tag.ts';
import { FlvReader } from '../../../../core/media/flv/tag-reader.ts';
import { clip } from '../../../helpers/media/clip.ts';
import { readFlvFile } from '../../../helpers/media/flv-file.ts';
import { correct, type Result } from './correction-kit.ts';

const SLICES = ['-x264-params', 'slices=4:scenecut=0'];
const START_CODE = Buffer.of(0, 0, 0, 1);

async function tagsOf(): Promise<readonly FlvTag[]> {
  const { tags } = readFlvFile(await clip({ seconds: 4 }));
  return tags.filter(({ type }) => type !== 'script');
}

function encodeSliced(): readonly FlvTag[] {
  const source = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=10:duration=4'];
  const options = ['-c:v', 'libx264', '-g', '20', '-bf', '0', '-pix_fmt', 'yuv420p', ...SLICES];
  const { stdout } = spawnSync('ffmpeg', ['-v', 'error', ...source, ...options, '-f', 'flv', '-']);
  return new FlvReader().push(stdout).filter(({ type }) => type === 'video');
}

function isFrame({ type, body }: FlvTag): boolean {
  return type === 'video' && body[1] === 1;
}

function isVideoHeader({ type, body }: FlvTag): boolean {
  return type === 'video' && body[1] === 0;
}

/** Frames decoded, and faults. */
function decode({ messages }: Result): { frames: number; faults: string } {
  const file = Buffer.concat([
    buildFlvHeader({ audio: messages.some(({ info }) => info.kind === 'audio'), video: true }),
    ...messages.map(({ info, timestamp, payload }) =>
      buildFlvTag({ type: info.kind === 'video' ? 'video' : 'audio', timestamp, body: payload }),
    ),
  ]);
  const options = ['-v', 'error', '-i', '-', '-map', '0:v', '-f', 'framemd5', '-'];
  const { stdout, stderr } = spawnSync('ffmpeg', options, { input: file, encoding: 'utf8' });
  const frames = stdout.split('\n').filter((line) => /^\d/.test(line)).length;
  return { frames, faults: stderr };
}

describe('a stream of an encoder that', () => {
  test('makes no mistake passes as it is, byte by byte', async () => {
    const tags = await tagsOf();
    const { messages, corrections } = correct(tags);
    expect(messages.map(({ timestamp, payload }) => [timestamp, payload])).toEqual(
      tags.map(({ timestamp, body }) => [timestamp, body]),
    );
    expect(corrections).toEqual([]);
  });

  test.each([
    ['inter', 0x27],
    ['keyframe', 0x17],
  ])('calls every frame %s has the keyframes that its NAL units say', async (_name, first) => {
    const tags = await tagsOf();
    const damaged = tags.map((tag) =>
      isFrame(tag) ? { ...tag, body: Buffer.concat([Buffer.of(first), tag.body.subarray(1)]) } : tag,
    );
    const result = correct(damaged);
    expect(result.messages.map(({ payload }) => payload[0])).toEqual(tags.map(({ body }) => body[0]));
    expect(result.messages.filter(({ info }) => info.keyframe)).toHaveLength(2);
    expect(result.corrections).toEqual(['frame-types']);
  });

  test('sends start codes instead of lengths, in frames and header, sends lengths now', async () => {
    const tags = await tagsOf();
    const damaged = tags.map((tag) => {
      if (isFrame(tag)) return withStartCodes(tag, readNalUnits(tag.body.subarray(5), 4));
      return isVideoHeader(tag) ? withStartCodes(tag, parameterSets(tag.body)) : tag;
    });
    const result = correct(damaged);
    expect(result.corrections).toEqual(['start-codes']);
    expect(decode(result)).toEqual({ frames: 100, faults: '' });
    const frames = result.messages.filter(({ info }) => info.kind === 'video' && info.media);
    expect(frames.map(({ payload }) => payload)).toEqual(tags.filter(isFrame).map(({ body }) => body));
  });

  test('sends its parameter sets among the frames alone has a sequence header made of them', async () => {
    const tags = await tagsOf();
    const sets = parameterSets(tags.find(isVideoHeader)!.body);
    const damaged = tags
      .filter((tag) => !isVideoHeader(tag))
      .map((tag) => (isFrame(tag) && tag.body[0] === 0x17 ? withUnits(tag, sets) : tag));
    const result = correct(damaged);
    expect(result.corrections).toEqual(['no-sequence-header']);
    expect(result.messages.find(({ info }) => info.kind === 'video')?.info.header).toBe(true);
    expect(decode(result)).toEqual({ frames: 100, faults: '' });
  });

  test('sends each slice in a message of its own, and SEI before it, sends pictures now', () => {
    const tags = encodeSliced();
    const damaged = tags.flatMap((tag) =>
      isFrame(tag)
        ? readNalUnits(tag.body.subarray(5), 4).map((unit) => ({
            ...tag,
            body: Buffer.concat([
              tag.body.subarray(0, 5),
              Buffer.of(0, 0, unit.length >> 8, unit.length & 0xff),
              unit,
            ]),
          }))
        : [tag],
    );
    expect(damaged.length).toBeGreaterThan(160);
    const result = correct(damaged);
    expect(result.corrections).toEqual(['split-pictures']);
    expect(result.messages.map(({ payload }) => payload)).toEqual(tags.map(({ body }) => body));
    expect(decode(result)).toEqual({ frames: 40, faults: '' });
  });
});

function withStartCodes(tag: FlvTag, units: readonly Buffer[]): FlvTag {
  return {
    ...tag,
    body: Buffer.concat([tag.body.subarray(0, 5), ...units.flatMap((unit) => [START_CODE, unit])]),
  };
}

/** The frame with more NAL units before its own. */
function withUnits(tag: FlvTag, units: readonly Buffer[]): FlvTag {
  const lengths = units.flatMap((unit) => [Buffer.of(0, 0, unit.length >> 8, unit.length & 0xff), unit]);
  return { ...tag, body: Buffer.concat([tag.body.subarray(0, 5), ...lengths, tag.body.subarray(5)]) };
}

function parameterSets(header: Buffer): Buffer[] {
  const { sps, pps } = parseAvcDecoderConfigurationRecord(header.subarray(5));
  return [...sps, ...pps];
}
