// Messages in, chunks out (RTMP 1.0, 5.3). One type 0 header per message, type 3 for its further chunks.
//
// Type 0 always: a viewer may join at any message, and the same bytes go to every viewer of a stream.
import { EXTENDED_TIMESTAMP } from './chunk-header.ts';

/** A message to send. `timestamp`: milliseconds, unsigned 32 bits. */
export interface OutgoingMessage {
  readonly type: number;
  readonly streamId: number;
  readonly timestamp: number;
  readonly payload: Buffer;
  /** 2 to 65599; 2 is for protocol control (5.3.1.1). */
  readonly chunkStreamId: number;
}

/** Bytes of one message in chunks, all headers included. */
export function chunkedByteLength(
  chunkStreamId: number,
  timestamp: number,
  payloadLength: number,
  chunkSize: number,
): number {
  const basic = chunkStreamId < 64 ? 1 : chunkStreamId < 320 ? 2 : 3;
  const extended = timestamp >= EXTENDED_TIMESTAMP ? 4 : 0;
  const further = payloadLength > chunkSize ? Math.ceil(payloadLength / chunkSize) - 1 : 0;
  return basic + 11 + extended + payloadLength + further * (basic + extended);
}

/** Writes one message in chunks at `offset` and returns the offset after it. The target must have room for it all. */
export function writeChunks(
  target: Buffer,
  offset: number,
  message: OutgoingMessage,
  chunkSize: number,
): number {
  const { chunkStreamId, timestamp, payload } = message;
  const length = payload.length;
  let to = writeBasicHeader(target, offset, 0, chunkStreamId);
  to = writeMessageHeader(target, to, message);
  let from = length < chunkSize ? length : chunkSize;
  payload.copy(target, to, 0, from);
  to += from;
  while (from < length) {
    to = writeBasicHeader(target, to, 3, chunkStreamId);
    if (timestamp >= EXTENDED_TIMESTAMP) to = target.writeUInt32BE(timestamp, to);
    const next = length - from < chunkSize ? length : from + chunkSize;
    payload.copy(target, to, from, next);
    to += next - from;
    from = next;
  }
  return to;
}

/** One message in chunks, in a buffer of its own. */
export function buildChunks(message: OutgoingMessage, chunkSize: number): Buffer {
  const { chunkStreamId, timestamp, payload } = message;
  const bytes = Buffer.allocUnsafe(chunkedByteLength(chunkStreamId, timestamp, payload.length, chunkSize));
  writeChunks(bytes, 0, message, chunkSize);
  return bytes;
}

/** 5.3.1.1. Returns the offset after it. */
function writeBasicHeader(target: Buffer, offset: number, format: 0 | 3, chunkStreamId: number): number {
  const top = format << 6;
  if (chunkStreamId < 64) {
    target[offset] = top | chunkStreamId;
    return offset + 1;
  }
  const rest = chunkStreamId - 64;
  if (chunkStreamId < 320) {
    target[offset] = top;
    target[offset + 1] = rest;
    return offset + 2;
  }
  target[offset] = top | 1;
  target[offset + 1] = rest & 0xff;
  target[offset + 2] = rest >> 8;
  return offset + 3;
}

/** 5.3.1.2.1 and 5.3.1.3. Returns the offset after it. */
function writeMessageHeader(target: Buffer, offset: number, message: OutgoingMessage): number {
  const { type, streamId, timestamp } = message;
  const { length } = message.payload;
  const extended = timestamp >= EXTENDED_TIMESTAMP;
  const time = extended ? EXTENDED_TIMESTAMP : timestamp;
  target[offset] = time >> 16;
  target[offset + 1] = time >> 8;
  target[offset + 2] = time;
  target[offset + 3] = length >> 16;
  target[offset + 4] = length >> 8;
  target[offset + 5] = length;
  target[offset + 6] = type;
  target[offset + 7] = streamId;
  target[offset + 8] = streamId >> 8;
  target[offset + 9] = streamId >> 16;
  target[offset + 10] = streamId >> 24;
  return extended ? target.writeUInt32BE(timestamp, offset + 11) : offset + 11;
}
