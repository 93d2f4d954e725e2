// What the tests of the muxer share: frames, and segments read back.
import { expect } from 'vitest';
import { SegmentMuxer, TIMESTAMP_OFFSET } from '../../../../core/media/mpegts/index.ts';
import type { MediaPacket } from '../../../../core/media/packet.ts';
import { aacFrame, slice } from './flv-packets.ts';
import {
  parseTransportStream,
  splitByteStream,
  type Continuity,
  type ParsedStream,
} from './transport-stream.ts';

export const AUD = Buffer.from([0x09, 0xf0]);
export const IDR = slice(0x65, 700);
export const INTER = slice(0x41, 300);

export function mux(
  packets: readonly MediaPacket[],
  muxer = new SegmentMuxer(),
  seen?: Continuity,
): ParsedStream {
  for (const packet of packets) muxer.push(packet);
  const segment = muxer.cut();
  expect(segment).toBeDefined();
  return parseTransportStream(segment!, seen);
}

export function ticks(milliseconds: number): bigint {
  return BigInt(milliseconds * 90 + TIMESTAMP_OFFSET);
}

export function units(parsed: ParsedStream): Buffer[][] {
  return parsed.pes.filter(({ pid }) => pid === 0x100).map(({ payload }) => splitByteStream(payload));
}

/** Audio frames of 1024 samples at 48 kHz from `start` on, with the timestamps that FLV has for them. */
export function aacRun(start: number, count: number, form: 'legacy' | 'enhanced' = 'legacy'): MediaPacket[] {
  return Array.from({ length: count }, (_, index) =>
    aacFrame(start + Math.floor((index * 1024) / 48), slice(0x21, 200 + index), form),
  );
}
