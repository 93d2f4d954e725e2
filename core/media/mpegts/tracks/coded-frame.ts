// Where the coded bytes of a video message are. Runs for every frame, so the usual form is read without an object.
import { parseVideoBody } from '../../flv/tag-body.ts';

/** The result of `readCodedFrame`, overwritten by the next call. */
export interface CodedFrame {
  start: number;
  end: number;
  /** Milliseconds. */
  compositionTime: number;
  /** Nanoseconds to add to the presentation time. */
  timestampOffsetNano: number;
}

/** CodecID AVC or HEVC, AVCPacketType, composition time (FLV spec E.4.3.1). */
const LEGACY_HEADER = 5;
const AVC_NALU = 1;
const COMMAND_FRAME = 5;

/**
 * Finds the length-prefixed NAL units of an H.264 or HEVC message; false when it holds none. Throws `LVG_FLV` when
 * the message is cut short.
 */
export function readCodedFrame(payload: Buffer, frame: CodedFrame): boolean {
  const first = payload[0] ?? 0;
  if (first < 0x80 && first >> 4 !== COMMAND_FRAME && payload.length >= LEGACY_HEADER) {
    if (payload[1] !== AVC_NALU) return false;
    frame.start = LEGACY_HEADER;
    frame.end = payload.length;
    frame.compositionTime = payload.readIntBE(2, 3);
    frame.timestampOffsetNano = 0;
    return true;
  }
  const body = parseVideoBody(payload);
  frame.start = body.data.byteOffset - payload.byteOffset;
  frame.end = frame.start + body.data.length;
  frame.compositionTime = body.compositionTime;
  frame.timestampOffsetNano = body.timestampOffsetNano;
  return body.packetType === 'coded-frames';
}
