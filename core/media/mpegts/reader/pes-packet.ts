// PES packets (ISO/IEC 13818-1, 2.4.3.6): their header, and how one is put together.
import { readTimestamp } from '../timestamp.ts';
import type { ProgramTrack } from './program-map.ts';

/** Start code, stream_id, PES_packet_length, two bytes of flags, PES_header_data_length. */
const FIXED = 9;
const TIMESTAMP = 5;
/** Bytes that PES_packet_length does not count. */
const UNCOUNTED = 6;
/** A packet that grows beyond it is given up: no picture is so large. */
const MAX_BYTES = 16 * 1024 * 1024;

export interface PesTimes {
  /** Ticks of 90 kHz, 33 bits of them. */
  readonly pts: number;
  readonly dts: number;
}

export interface PesPacket extends PesTimes {
  readonly track: ProgramTrack;
  /** Of the transport stream packet that it begins in, in bytes from the start of the file. */
  readonly position: number;
  readonly randomAccess: boolean;
  readonly payload: Buffer;
}

/** The times in the header; undefined if there is no header, or none with a time, in these bytes. */
export function readPesTimes(bytes: Buffer): PesTimes | undefined {
  if (bytes.length < FIXED + TIMESTAMP || bytes.readUIntBE(0, 3) !== 1) return undefined;
  const flags = bytes[7]!;
  if ((flags & 0x80) === 0) return undefined;
  const pts = readTimestamp(bytes, FIXED);
  const hasDts = (flags & 0x40) !== 0 && bytes.length >= FIXED + 2 * TIMESTAMP;
  return { pts, dts: hasDts ? readTimestamp(bytes, FIXED + TIMESTAMP) : pts };
}

/** One PES packet of a track while its parts come. */
export class GrowingPes {
  readonly #track: ProgramTrack;
  readonly #position: number;
  readonly #randomAccess: boolean;
  readonly #parts: Buffer[];
  /** With the header; Infinity if it lasts until the next one begins. */
  readonly #expected: number;
  #bytes: number;

  constructor(track: ProgramTrack, first: Buffer, place: Pick<PesPacket, 'position' | 'randomAccess'>) {
    this.#track = track;
    this.#position = place.position;
    this.#randomAccess = place.randomAccess;
    this.#parts = [first];
    this.#bytes = first.length;
    const length = first.length < UNCOUNTED ? 0 : first.readUInt16BE(4);
    this.#expected = length === 0 ? Infinity : UNCOUNTED + length;
  }

  get position(): number {
    return this.#position;
  }

  get complete(): boolean {
    return this.#bytes >= this.#expected;
  }

  add(part: Buffer): void {
    if (this.#bytes > MAX_BYTES) return;
    this.#parts.push(part);
    this.#bytes += part.length;
  }

  /** Undefined if it has no time, or is cut short. */
  finish(): PesPacket | undefined {
    const whole = this.#expected === Infinity || this.complete;
    if (!whole || this.#bytes > MAX_BYTES) return undefined;
    const bytes = Buffer.concat(this.#parts);
    const times = readPesTimes(bytes);
    if (!times) return undefined;
    const payload = bytes.subarray(FIXED + bytes[8]!, Math.min(bytes.length, this.#expected));
    const [track, position, randomAccess] = [this.#track, this.#position, this.#randomAccess];
    return { track, position, randomAccess, payload, ...times };
  }
}
