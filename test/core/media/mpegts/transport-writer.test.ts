import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32Mpeg } from '../../../../core/media/mpegts/crc32.ts';
import {
  DISCONTINUITY_INDICATOR,
  PCR_FLAG,
  RANDOM_ACCESS_INDICATOR,
} from '../../../../core/media/mpegts/packet-layout.ts';
import { pesHeaderLength, writePesHeader } from '../../../../core/media/mpegts/pes-header.ts';
import { writePat, writePmt } from '../../../../core/media/mpegts/psi.ts';
import { SegmentBuffer } from '../../../../core/media/mpegts/segment-buffer.ts';
import { streamTypeOf } from '../../../../core/media/mpegts/stream-type.ts';
import { TransportPid } from '../../../../core/media/mpegts/transport-pid.ts';
import { TransportWriter } from '../../../../core/media/mpegts/transport-writer.ts';
import { parseTransportStream } from './transport-stream.ts';

const VIDEO = streamTypeOf('avc')!;

const ALL_FLAGS = [
  0,
  PCR_FLAG,
  RANDOM_ACCESS_INDICATOR,
  PCR_FLAG | RANDOM_ACCESS_INDICATOR,
  PCR_FLAG | DISCONTINUITY_INDICATOR,
  PCR_FLAG | RANDOM_ACCESS_INDICATOR | DISCONTINUITY_INDICATOR,
];

/** ISO/IEC 13818-1, 2.4.3.2 to 2.4.3.5, written down field by field; stuffing is in the last packet. */
function referencePackets(
  stream: { readonly pid: number; readonly continuity: number },
  pes: Buffer,
  flags: number,
  clock: number,
): Buffer[] {
  const packets: Buffer[] = [];
  let rest = pes;
  while (packets.length === 0 || rest.length > 0) {
    const first = packets.length === 0;
    let field = Buffer.alloc(0);
    if (first && flags !== 0) {
      const base = (BigInt(clock) & 0x1ffffffffn) << 15n;
      const pcr = (base | 0x7e00n).toString(16).padStart(12, '0');
      field = Buffer.concat([Buffer.of(0, flags), Buffer.from(flags & PCR_FLAG ? pcr : '', 'hex')]);
    }
    const stuffing = Math.max(0, 184 - field.length - rest.length);
    field = Buffer.concat([field, Buffer.alloc(stuffing, 0xff)]);
    if (field.length > 0) field[0] = field.length - 1;
    if (field.length > 1 && !(first && flags !== 0)) field[1] = 0;
    const size = 184 - field.length;
    const head = Buffer.alloc(4);
    head.writeUInt8(0x47);
    head.writeUInt16BE((first ? 0x4000 : 0) | stream.pid, 1);
    head.writeUInt8((field.length > 0 ? 0x30 : 0x10) | ((stream.continuity + packets.length) % 16), 3);
    packets.push(Buffer.concat([head, field, rest.subarray(0, size)]));
    rest = rest.subarray(size);
  }
  return packets;
}

function begin(limit = 1 << 24): { segment: SegmentBuffer; writer: TransportWriter } {
  const segment = new SegmentBuffer(limit);
  segment.reserve(376);
  segment.append(376);
  return { segment, writer: new TransportWriter(segment) };
}

function finish(segment: SegmentBuffer): Buffer {
  writePat(segment.bytes, 0, { continuity: 0, version: 0 });
  const map = { pcrPid: 256, streams: [{ pid: 256, streamType: VIDEO }] };
  writePmt(segment.bytes, 188, map, { continuity: 0, version: 0 });
  return segment.take();
}

describe('tables', () => {
  test('the PAT is the one that other muxers write, with its CRC', () => {
    const packet = Buffer.alloc(188);
    writePat(packet, 0, { continuity: 5, version: 0 });
    expect(packet.subarray(0, 21).toString('hex')).toBe('474000150000b00d0001c100000001f0002ab104b2');
    expect(packet.subarray(21)).toEqual(Buffer.alloc(167, 0xff));
    expect(crc32Mpeg(packet, 5, 21)).toBe(0);
  });

  test('the check value of CRC-32/MPEG-2 comes out', () => {
    expect(crc32Mpeg(Buffer.from('123456789'), 0, 9)).toBe(0x0376e6e7);
  });
});

test('a PES packet of any size arrives byte for byte, with exact stuffing', () => {
  const flags = fc.constantFrom(0, PCR_FLAG, RANDOM_ACCESS_INDICATOR, PCR_FLAG | RANDOM_ACCESS_INDICATOR);
  const sizes = fc.array(fc.tuple(fc.integer({ min: 1, max: 1200 }), flags), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(sizes, (units) => {
      const { segment, writer } = begin();
      const stream = new TransportPid(256);
      const payloads = units.map(([size], index) =>
        Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at * 7 + index) & 0xff)),
      );
      for (const [index, payload] of payloads.entries()) {
        const header = { streamId: 0xe0, payloadLength: payload.length, pts: index, dts: index };
        const size = pesHeaderLength(header) + payload.length;
        const offset = writer.begin(size, units[index]![1], 90_000 + index);
        const { target } = writer;
        payload.copy(target, writePesHeader(target, offset, header));
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

test('each size becomes the packets that the specification asks for, byte for byte', () => {
  const { segment, writer } = begin();
  const stream = new TransportPid(0x1abc, 14);
  const expected: Buffer[] = [];
  const write = (size: number, flags: number, clock: number): void => {
    const pes = Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at * 31 + size) & 0xff));
    expected.push(...referencePackets(stream, pes, flags, clock));
    const offset = writer.begin(size, flags, clock);
    pes.copy(writer.target, offset);
    writer.end(stream);
  };
  for (let size = 1; size <= 600; size++) {
    for (const flags of ALL_FLAGS) write(size, flags, 2 ** 33 - 300 + size);
  }
  // About 64 KiB, where the place of the PES packet changes.
  for (let size = 65_300; size <= 65_800; size += 7) write(size, ALL_FLAGS[size % 6]!, 90_000);
  for (const size of [65_495, 65_496, 65_497, 65_502, 65_503, 65_504, 65_505, 300_001]) {
    for (const flags of ALL_FLAGS) write(size, flags, 90_000);
  }
  expect(segment.take().subarray(376).equals(Buffer.concat(expected))).toBe(true);
});

test('a segment that has reached its limit takes nothing more and stays whole', () => {
  const { segment, writer } = begin(376 + 188);
  expect(writer.begin(200, 0, 0)).toBe(-1);
  expect(segment.length).toBe(376);
  expect(writer.writeClock(new TransportPid(256), 1, 0)).toBe(true);
  expect(writer.writeClock(new TransportPid(256), 2, 0)).toBe(false);
  expect(finish(segment)).toHaveLength(376 + 188);
});
