import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32Mpeg } from '../../../../core/media/mpegts/crc32.ts';
import { PCR_FLAG, RANDOM_ACCESS_INDICATOR } from '../../../../core/media/mpegts/packet-layout.ts';
import { pesHeaderLength, writePesHeader } from '../../../../core/media/mpegts/pes-header.ts';
import { writePat, writePmt } from '../../../../core/media/mpegts/psi.ts';
import { SegmentBuffer } from '../../../../core/media/mpegts/segment-buffer.ts';
import { streamTypeOf } from '../../../../core/media/mpegts/stream-type.ts';
import { TransportWriter } from '../../../../core/media/mpegts/transport-writer.ts';
import { parseTransportStream } from './transport-stream.ts';

const VIDEO = streamTypeOf('avc')!;

function begin(limit = 1 << 24): { segment: SegmentBuffer; writer: TransportWriter } {
  const segment = new SegmentBuffer(limit);
  segment.reserve(376);
  segment.length = 376;
  return { segment, writer: new TransportWriter(segment) };
}

function finish(segment: SegmentBuffer): Buffer {
  writePat(segment.bytes, 0, 0, 0);
  writePmt(segment.bytes, 188, 0, 0, { pcrPid: 256, streams: [{ pid: 256, streamType: VIDEO }] });
  return segment.take();
}

describe('tables', () => {
  test('the PAT is the one that other muxers write, with its CRC', () => {
    const packet = Buffer.alloc(188);
    writePat(packet, 0, 5, 0);
    expect(packet.subarray(0, 21).toString('hex')).toBe('474000150000b00d0001c100000001f0002ab104b2');
    expect(packet.subarray(21)).toEqual(Buffer.alloc(167, 0xff));
    expect(crc32Mpeg(packet, 5, 21)).toBe(0);
  });

  test('the check value of CRC-32/MPEG-2 comes out', () => {
    expect(crc32Mpeg(Buffer.from('123456789'), 0, 9)).toBe(0x0376e6e7);
  });
});

describe('transport packets', () => {
  test('a PES packet of any size arrives byte for byte, with exact stuffing', () => {
    const flags = fc.constantFrom(0, PCR_FLAG, RANDOM_ACCESS_INDICATOR, PCR_FLAG | RANDOM_ACCESS_INDICATOR);
    const sizes = fc.array(fc.tuple(fc.integer({ min: 1, max: 1200 }), flags), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(sizes, (units) => {
        const { segment, writer } = begin();
        const stream = { pid: 256, continuity: 0 };
        const payloads = units.map(([size], index) =>
          Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at * 7 + index) & 0xff)),
        );
        for (const [index, payload] of payloads.entries()) {
          const header = pesHeaderLength(index, index);
          const offset = writer.begin(header + payload.length, units[index]![1], 90_000 + index);
          const to = writePesHeader(segment.bytes, offset, 0xe0, payload.length, index, index);
          payload.copy(segment.bytes, to);
          writer.end(stream);
        }
        const parsed = parseTransportStream(finish(segment));
        expect(parsed.pes.map(({ payload }) => payload)).toEqual(payloads);
        expect(parsed.pes.map(({ randomAccess }) => randomAccess)).toEqual(
          units.map(([, flag]) => (flag & RANDOM_ACCESS_INDICATOR) !== 0),
        );
        expect(parsed.pcrs.map(({ value }) => value)).toEqual(
          units.flatMap(([, flag], index) => (flag & PCR_FLAG ? [BigInt(90_000 + index)] : [])),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('a segment that has reached its limit takes nothing more and stays whole', () => {
    const { segment, writer } = begin(376 + 188);
    expect(writer.begin(200, 0, 0)).toBe(-1);
    expect(segment.length).toBe(376);
    expect(writer.writeClock({ pid: 256, continuity: 0 }, 1, 0)).toBe(true);
    expect(writer.writeClock({ pid: 256, continuity: 0 }, 2, 0)).toBe(false);
    expect(finish(segment)).toHaveLength(376 + 188);
  });
});
