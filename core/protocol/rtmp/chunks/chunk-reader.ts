// The chunk layer of RTMP (RTMP 1.0, 5.3). This room turns bytes into messages (chunk-reader.ts) and messages into bytes
// (chunk-writer.ts), with bounded memory. It does not know the meaning of messages, except for the two that concern the
// chunks themselves: Set Chunk Size and Abort.
import { LivegoError } from '../../../errors.ts';
import { MESSAGE_TYPE } from '../message.ts';
import type { RtmpMessage } from '../message.ts';
import { MAX_HEADER_LENGTH, messageHeaderLength, readUint32 } from './chunk-header.ts';
import type { ChunkType } from './chunk-header.ts';
import type { ChunkStream } from './chunk-stream.ts';
import { ChunkStreamTable } from './chunk-stream-table.ts';
import { PayloadMemory } from './payload-memory.ts';
import { UnfinishedMemory, type BytesOwnership } from './unfinished-memory.ts';

/** Receives the messages, inside `push`, in the order in which they became complete. */
export interface ChunkReceiver {
  /** The payload belongs to the receiver; the reader does not keep or reuse it. */
  onMessage(message: RtmpMessage): void;
}

/** Bounds on what a peer can make the reader keep. */
export interface ChunkReaderLimits {
  /** Longest message in bytes. Default 16777215, which is all that the 24-bit length can say. */
  readonly maxMessageLength?: number;
  /** Chunk streams on one connection. Default 64. */
  readonly maxChunkStreams?: number;
  /** Bytes allocated for messages that are not complete yet, over all chunk streams. Default 24 MiB. */
  readonly maxUnfinishedBytes?: number;
  /** Largest chunk size that is obeyed; a larger one that the peer announces ends the session. Default 16777215. */
  readonly maxChunkSize?: number;
}

/** The chunk size before any Set Chunk Size (5.4.1). */
export const DEFAULT_CHUNK_SIZE = 128;

/** No message is longer, so no chunk need be (5.4.1). */
export const MAX_CHUNK_SIZE = 0xffffff;

/**
 * Turns the bytes of a peer, in any slices, into whole messages. The hot path of every publisher.
 *
 * Set Chunk Size and Abort are obeyed here at once, because they concern the very next chunk, and delivered as well.
 * Timestamps are the raw 32 bits in milliseconds. A payload that lies whole in one read stays there, uncopied; any other
 * is copied once into memory of its length, which short ones share with others (above 256 KiB it doubles as bytes come).
 */
export class ChunkReader {
  readonly #receiver: ChunkReceiver;
  readonly #memory: UnfinishedMemory;
  readonly #streams: ChunkStreamTable;
  readonly #maxMessageLength: number;
  readonly #maxChunkSize: number;
  #chunkSize = DEFAULT_CHUNK_SIZE;
  #discarded = 0;
  #closed = false;

  /** The stream whose chunk is being read and how much of that chunk is still to come; 0: a header is next. */
  #current: ChunkStream | undefined;
  #chunkLeft = 0;
  /** A header cut in two by the end of a read. */
  readonly #held = Buffer.alloc(MAX_HEADER_LENGTH);
  #heldLength = 0;

  /** @param memory - shared with other readers */
  constructor(receiver: ChunkReceiver, limits: ChunkReaderLimits = {}, memory = new PayloadMemory()) {
    this.#receiver = receiver;
    this.#memory = new UnfinishedMemory(memory, limits.maxUnfinishedBytes ?? 24 * 1024 * 1024);
    this.#streams = new ChunkStreamTable(this.#memory, limits.maxChunkStreams ?? 64);
    this.#maxMessageLength = limits.maxMessageLength ?? 0xffffff;
    this.#maxChunkSize = limits.maxChunkSize ?? MAX_CHUNK_SIZE;
  }

  /** The peer's current chunk size. */
  get chunkSize(): number {
    return this.#chunkSize;
  }

  /** Bytes allocated for messages that are not complete. */
  get unfinishedBytes(): number {
    return this.#memory.bytes;
  }

  /** Messages given up half-way, by Abort or because the peer began another on the same chunk stream. */
  get discardedMessages(): number {
    return this.#discarded;
  }

  /** Ignores everything from now on, the rest of the current `push` included; for a receiver that ends the session. */
  close(): void {
    this.#closed = true;
    this.#current = undefined;
    this.#streams.clear();
    this.#memory.releaseAll();
  }

  /**
   * Takes the peer's next bytes. Throws LVG_RTMP_CHUNK for malformed chunks and exceeded limits; the reader must not be used
   * after that.
   * @param bytes - `kept`: they must not be changed afterwards, since messages that lie in them whole are handed on where
   *   they lie. `lent`: they may be changed as soon as this returns
   */
  push(bytes: Buffer, ownership: BytesOwnership = 'kept'): void {
    this.#memory.ownership = ownership;
    this.#read(bytes);
  }

  #read(bytes: Buffer): void {
    const end = bytes.length;
    let position = 0;
    while (position < end && !this.#closed) {
      if (this.#chunkLeft > 0) {
        position = this.#readPayload(bytes, position, end);
      } else if (this.#heldLength > 0) {
        position = this.#readHeldHeader(bytes, position, end);
      } else {
        const next = this.#readHeader(bytes, position, end);
        if (next < 0) {
          this.#heldLength = bytes.copy(this.#held, 0, position, end);
          return;
        }
        position = next;
      }
    }
  }

  /** Completes a header that began in an earlier read; returns the position after it, or the end. */
  #readHeldHeader(bytes: Buffer, position: number, end: number): number {
    const before = this.#heldLength;
    const added = bytes.copy(this.#held, before, position, end);
    const next = this.#readHeader(this.#held, 0, before + added);
    if (next < 0) {
      this.#heldLength = before + added;
      return end;
    }
    this.#heldLength = 0;
    if (next >= before) return position + next - before;
    // The held bytes looked like the beginning of a repeated extended timestamp, but were payload.
    this.#read(Buffer.from(this.#held.subarray(next, before)));
    return position;
  }

  /** Reads one chunk header (5.3.1); returns the position after it, or -1 if it is not all there. */
  #readHeader(bytes: Buffer, start: number, end: number): number {
    const first = bytes[start]!;
    let id = first & 63;
    let position = start + 1;
    if (id < 2) {
      position += id + 1;
      if (position > end) return -1;
      id = 64 + bytes[start + 1]! + (id === 1 ? bytes[start + 2]! * 256 : 0);
    }
    const type = (first >> 6) as ChunkType;
    const stream = this.#streams.find(id) ?? this.#streams.add(id, type);
    if (type === 3) return this.#readRepeatedHeader(stream, bytes, position, end);
    const length = messageHeaderLength(type, bytes, position, end);
    if (length < 0) return -1;
    if (stream.accept(type, bytes, position) === 'begins' && stream.message.open) this.#discard(stream);
    this.#beginChunk(stream);
    return position + length;
  }

  /** A type 3 header: the next chunk of a message, or a new message like the last one (5.3.1.2.4). */
  #readRepeatedHeader(stream: ChunkStream, bytes: Buffer, start: number, end: number): number {
    const position = stream.acceptRepeated(bytes, start, end);
    if (position >= 0) this.#beginChunk(stream);
    return position;
  }

  #beginChunk(stream: ChunkStream): void {
    const { message } = stream;
    if (!message.open) this.#beginMessage(stream);
    const { left } = message;
    if (left === 0) {
      this.#complete(stream);
      return;
    }
    this.#current = stream;
    this.#chunkLeft = left < this.#chunkSize ? left : this.#chunkSize;
  }

  #beginMessage(stream: ChunkStream): void {
    const length = stream.messageLength;
    if (length > this.#maxMessageLength) {
      throw new LivegoError(
        'LVG_RTMP_CHUNK',
        `A message of ${length} bytes (type ${stream.messageType}) is longer than the limit of ${this.#maxMessageLength}.`,
      );
    }
    stream.message.begin(length);
  }

  #readPayload(bytes: Buffer, position: number, end: number): number {
    const stream = this.#current!;
    const available = end - position;
    const wanted = available < this.#chunkLeft ? available : this.#chunkLeft;
    const taken = stream.message.take(bytes, position, wanted);
    this.#chunkLeft -= taken;
    if (stream.message.left === 0) this.#complete(stream);
    return position + taken;
  }

  #complete(stream: ChunkStream): void {
    const payload = stream.message.complete();
    this.#current = undefined;
    this.#chunkLeft = 0;
    const type = stream.messageType;
    if (type === MESSAGE_TYPE.setChunkSize) this.#applyChunkSize(payload);
    else if (type === MESSAGE_TYPE.abort) this.#applyAbort(payload);
    this.#receiver.onMessage({
      type,
      streamId: stream.messageStreamId,
      timestamp: stream.timestamp,
      payload,
      chunkStreamId: stream.id,
    });
  }

  #applyChunkSize(payload: Buffer): void {
    const size = payload.length >= 4 ? readUint32(payload, 0) : 0;
    if (size < 1 || size > 0x7fffffff) {
      throw new LivegoError(
        'LVG_RTMP_CHUNK',
        `Set Chunk Size asks for ${size} (${payload.length} bytes); it is 1 to 2147483647, in 4 bytes (5.4.1).`,
      );
    }
    const clamped = Math.min(size, MAX_CHUNK_SIZE);
    if (clamped > this.#maxChunkSize) {
      throw new LivegoError(
        'LVG_RTMP_CHUNK',
        `Set Chunk Size asks for ${size} bytes, above the limit of ${this.#maxChunkSize}.`,
      );
    }
    this.#chunkSize = clamped;
  }

  /** 5.4.2. An abort of a chunk stream that has nothing unfinished, or that is unknown, has no effect. */
  #applyAbort(payload: Buffer): void {
    if (payload.length < 4) return;
    const stream = this.#streams.find(readUint32(payload, 0));
    if (stream?.message.open) this.#discard(stream);
  }

  #discard(stream: ChunkStream): void {
    stream.message.discard();
    this.#discarded++;
  }
}
