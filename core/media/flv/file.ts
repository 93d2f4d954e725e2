// The head of an FLV file or stream (FLV spec E.2, E.3).
import { LivegoError } from '../../errors.ts';

export interface FlvHeader {
  readonly audio: boolean;
  readonly video: boolean;
}

export const FLV_HEADER_BYTES = 9;
const AUDIO_FLAG = 0x04;
const VIDEO_FLAG = 0x01;
const SIGNATURE = 'FLV';

/**
 * The 9 bytes of the header and the first PreviousTagSize, which is 0. The flags must be true: players wait for every
 * announced track.
 */
export function buildFlvHeader(header: FlvHeader): Buffer {
  const flags = (header.audio ? AUDIO_FLAG : 0) | (header.video ? VIDEO_FLAG : 0);
  return Buffer.from([0x46, 0x4c, 0x56, 1, flags, 0, 0, 0, FLV_HEADER_BYTES, 0, 0, 0, 0]);
}

/** Reads 9 bytes. `dataOffset` is the place of the first PreviousTagSize. Throws LVG_FLV if it is no FLV header. */
export function parseFlvHeader(bytes: Buffer): FlvHeader & { readonly dataOffset: number } {
  if (bytes.length < FLV_HEADER_BYTES || bytes.toString('latin1', 0, 3) !== SIGNATURE) {
    throw new LivegoError(
      'LVG_FLV',
      `not FLV: it begins with ${bytes.subarray(0, 3).toString('hex')}, not 464c56`,
    );
  }
  const flags = bytes.readUInt8(4);
  const dataOffset = bytes.readUInt32BE(5);
  if (dataOffset < FLV_HEADER_BYTES) {
    throw new LivegoError(
      'LVG_FLV',
      `FLV header of ${dataOffset} bytes; the shortest has ${FLV_HEADER_BYTES}`,
    );
  }
  return { audio: (flags & AUDIO_FLAG) !== 0, video: (flags & VIDEO_FLAG) !== 0, dataOffset };
}
