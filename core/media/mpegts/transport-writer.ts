// PES packets into transport stream packets (ISO/IEC 13818-1, 2.4.3), in place.
import {
  DISCONTINUITY_INDICATOR,
  PCR_FIELD,
  PCR_FLAG,
  TS_BODY,
  TS_HEADER,
  TS_PACKET,
} from './packet-layout.ts';
import type { SegmentBuffer } from './segment-buffer.ts';
import { writePcr } from './timestamp.ts';

/** A PID and the continuity_counter of its next packet with payload. */
export interface TransportPid {
  readonly pid: number;
  continuity: number;
}

/**
 * Writes PES packets in two steps: `begin` reserves the transport packets and says where the PES packet belongs; the
 * caller writes it there; `end` moves it apart and puts the headers into the gaps.
 *
 * The PES packet lies at the very end of the reserved bytes, so that every move goes forward to a place that has been
 * read already, and the payload is copied once from the message and once, in the cache, to its place.
 */
export class TransportWriter {
  readonly #segment: SegmentBuffer;
  #start = 0;
  #end = 0;
  #size = 0;
  #flags = 0;
  #clock = 0;

  constructor(segment: SegmentBuffer) {
    this.#segment = segment;
  }

  /**
   * Reserves transport packets for a PES packet of `size` bytes; the offset where it has to be written, or -1 when
   * the segment is full.
   *
   * @param flags of the first packet's adaptation field; without any there is none
   * @param clock PCR in 90 kHz ticks, used when `flags` has PCR_FLAG
   */
  begin(size: number, flags: number, clock: number): number {
    const first = TS_BODY - adaptationSize(flags);
    const packets = size <= first ? 1 : 1 + Math.ceil((size - first) / TS_BODY);
    const reserved = packets * TS_PACKET;
    if (!this.#segment.reserve(reserved)) return -1;
    this.#start = this.#segment.length;
    this.#end = this.#start + reserved;
    this.#size = size;
    this.#flags = flags;
    this.#clock = clock;
    return this.#end - size;
  }

  /** Completes what `begin` began; the PES packet must be in its place. */
  end(stream: TransportPid): void {
    const bytes = this.#segment.bytes;
    const lastPacket = this.#end - TS_PACKET;
    const high = stream.pid >> 8;
    const low = stream.pid & 0xff;
    let continuity = stream.continuity;
    let at = this.#start;
    let source = this.#end - this.#size;
    if (at < lastPacket) {
      const adaptation = adaptationSize(this.#flags);
      const payload = at + TS_HEADER + adaptation;
      const size = TS_BODY - adaptation;
      // The first bytes move before the fields that may reach into them are written.
      bytes.copyWithin(payload, source, source + size);
      this.#writeFirstHeader(bytes, at, stream, adaptation);
      source += size;
      at += TS_PACKET;
      for (; at < lastPacket; at += TS_PACKET) {
        continuity = (continuity + 1) & 0x0f;
        bytes[at] = 0x47;
        bytes[at + 1] = high;
        bytes[at + 2] = low;
        bytes[at + 3] = 0x10 | continuity;
        bytes.copyWithin(at + TS_HEADER, source, source + TS_BODY);
        source += TS_BODY;
      }
      continuity = (continuity + 1) & 0x0f;
      const stuffing = TS_BODY - (this.#end - source);
      bytes[at] = 0x47;
      bytes[at + 1] = high;
      bytes[at + 2] = low;
      bytes[at + 3] = (stuffing > 0 ? 0x30 : 0x10) | continuity;
      writeAdaptation(bytes, at + TS_HEADER, stuffing, 0, 0);
    } else {
      this.#writeFirstHeader(bytes, at, stream, TS_BODY - this.#size);
    }
    stream.continuity = (continuity + 1) & 0x0f;
    this.#segment.length = this.#end;
  }

  /** Writes a packet that carries a PCR and no payload; it does not step the counter. False when the segment is full. */
  writeClock(stream: TransportPid, clock: number, flags: number): boolean {
    if (!this.#segment.reserve(TS_PACKET)) return false;
    const { bytes, length } = this.#segment;
    bytes[length] = 0x47;
    bytes[length + 1] = stream.pid >> 8;
    bytes[length + 2] = stream.pid & 0xff;
    bytes[length + 3] = 0x20 | ((stream.continuity - 1) & 0x0f);
    writeAdaptation(bytes, length + TS_HEADER, TS_BODY, (flags & DISCONTINUITY_INDICATOR) | PCR_FLAG, clock);
    this.#segment.length += TS_PACKET;
    return true;
  }

  #writeFirstHeader(bytes: Buffer, at: number, stream: TransportPid, adaptation: number): void {
    bytes[at] = 0x47;
    bytes[at + 1] = 0x40 | (stream.pid >> 8);
    bytes[at + 2] = stream.pid & 0xff;
    bytes[at + 3] = (adaptation > 0 ? 0x30 : 0x10) | stream.continuity;
    writeAdaptation(bytes, at + TS_HEADER, adaptation, this.#flags, this.#clock);
  }
}

function adaptationSize(flags: number): number {
  if (flags === 0) return 0;
  return (flags & PCR_FLAG) === 0 ? 2 : PCR_FIELD;
}

/** Writes an adaptation field of `size` bytes, its length byte among them. One byte alone is a field of length 0. */
function writeAdaptation(bytes: Buffer, offset: number, size: number, flags: number, clock: number): void {
  if (size === 0) return;
  bytes[offset] = size - 1;
  if (size === 1) return;
  bytes[offset + 1] = flags;
  let filled = offset + 2;
  if ((flags & PCR_FLAG) !== 0) {
    writePcr(bytes, filled, clock);
    filled += PCR_FIELD - 2;
  }
  for (let index = filled; index < offset + size; index++) bytes[index] = 0xff;
}
