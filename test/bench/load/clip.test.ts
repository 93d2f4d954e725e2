// The messages that the load generators publish. A fault in them would go unnoticed.

import { describe, expect, it } from 'vitest';
import { buildPackage, packMessages } from '../../../bench/load/clip.ts';

const flvHeader = Buffer.from('464c56010500000009' + '00000000', 'hex');

function tag(type: number, timestamp: number, body: string): Buffer {
  const bytes = Buffer.from(body, 'hex');
  const head = Buffer.alloc(11);
  head.writeUInt8(type, 0);
  head.writeUIntBE(bytes.length, 1, 3);
  head.writeUIntBE(timestamp & 0xffffff, 4, 3);
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(11 + bytes.length);
  return Buffer.concat([head, bytes, tail]);
}

describe('the messages of the clip', () => {
  it('give every video frame an SEI of its own with room for the send time, and keep everything else as it was', () => {
    const flv = Buffer.concat([
      flvHeader,
      tag(9, 0, '1700000000' + '0142c01e'),
      tag(9, 0, '1701000000' + '00000002' + '6588'),
      tag(8, 21, 'af01' + 'cafe'),
    ]);
    const [header, frame, audio] = packMessages(flv, 1000);
    expect(header?.payload.toString('hex')).toBe('17000000000142c01e');
    expect(header?.once).toBe(true);
    const sei =
      '0000002c' + '060528' + Buffer.from(`livego-bench-ts.${'0'.repeat(24)}`).toString('hex') + '80';
    expect(frame?.payload.toString('hex')).toBe(`1701000000${sei}000000026588`);
    expect(frame?.markOffset).toBe(28);
    expect(frame?.once).toBe(false);
    expect(audio?.payload.toString('hex')).toBe('af01cafe');
  });

  it('publish the metadata as @setDataFrame, once', () => {
    const flv = Buffer.concat([flvHeader, tag(18, 0, '02000a6f6e4d65746144617461' + '05')]);
    const [metadata] = packMessages(flv, 1000);
    expect(metadata?.payload.toString('latin1')).toBe('\x02\0\x0d@setDataFrame\x02\0\x0aonMetaData\x05');
    expect(metadata?.once).toBe(true);
  });
});

describe('the packed clip', () => {
  it('leaves out tags that would overlap the next turn of the loop, and the end of the sequence', () => {
    const flv = Buffer.concat([
      flvHeader,
      tag(8, 999, 'af0101'),
      tag(9, 999, '1702000000'),
      tag(8, 1000, 'af0102'),
    ]);
    expect(packMessages(flv, 1000).map((message) => message.payload.toString('hex'))).toEqual(['af0101']);
  });

  it('has the format that the load generators read', () => {
    const flv = Buffer.concat([flvHeader, tag(8, 21, 'af01cafe')]);
    const bytes = buildPackage(packMessages(flv, 1000), 1000);
    expect(bytes.toString('hex')).toBe(
      '4c474243' + '00000001' + '000003e8' + '00000015' + '08' + '00' + '0000' + '00000004' + 'af01cafe',
    );
  });
});
