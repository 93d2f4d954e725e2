// Helpers of the RTMP suites: messages gathered from a reader, bytes cut in slices.
import { ChunkReader } from '../../../../../core/protocol/rtmp/chunks/chunk-reader.ts';
import type { ChunkReaderLimits } from '../../../../../core/protocol/rtmp/chunks/chunk-reader.ts';
import type { RtmpMessage } from '../../../../../core/protocol/rtmp/message.ts';

/** `ff 00 0a` with any white space → bytes. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replace(/\s+/g, ''), 'hex');
}

/** Cuts into pieces of the given lengths in turn; each piece is a copy, so that reading beyond it shows. */
export function slice(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let offset = 0;
  for (let index = 0; offset < bytes.length; index++) {
    const length = Math.max(1, lengths[index % lengths.length] ?? 1);
    pieces.push(Buffer.from(bytes.subarray(offset, offset + length)));
    offset += length;
  }
  return pieces;
}

/** All messages of a chunk stream, read in slices of the given lengths. */
export function readChunks(
  bytes: Buffer,
  lengths = [bytes.length],
  limits?: ChunkReaderLimits,
): RtmpMessage[] {
  const messages: RtmpMessage[] = [];
  const reader = new ChunkReader({ onMessage: (message) => messages.push(message) }, limits);
  for (const piece of slice(bytes, lengths)) reader.push(piece);
  return messages;
}

/** The same from memory that is overwritten after each slice. */
function readLentChunks(bytes: Buffer, length: number, limits?: ChunkReaderLimits): RtmpMessage[] {
  const messages: RtmpMessage[] = [];
  const reader = new ChunkReader({ onMessage: (message) => messages.push(message) }, limits);
  const memory = Buffer.alloc(length);
  for (const piece of slice(bytes, [length])) {
    piece.copy(memory);
    reader.push(memory.subarray(0, piece.length), 'lent');
    memory.fill(0xee);
  }
  return messages;
}

/**
 * Reads the bytes whole and one byte at a time, from memory that the reader may keep and from memory that it may not, and
 * returns the messages if all are the same.
 */
export function readBothWays(bytes: Buffer, limits?: ChunkReaderLimits): RtmpMessage[] {
  const whole = readChunks(bytes, [bytes.length], limits);
  const single = readChunks(bytes, [1], limits);
  if (JSON.stringify(whole) !== JSON.stringify(single))
    throw new Error('one byte at a time gives other messages');
  for (const length of [bytes.length, 7, 1])
    if (JSON.stringify(whole) !== JSON.stringify(readLentChunks(bytes, length, limits)))
      throw new Error(`lent memory of ${length} bytes gives other messages`);
  return whole;
}

/** A seeded stream of numbers (mulberry32), for fuzz runs that can be repeated. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
