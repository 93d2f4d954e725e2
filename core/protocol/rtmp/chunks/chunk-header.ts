// Sizes and numbers of chunk headers (RTMP 1.0, 5.3.1).

/** The 24-bit timestamp that says "the real one follows in four more bytes" (5.3.1.3). */
export const EXTENDED_TIMESTAMP = 0xffffff;

/** Basic header 3, message header 11, extended timestamp 4 (5.3.1). */
export const MAX_HEADER_LENGTH = 18;

/** A message header of type 0 is complete; 1 lacks the message stream, 2 also length and type, 3 everything (5.3.1.2). */
export type ChunkType = 0 | 1 | 2 | 3;

/** Bytes of a type 0, 1 or 2 message header with its extended timestamp; -1 if they are not all there. */
export function messageHeaderLength(type: ChunkType, bytes: Buffer, start: number, end: number): number {
  const length = type === 0 ? 11 : type === 1 ? 7 : 3;
  const available = end - start;
  if (available < length) return -1;
  if (readUint24(bytes, start) !== EXTENDED_TIMESTAMP) return length;
  return available < length + 4 ? -1 : length + 4;
}

// None of these checks the length as Buffer's own methods do: the caller has done so.

export function readUint24(bytes: Buffer, offset: number): number {
  return (bytes[offset]! << 16) | (bytes[offset + 1]! << 8) | bytes[offset + 2]!;
}

export function readUint32(bytes: Buffer, offset: number): number {
  return ((bytes[offset]! << 24) | readUint24(bytes, offset + 1)) >>> 0;
}

/** The message stream id is the only little-endian number in RTMP (5.3.1.2.1). */
export function readLittleUint32(bytes: Buffer, offset: number): number {
  return (
    (bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24)) >>>
    0
  );
}
