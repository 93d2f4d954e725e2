// PES packets into transport stream packets (ISO/IEC 13818-1, 2.4.3).
import {
  COUNTER_MASK,
  DISCONTINUITY_INDICATOR,
  PCR_FIELD,
  PCR_FLAG,
  TS_BODY,
  TS_HEADER,
  TS_PACKET,
} from './packet-layout.ts';
import type { SegmentBuffer } from './segment-buffer.ts';
import { writePcr } from './timestamp.ts';
import type { TransportPid } from './transport-pid.ts';

/** The header of a packet as one number: sync_byte, flags, the PID's place, adaptation_field_control, counter. */
const SYNC = 0x47000000;
const PAYLOAD_UNIT_START = 0x400000;
const PID_SHIFT = 8;
const ADAPTATION_FIELD = 0x20;
const PAYLOAD = 0x10;

/** Where a PCR stands in an adaptation field: behind its length and its flags. */
const PCR_OFFSET = 2;

/** Bodies of packets that the stage holds: 64 KiB, enough for all but the largest pictures. */
const STAGED_BODIES = 356;

interface Stage {
  readonly bytes: Buffer;
  /** A view of each body. */
  readonly bodies: readonly Buffer[];
}

/** Of all writers: what `begin` puts there `end` takes before anybody else has a turn. */
const STAGE = makeStage();

/**
 * Writes PES packets in two steps: `begin` reserves the transport packets and says where the PES packet belongs; the
 * caller writes it there, into `target`; `end` distributes it to the packets.
 *
 * The PES packet lies in one piece behind the adaptation field of its first packet, so that each 184 bytes of this
 * block are the body of a packet. The place is a stage with a view of every body, because moving a whole view is the
 * fastest move there is, and making the view each time would cost more than the move. A PES packet that is too long for
 * the stage lies at the end of the reserved bytes, so that every move goes to a place that has been read already.
 */
export class TransportWriter {
  readonly #segment: SegmentBuffer;
  #staged = true;
  /** Bytes of the block, and of the adaptation field that it begins with. */
  #size = 0;
  #adaptation = 0;
  /** Where the reserved packets end. */
  #end = 0;

  constructor(segment: SegmentBuffer) {
    this.#segment = segment;
  }

  /** Where the PES packet has to be written. */
  get target(): Buffer {
    return this.#staged ? STAGE.bytes : this.#segment.bytes;
  }

  /**
   * Reserves transport packets for a PES packet of `size` bytes; its offset in `target`, or -1 if the segment is full.
   *
   * @param flags of the first packet's adaptation field; without any there is none
   * @param clock PCR in 90 kHz ticks, used when `flags` has PCR_FLAG
   */
  begin(size: number, flags: number, clock: number): number {
    const field = adaptationSize(flags);
    const reserved = Math.ceil((field + size) / TS_BODY) * TS_PACKET;
    if (!this.#segment.reserve(reserved)) return -1;
    // This field also has the stuffing of a PES packet that does not fill even one packet.
    this.#adaptation = Math.max(field, TS_BODY - size);
    this.#size = this.#adaptation + size;
    this.#end = this.#segment.length + reserved;
    this.#staged = this.#size <= STAGE.bytes.length;
    const block = this.#staged ? 0 : this.#end - this.#size;
    writeAdaptation(this.target, block, this.#adaptation, flags);
    if ((flags & PCR_FLAG) !== 0) writePcr(this.target, block + PCR_OFFSET, clock);
    return block + this.#adaptation;
  }

  /** Completes what `begin` began; the PES packet must be in its place. */
  end(stream: TransportPid): void {
    const last = this.#end - TS_PACKET;
    const { length: first, view } = this.#segment;
    const stuffing = ((this.#end - first) / TS_PACKET) * TS_BODY - this.#size;
    if (this.#staged) this.#moveStaged(stream, stuffing);
    else this.#moveInPlace(stream, stuffing);
    let flags = PAYLOAD_UNIT_START;
    if (this.#adaptation > 0) flags |= ADAPTATION_FIELD;
    view.setInt32(first, view.getInt32(first) | flags);
    if (stuffing > 0) view.setInt32(last, view.getInt32(last) | ADAPTATION_FIELD);
    this.#segment.append(this.#end - first);
  }

  /** Writes a packet that carries a PCR and no payload; it does not step the counter. False if the segment is full. */
  writeClock(stream: TransportPid, clock: number, flags: number): boolean {
    if (!this.#segment.reserve(TS_PACKET)) return false;
    const { bytes, view, length } = this.#segment;
    const counter = (stream.continuity - 1) & COUNTER_MASK;
    view.setInt32(length, SYNC | (stream.pid << PID_SHIFT) | ADAPTATION_FIELD | counter);
    const field = length + TS_HEADER;
    writeAdaptation(bytes, field, TS_BODY, (flags & DISCONTINUITY_INDICATOR) | PCR_FLAG);
    writePcr(bytes, field + PCR_OFFSET, clock);
    this.#segment.append(TS_PACKET);
    return true;
  }

  #moveStaged(stream: TransportPid, stuffing: number): void {
    const { bytes, view, length } = this.#segment;
    if (stuffing > 0) {
      const lastBody = this.#size + stuffing - TS_BODY;
      STAGE.bytes.copyWithin(lastBody + stuffing, lastBody, this.#size);
      writeAdaptation(STAGE.bytes, lastBody, stuffing, 0);
    }
    const header = SYNC | (stream.pid << PID_SHIFT) | PAYLOAD;
    let counter = stream.take((this.#end - length) / TS_PACKET);
    let at = length;
    for (const body of STAGE.bodies) {
      if (at === this.#end) break;
      view.setInt32(at, header | counter);
      bytes.set(body, at + TS_HEADER);
      counter = (counter + 1) & COUNTER_MASK;
      at += TS_PACKET;
    }
  }

  #moveInPlace(stream: TransportPid, stuffing: number): void {
    const { bytes, view, length } = this.#segment;
    const last = this.#end - TS_PACKET;
    const header = SYNC | (stream.pid << PID_SHIFT) | PAYLOAD;
    let counter = stream.take((this.#end - length) / TS_PACKET);
    let body = this.#end - this.#size;
    for (let at = length; at <= last; at += TS_PACKET) {
      // The last body lies where it belongs, behind its stuffing.
      if (at < last) bytes.copyWithin(at + TS_HEADER, body, body + TS_BODY);
      view.setInt32(at, header | counter);
      counter = (counter + 1) & COUNTER_MASK;
      body += TS_BODY;
    }
    writeAdaptation(bytes, last + TS_HEADER, stuffing, 0);
  }
}

function makeStage(): Stage {
  const bytes = Buffer.allocUnsafeSlow(STAGED_BODIES * TS_BODY);
  const bodies = Array.from({ length: STAGED_BODIES }, (_, index) =>
    bytes.subarray(index * TS_BODY, (index + 1) * TS_BODY),
  );
  return { bytes, bodies };
}

function adaptationSize(flags: number): number {
  if (flags === 0) return 0;
  return (flags & PCR_FLAG) === 0 ? 2 : PCR_FIELD;
}

/**
 * Writes an adaptation field of `size` bytes, its length byte among them; one byte alone is a field of length 0. The
 * place of a PCR is left for the caller to fill.
 */
function writeAdaptation(bytes: Buffer, offset: number, size: number, flags: number): void {
  if (size === 0) return;
  bytes[offset] = size - 1;
  if (size === 1) return;
  bytes[offset + 1] = flags;
  const used = (flags & PCR_FLAG) === 0 ? 2 : PCR_FIELD;
  bytes.fill(0xff, offset + used, offset + size);
}
