// The header of a PES packet (ISO/IEC 13818-1, 2.4.3.6 and 2.4.3.7).
import { DTS_AFTER_PTS, PTS_BEFORE_DTS, PTS_ONLY, writeTimestamp } from './timestamp.ts';

/** A record that is used again for each PES packet of a stream. */
export interface PesHeader {
  streamId: number;
  /** Bytes behind the header. */
  payloadLength: number;
  /** Ticks of 90 kHz. */
  pts: number;
  dts: number;
}

/** Start code, stream_id, PES_packet_length, two bytes of flags, PES_header_data_length. */
const FIXED = 9;
const TIMESTAMP = 5;
/** Bytes of the header that PES_packet_length does not count. */
const UNCOUNTED = 6;
const MAX_LENGTH = 0xffff;

/** Most bytes of an elementary stream in a PES packet with a PTS and a stated length. */
export const PES_PAYLOAD_LIMIT = MAX_LENGTH - (FIXED + TIMESTAMP - UNCOUNTED);

/** Bytes of the header: a DTS is written only if it differs from the PTS. */
export function pesHeaderLength({ pts, dts }: PesHeader): number {
  return pts === dts ? FIXED + TIMESTAMP : FIXED + 2 * TIMESTAMP;
}

/**
 * Writes the header and returns the offset of the payload. A packet too long for its 16 bits of length says 0, which
 * only video may.
 */
export function writePesHeader(target: Buffer, offset: number, header: PesHeader): number {
  const { pts, dts } = header;
  const size = pesHeaderLength(header);
  const length = size - UNCOUNTED + header.payloadLength;
  target[offset] = 0;
  target[offset + 1] = 0;
  target[offset + 2] = 1;
  target[offset + 3] = header.streamId;
  target.writeUInt16BE(length > MAX_LENGTH ? 0 : length, offset + 4);
  // '10', data_alignment_indicator: each PES packet begins with an access unit or an audio frame.
  target[offset + 6] = 0x84;
  target[offset + 7] = pts === dts ? 0x80 : 0xc0;
  target[offset + 8] = size - FIXED;
  if (pts === dts) {
    writeTimestamp(target, offset + FIXED, PTS_ONLY, pts);
  } else {
    writeTimestamp(target, offset + FIXED, PTS_BEFORE_DTS, pts);
    writeTimestamp(target, offset + FIXED + TIMESTAMP, DTS_AFTER_PTS, dts);
  }
  return offset + size;
}
