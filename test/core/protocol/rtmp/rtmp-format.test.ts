import { describe, expect, test } from 'vitest';
import { RtmpPacketFormat } from '../../../../core/protocol/rtmp/rtmp-format.ts';
import { MediaPacket } from '../../../../core/media/packet.ts';
import type { MediaKind } from '../../../../core/media/packet.ts';
import { hex } from './chunks/chunk-bytes.ts';

const packet = (kind: MediaKind, timestamp: number, payload: Buffer): MediaPacket =>
  new MediaPacket(
    { kind, codec: undefined, keyframe: false, header: false, supplement: false, media: true, track: 0 },
    timestamp,
    payload,
  );

function write(format: RtmpPacketFormat, one: MediaPacket): Buffer {
  const bytes = Buffer.alloc(format.byteLength(one) + 4, 0xee);
  expect(format.write(one, bytes, 2)).toBe(bytes.length - 2);
  expect(bytes.subarray(0, 2)).toEqual(hex('eeee'));
  expect(bytes.subarray(-2)).toEqual(hex('eeee'));
  return bytes.subarray(2, -2);
}

describe('a packet as RTMP chunks', () => {
  test('has a full header on the chunk stream of its kind', () => {
    const format = new RtmpPacketFormat(4096, 1);
    expect(write(format, packet('audio', 23, hex('af01')))).toEqual(hex('04 000017 000002 08 01000000 af01'));
    expect(write(format, packet('video', 40, hex('1701')))).toEqual(hex('06 000028 000002 09 01000000 1701'));
    expect(write(format, packet('data', 0, hex('0200')))).toEqual(hex('05 000000 000002 12 01000000 0200'));
  });

  test('is cut at the chunk size, with the message stream of the viewer', () => {
    expect(write(new RtmpPacketFormat(2, 258), packet('audio', 0, hex('aabbcc')))).toEqual(
      hex('04 000000 000003 08 02010000 aabb c4 cc'),
    );
  });

  test('has its unwrapped time modulo 2^32, extended in every chunk where needed', () => {
    const format = new RtmpPacketFormat(2, 1);
    expect(write(format, packet('audio', 2 ** 32 + 5, hex('aa')))).toEqual(
      hex('04 000005 000001 08 01000000 aa'),
    );
    expect(write(format, packet('audio', 2 ** 32 - 1, hex('aabbcc')))).toEqual(
      hex('04 ffffff 000003 08 01000000 ffffffff aabb c4 ffffffff cc'),
    );
    expect(write(format, packet('audio', -1, hex('aa'))).subarray(12, 16)).toEqual(hex('ffffffff'));
  });
});
