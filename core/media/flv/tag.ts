// An FLV tag: header, body, PreviousTagSize (FLV spec E.3, E.4.1).
import { LivegoError } from '../../errors.ts';

export type FlvTagType = 'audio' | 'video' | 'script';

export interface FlvTag {
  readonly type: FlvTagType;
  /** Milliseconds, 0 … 2^32 - 1. */
  readonly timestamp: number;
  readonly body: Buffer;
}

export const FLV_TAG_HEADER_BYTES = 11;
export const PREVIOUS_TAG_SIZE_BYTES = 4;
/** DataSize has 24 bits. */
export const MAX_TAG_BODY_BYTES = 0xffffff;

export const FLV_TAG_TYPE_IDS: Readonly<Record<FlvTagType, number>> = { audio: 8, video: 9, script: 18 };

/** A whole tag with the PreviousTagSize that follows it. Throws LVG_FLV if the body's length exceeds 24 bits. */
export function buildFlvTag(tag: FlvTag): Buffer {
  if (tag.body.length > MAX_TAG_BODY_BYTES) {
    throw new LivegoError(
      'LVG_FLV',
      `a tag body of ${tag.body.length} bytes; FLV ends at ${MAX_TAG_BODY_BYTES}`,
    );
  }
  const target = Buffer.allocUnsafe(flvTagByteLength(tag.body.length));
  const typeAndSize = flvTypeAndSize(FLV_TAG_TYPE_IDS[tag.type], tag.body.length);
  writeFlvTagBody(target, writeFlvTagHeader(target, 0, typeAndSize, tag.timestamp), tag.body);
  return target;
}

export function flvTagByteLength(bodyLength: number): number {
  return FLV_TAG_HEADER_BYTES + bodyLength + PREVIOUS_TAG_SIZE_BYTES;
}

/** TagType and DataSize, the first four bytes of a tag, as one number. */
export function flvTypeAndSize(typeId: number, bodyLength: number): number {
  return (typeId << 24) | bodyLength;
}

/**
 * Writes the header of a tag and returns the offset of its body. The low 32 bits of the timestamp (ms) are kept: 24 of
 * them first, then the upper 8 as TimestampExtended.
 */
export function writeFlvTagHeader(
  target: Buffer,
  offset: number,
  typeAndSize: number,
  timestamp: number,
): number {
  const time = timestamp >>> 0;
  target[offset] = typeAndSize >>> 24;
  target[offset + 1] = typeAndSize >>> 16;
  target[offset + 2] = typeAndSize >>> 8;
  target[offset + 3] = typeAndSize;
  target[offset + 4] = time >>> 16;
  target[offset + 5] = time >>> 8;
  target[offset + 6] = time;
  target[offset + 7] = time >>> 24;
  target[offset + 8] = 0;
  target[offset + 9] = 0;
  target[offset + 10] = 0;
  return offset + FLV_TAG_HEADER_BYTES;
}

/** Writes the body of a tag and the PreviousTagSize; returns the offset behind them. */
export function writeFlvTagBody(target: Buffer, offset: number, body: Buffer): number {
  target.set(body, offset);
  const end = offset + body.length;
  const tagSize = FLV_TAG_HEADER_BYTES + body.length;
  target[end] = tagSize >>> 24;
  target[end + 1] = tagSize >>> 16;
  target[end + 2] = tagSize >>> 8;
  target[end + 3] = tagSize;
  return end + PREVIOUS_TAG_SIZE_BYTES;
}

export interface FlvTagHeader {
  /** undefined for reserved tag types. */
  readonly type: FlvTagType | undefined;
  /** The body is encrypted (FLV spec annex F) and starts with a header of its own. */
  readonly filtered: boolean;
  readonly dataSize: number;
  readonly timestamp: number;
}

/** Reads the 11 bytes at `offset`, which must be there. */
export function parseFlvTagHeader(bytes: Buffer, offset = 0): FlvTagHeader {
  const first = bytes.readUInt8(offset);
  return {
    type: tagTypeOf(first & 0x1f),
    filtered: (first & 0x20) !== 0,
    dataSize: bytes.readUIntBE(offset + 1, 3),
    timestamp: bytes.readUInt8(offset + 7) * 0x1000000 + bytes.readUIntBE(offset + 4, 3),
  };
}

function tagTypeOf(id: number): FlvTagType | undefined {
  if (id === FLV_TAG_TYPE_IDS.video) return 'video';
  if (id === FLV_TAG_TYPE_IDS.audio) return 'audio';
  return id === FLV_TAG_TYPE_IDS.script ? 'script' : undefined;
}
