// The header of a PES packet (ISO/IEC 13818-1, 2.4.3.6 and 2.4.3.7).
import { DTS_AFTER_PTS, PTS_BEFORE_DTS, PTS_ONLY, writeTimestamp } from './timestamp.ts';

/** Start code, stream_id, PES_packet_length, two bytes of flags, PES_header_data_length. */
const FIXED = 9;
const TIMESTAMP = 5;
/** Bytes of the header that PES_packet_length does not count. */
const UNCOUNTED = 6;
const LONGEST = 0xffff;

/** Most bytes of an elementary stream that a PES packet with a PTS and a stated length holds. */
export const PES_PAYLOAD_LIMIT = LONGEST - (FIXED + TIMESTAMP - UNCOUNTED);

/** Bytes of the header: a DTS is written only where it differs from the PTS. */
export function pesHeaderLength(pts: number, dts: number): number {
  return pts === dts ? FIXED + TIMESTAMP : FIXED + 2 * TIMESTAMP;
}

/**
 * Writes the header of a PES packet with `payload` bytes behind it and returns the offset of the payload. A packet
 * too long for its 16 bits of length says 0, which only video may.
 */
export function writePesHeader(
  target: Buffer,
  offset: number,
  streamId: number,
  payload: number,
  pts: number,
  dts: number,
): number {
  const header = pesHeaderLength(pts, dts);
  const length = header - UNCOUNTED + payload;
  target[offset] = 0;
  target[offset + 1] = 0;
  target[offset + 2] = 1;
  target[offset + 3] = streamId;
  target.writeUInt16BE(length > LONGEST ? 0 : length, offset + 4);
  // '10', data_alignment_indicator: each PES packet begins with an access unit or an audio frame.
  target[offset + 6] = 0x84;
  target[offset + 7] = pts === dts ? 0x80 : 0xc0;
  target[offset + 8] = header - FIXED;
  if (pts === dts) {
    writeTimestamp(target, offset + FIXED, PTS_ONLY, pts);
  } else {
    writeTimestamp(target, offset + FIXED, PTS_BEFORE_DTS, pts);
    writeTimestamp(target, offset + FIXED + TIMESTAMP, DTS_AFTER_PTS, dts);
  }
  return offset + header;
}
