import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildFlvHeader, parseFlvHeader } from '../../../../core/media/flv/file.ts';
import { FlvPacketFormat } from '../../../../core/media/flv/flv-format.ts';
import { buildMetadata, parseMetadata } from '../../../../core/media/flv/metadata.ts';
import { describeAudio, describeData, describeVideo } from '../../../../core/media/flv/tag-body.ts';
import { buildFlvTag, type FlvTag, type FlvTagType } from '../../../../core/media/flv/tag.ts';
import { FlvReader } from '../../../../core/media/flv/tag-reader.ts';
import { MediaPacket } from '../../../../core/media/packet.ts';
import { hex } from '../bytes.ts';

/** The head of a file by ffmpeg 5.1: file header, the AVC and AAC headers, with their PreviousTagSizes. */
const FILE = hex(`
  464c56 01 05 00000009 00000000
  09 000032 000000 00 000000
     17 00 000000 01f4000bffe1001967f4000b9196828df9f011000003000100000300320f142aa001000568ce0f1920fff8f800
     0000003d
  08 000007 000000 00 000000  af 00 1210 56e500  00000012
`);

function packet(kind: 'audio' | 'video' | 'data', timestamp: number, payload: Buffer): MediaPacket {
  const description =
    kind === 'data'
      ? describeData(payload)
      : kind === 'audio'
        ? describeAudio(payload)
        : describeVideo(payload);
  return new MediaPacket(description, timestamp, payload);
}

function written(format: FlvPacketFormat, one: MediaPacket): Buffer {
  const target = Buffer.alloc(format.byteLength(one) + 2, 0xee);
  const end = format.write(one, target, 1);
  expect([target[0], target[end], end]).toEqual([0xee, 0xee, target.length - 1]);
  return target.subarray(1, end);
}

describe('the FLV header', () => {
  test.each([
    [{ audio: true, video: true }, '05'],
    [{ audio: true, video: false }, '04'],
    [{ audio: false, video: true }, '01'],
    [{ audio: false, video: false }, '00'],
  ])('announces exactly %o', (tracks, flags) => {
    const header = buildFlvHeader(tracks);
    expect(header.toString('hex')).toBe(`464c5601${flags}0000000900000000`);
    expect(parseFlvHeader(header)).toEqual({ ...tracks, dataOffset: 9 });
  });
});

test('FlvReader gives the tags of a file by ffmpeg, in one piece and byte by byte', () => {
  const whole = new FlvReader().push(FILE);
  expect(whole.map(({ type, timestamp, body }) => [type, timestamp, body.length])).toEqual([
    ['video', 0, 50],
    ['audio', 0, 7],
  ]);
  const reader = new FlvReader();
  expect([...FILE].flatMap((byte) => reader.push(Buffer.of(byte)))).toEqual(whole);
  expect(reader.header).toEqual({ audio: true, video: true });
});

test('FlvReader gives back what buildFlvTag wrote, however it is cut', () => {
  const tag = fc.record<FlvTag>({
    type: fc.constantFrom<FlvTagType>('audio', 'video', 'script'),
    timestamp: fc.nat({ max: 0xffffffff }),
    body: fc.uint8Array({ maxLength: 40 }).map((body) => Buffer.from(body)),
  });
  fc.assert(
    fc.property(fc.array(tag), fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (tags, cuts) => {
      const stream = Buffer.concat([buildFlvHeader({ audio: true, video: true }), ...tags.map(buildFlvTag)]);
      const reader = new FlvReader();
      const read: FlvTag[] = [];
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const end = at + (cuts[turn % cuts.length] ?? 1);
        read.push(...reader.push(stream.subarray(at, end)));
        at = end;
      }
      expect(read).toEqual(tags);
    }),
  );
});

test('FlvReader passes over reserved and encrypted tags, and counts them', () => {
  const reader = new FlvReader();
  const odd = hex('0f 000001 000000 00 000000 ff 0000000c  28 000001 000000 00 000000 ff 0000000c');
  const tags = reader.push(Buffer.concat([FILE.subarray(0, 13), odd, FILE.subarray(13)]));
  expect(tags.length).toBe(2);
  expect(reader.skippedTags).toBe(2);
});

test('FlvReader takes a body larger than it allocates at once', () => {
  const body = Buffer.alloc(700_000, 7);
  const stream = Buffer.concat([FILE.subarray(0, 13), buildFlvTag({ type: 'video', timestamp: 5, body })]);
  const reader = new FlvReader();
  expect(reader.push(stream.subarray(0, 300_000))).toEqual([]);
  const [tag] = reader.push(stream.subarray(300_000));
  expect(tag?.body.equals(body)).toBe(true);
});

test('FlvReader rejects bytes that are not FLV, and tags beyond its limit', () => {
  expect(() => new FlvReader().push(Buffer.from('HTTP/1.1 404'))).toThrow(/not FLV: it begins with 485454/);
  expect(() => new FlvReader().push(hex('464c56 01 05 00000008'))).toThrow(/header of 8 bytes/);
  expect(() => new FlvReader().push(hex('464c56 01 05 ffffffff'))).toThrow(/header of 4294967295 bytes/);
  expect(() => new FlvReader({ maxTagBytes: 49 }).push(FILE)).toThrow(/tag of 50 bytes; maxTagBytes is 49/);
});

test('FlvReader hands over the tags before a bad one first, and then says what is wrong with that', () => {
  const reader = new FlvReader({ maxTagBytes: 1000 });
  const bad = hex('09 0003e9 000000 00 000000');
  expect(reader.push(Buffer.concat([FILE, bad]))).toEqual(new FlvReader().push(FILE));
  expect(() => reader.push(Buffer.alloc(0))).toThrow(/tag of 1001 bytes; maxTagBytes is 1000/);
  expect(() => reader.push(FILE)).toThrow(/tag of 1001 bytes/);
});

const frame = hex('27 01 000028 00000001 41');

test('FlvPacketFormat writes a packet as a tag, byte for byte', () => {
  expect(written(new FlvPacketFormat(), packet('video', 40, frame)).toString('hex')).toBe(
    '09 00000a 000028 00 000000 2701000028 0000000141 00000015'.replaceAll(' ', ''),
  );
  expect(written(new FlvPacketFormat(), packet('audio', 0, hex('af01')))[0]).toBe(8);
  expect(written(new FlvPacketFormat(), packet('data', 0, hex('020000')))[0]).toBe(18);
});

test.each([
  [0xffffff, 'ffffff00'],
  [0x1000000, '00000001'],
  [0x7fffffff, 'ffffff7f'],
  [0x80000000, '00000080'],
  [0xffffffff, 'ffffffff'],
  [0x100000028, '00002800'],
])('FlvPacketFormat carries the timestamp %i on, past 4.6 hours, 24 and 49 days', (timestamp, expected) => {
  const bytes = written(new FlvPacketFormat(), packet('video', timestamp, frame));
  expect(bytes.subarray(4, 8).toString('hex')).toBe(expected);
});

test('FlvPacketFormat gives a viewer of one kind that kind, and metadata that announces nothing else', () => {
  const format = new FlvPacketFormat({ only: 'audio' });
  expect(format.name).toBe('flv/audio');
  const metadata = packet(
    'data',
    0,
    buildMetadata({ width: 640, hasVideo: true, audiocodecid: 10, encoder: 'x' }),
  );
  expect(
    [packet('audio', 0, hex('af01')), packet('video', 0, frame), metadata].map((one) => format.accepts(one)),
  ).toEqual([true, false, true]);
  const body = written(format, metadata).subarray(11, -4);
  expect({ ...parseMetadata(body) }).toEqual({
    audiocodecid: 10,
    encoder: 'x',
    hasAudio: true,
    hasVideo: false,
  });
});

test('FlvPacketFormat rejects a packet that FLV cannot carry', () => {
  expect(new FlvPacketFormat().accepts(packet('video', 0, Buffer.alloc(0x1000000)))).toBe(false);
});
