import { expect, test } from 'vitest';
import { buildChunk, ChunkedFormat, LAST_CHUNK } from '../../../core/http/chunked-format.ts';
import { FlvPacketFormat } from '../../../core/media/flv/flv-format.ts';
import { MediaPacket } from '../../../core/media/packet.ts';

const packet = new MediaPacket(
  { kind: 'audio', codec: 'aac', keyframe: false, header: false, supplement: false, media: true, track: 0 },
  7,
  Buffer.from('af01aabbcc', 'hex'),
);

test('a chunk is its size in eight hex digits, the bytes and the ends of two lines', () => {
  expect(buildChunk(Buffer.from('FLV')).toString('latin1')).toBe('00000003\r\nFLV\r\n');
  expect(buildChunk(Buffer.alloc(0x12ab)).toString('latin1', 0, 10)).toBe('000012ab\r\n');
  expect(LAST_CHUNK.toString('latin1')).toBe('0\r\n\r\n');
});

test('a packet is a chunk that holds what the inner format writes, at any place of a run, of the length it said', () => {
  const inner = new FlvPacketFormat();
  const format = new ChunkedFormat(inner);
  const tag = Buffer.alloc(inner.byteLength(packet));
  inner.write(packet, tag, 0);
  const run = Buffer.alloc(3 + format.byteLength(packet), 0xee);
  expect(format.write(packet, run, 3)).toBe(run.length);
  expect(run.subarray(3)).toEqual(buildChunk(tag));
  expect(run.subarray(0, 3)).toEqual(Buffer.from([0xee, 0xee, 0xee]));
});

test('a chunked format leaves out what its inner format leaves out', () => {
  const format = new ChunkedFormat(new FlvPacketFormat({ only: 'video' }));
  expect(format.only).toBe('video');
  expect(format.accepts(packet)).toBe(false);
});
