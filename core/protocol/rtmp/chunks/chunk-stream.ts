// What a chunk stream remembers from one chunk to the next (RTMP 1.0, 5.3.1).

export const NO_BYTES: Buffer = Buffer.alloc(0);

/** Written by ChunkReader alone. */
export class ChunkStream {
  readonly id: number;
  timestamp = 0;
  /** The delta that a type 3 chunk applies when it begins a message (5.3.1.2.4). */
  delta = 0;
  /** Whether the last type 0, 1 or 2 header had the four extra bytes, and what they said. */
  extended = false;
  extendedValue = 0;
  length = 0;
  type = 0;
  streamId = 0;
  /** Memory of the unfinished message, not always its whole length; empty between messages. */
  payload: Buffer = NO_BYTES;
  filled = 0;
  unfinished = false;

  constructor(id: number) {
    this.id = id;
  }
}

/**
 * Whether the four bytes after a type 3 header repeat the extended timestamp (5.3.1.3 says they do).
 *
 * Old ffmpeg, old librtmp and others leave them out, so the bytes are compared with what a repetition would be: the
 * field as it was sent, or, from some encoders, the message's absolute time. The first byte that differs decides, so
 * that a message's last few bytes are not held back to wait for four.
 */
export function findRepeatedTimestamp(
  stream: ChunkStream,
  bytes: Buffer,
  start: number,
  end: number,
): 'present' | 'absent' | 'unknown' {
  let asField = true;
  let asTime = true;
  for (let index = 0; index < 4; index++) {
    if (start + index >= end) return 'unknown';
    const byte = bytes[start + index]!;
    const shift = 24 - 8 * index;
    if (((stream.extendedValue >>> shift) & 0xff) !== byte) asField = false;
    if (((stream.timestamp >>> shift) & 0xff) !== byte) asTime = false;
    if (!asField && !asTime) return 'absent';
  }
  return 'present';
}

/** Without the checks of Buffer's own, which the caller has done. */
export function readUint32(bytes: Buffer, offset: number): number {
  return (
    ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>>
    0
  );
}
