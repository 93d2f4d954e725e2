// Chunks in, messages out (RTMP 1.0, 5.3). The hot path of every publisher.
import { LivegoError } from '../../../errors.ts';
import { ChunkStream, findRepeatedTimestamp, NO_BYTES, readUint32 } from './chunk-stream.ts';
import { MESSAGE_TYPE } from '../message.ts';
import type { RtmpMessage } from '../message.ts';
import { PayloadMemory } from './payload-memory.ts';

/** Who gets the messages. Called inside `push`, in the order in which the messages became complete. */
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
  /** Largest chunk size that is obeyed; a larger one the peer announces ends the session. Default 16777215. */
  readonly maxChunkSize?: number;
}

/** The chunk size before any Set Chunk Size (5.4.1). */
export const DEFAULT_CHUNK_SIZE = 128;

/** No message is longer, so no chunk need be (5.4.1). */
export const MAX_CHUNK_SIZE = 0xffffff;

/** A message may keep a read of so many times its own length alive; a shorter one is copied. */
const PINNED_RATIO = 8;

/** Up to here a message gets its whole memory at once; beyond, memory follows the bytes that really came. */
const TRUSTED_LENGTH = 256 * 1024;

/** Basic header 3, message header 11, extended timestamp 4 (5.3.1). */
const MAX_HEADER_LENGTH = 18;

const EXTENDED = 0xffffff;

/** Below this many bytes a loop in JavaScript beats Buffer.copy and its fixed cost of some 40 ns. */
const SHORT_COPY = 40;

/**
 * Turns the bytes of a peer, in any slices, into whole messages.
 *
 * Set Chunk Size and Abort are obeyed here at once, because they concern the very next chunk, and delivered as well.
 * Timestamps are the raw 32 bits in milliseconds. A payload that lies whole in one read stays there, uncopied; any other
 * was copied once into memory of its length, which short ones share with others (above 256 KiB it doubles as bytes come).
 */
export class ChunkReader {
  readonly #receiver: ChunkReceiver;
  readonly #memory: PayloadMemory;
  readonly #maxMessageLength: number;
  readonly #maxChunkStreams: number;
  readonly #maxUnfinishedBytes: number;
  readonly #maxChunkSize: number;

  /** One-byte ids 2 to 63 by index, which is nearly all there is; the rest in the map. */
  readonly #near: (ChunkStream | undefined)[] = Array.from({ length: 64 });
  readonly #far = new Map<number, ChunkStream>();
  #chunkStreams = 0;
  #chunkSize = DEFAULT_CHUNK_SIZE;
  #unfinishedBytes = 0;
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
    this.#memory = memory;
    this.#maxMessageLength = limits.maxMessageLength ?? 0xffffff;
    this.#maxChunkStreams = limits.maxChunkStreams ?? 64;
    this.#maxUnfinishedBytes = limits.maxUnfinishedBytes ?? 24 * 1024 * 1024;
    this.#maxChunkSize = limits.maxChunkSize ?? MAX_CHUNK_SIZE;
  }

  /** The peer's chunk size in force. */
  get chunkSize(): number {
    return this.#chunkSize;
  }

  /** Bytes allocated for messages that are not complete. */
  get unfinishedBytes(): number {
    return this.#unfinishedBytes;
  }

  /** Messages given up half-way, by Abort or because the peer began another on the same chunk stream. */
  get discardedMessages(): number {
    return this.#discarded;
  }

  /** Ignores everything from now on, the rest of the current `push` included; for a receiver that ends the session. */
  close(): void {
    this.#closed = true;
    this.#current = undefined;
    this.#near.fill(undefined);
    this.#far.clear();
    this.#unfinishedBytes = 0;
  }

  /**
   * Takes the peer's next bytes; they must not be changed afterwards, since messages that lie in them whole are handed
   * on where they lie. Throws LVG_RTMP_CHUNK for malformed chunks and passed limits; the reader is of no use then.
   */
  push(bytes: Buffer): void {
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
    // What looked like the beginning of a repeated extended timestamp was payload after all.
    this.push(Buffer.from(this.#held.subarray(next, before)));
    return position;
  }

  /** Reads one chunk header (5.3.1); returns the position after it, or -1 and no change if it is not all there. */
  #readHeader(bytes: Buffer, start: number, end: number): number {
    let position = start + 1;
    const format = bytes[start]! >> 6;
    let id = bytes[start]! & 63;
    if (id === 0) {
      if (end - start < 2) return -1;
      id = 64 + bytes[position++]!;
    } else if (id === 1) {
      if (end - start < 3) return -1;
      id = 64 + bytes[position]! + bytes[position + 1]! * 256;
      position += 2;
    }
    const known = id < 64 ? this.#near[id] : this.#far.get(id);
    if (format === 3) return this.#readRepeatedHeader(known, id, bytes, position, end);

    const length = format === 0 ? 11 : format === 1 ? 7 : 3;
    if (end - position < length) return -1;
    const field = (bytes[position]! << 16) | (bytes[position + 1]! << 8) | bytes[position + 2]!;
    let time = field;
    if (field === EXTENDED) {
      if (end - position < length + 4) return -1;
      time = readUint32(bytes, position + length);
    }
    const stream = known ?? this.#addStream(id, format);
    this.#beginMessage(stream, format, bytes, position, time);
    stream.extended = field === EXTENDED;
    stream.extendedValue = time;
    this.#beginChunk(stream);
    return position + length + (field === EXTENDED ? 4 : 0);
  }

  /** Takes over what a type 0, 1 or 2 header says (5.3.1.2.1 to 5.3.1.2.3). */
  #beginMessage(stream: ChunkStream, format: number, bytes: Buffer, position: number, time: number): void {
    let length = stream.length;
    let type = stream.type;
    if (format !== 2) {
      length = (bytes[position + 3]! << 16) | (bytes[position + 4]! << 8) | bytes[position + 5]!;
      type = bytes[position + 6]!;
    }
    if (format === 0) {
      const at = position + 7;
      // Little-endian, as the only number in RTMP (5.3.1.2.1).
      const streamId =
        (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
      const same = length === stream.length && type === stream.type && streamId === stream.streamId;
      // Some encoders repeat the full header on every chunk of a message instead of type 3.
      if (stream.unfinished && same && time === stream.timestamp) return;
      stream.streamId = streamId;
      stream.timestamp = time;
    } else {
      stream.timestamp = (stream.timestamp + time) >>> 0;
    }
    stream.delta = time;
    stream.length = length;
    stream.type = type;
    if (stream.unfinished) this.#discard(stream);
  }

  /** A type 3 header: the next chunk of a message, or a new message like the last one (5.3.1.2.4). */
  #readRepeatedHeader(
    stream: ChunkStream | undefined,
    id: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): number {
    if (stream === undefined) {
      throw new LivegoError(
        'LVG_RTMP_CHUNK',
        `Chunk stream ${id} begins with a type 3 chunk, which has no header to go by.`,
      );
    }
    let position = start;
    let delta = stream.delta;
    if (stream.extended) {
      const repeated = findRepeatedTimestamp(stream, bytes, position, end);
      if (repeated === 'unknown') return -1;
      if (repeated === 'present') position += 4;
      // librtmp sends a message of the same time and length so, and means no delta at all.
      else delta = 0;
    }
    if (!stream.unfinished) stream.timestamp = (stream.timestamp + delta) >>> 0;
    this.#beginChunk(stream);
    return position;
  }

  #addStream(id: number, format: number): ChunkStream {
    // librtmp's first ping is a type 1 chunk on a fresh chunk stream; what it leaves out counts as zero. Type 2 leaves
    // out the length as well, so there is nothing to read by.
    if (format === 2) {
      throw new LivegoError(
        'LVG_RTMP_CHUNK',
        `Chunk stream ${id} begins with a type 2 chunk, which has no message length to go by.`,
      );
    }
    if (this.#chunkStreams >= this.#maxChunkStreams) {
      throw new LivegoError(
        'LVG_RTMP_CHUNK',
        `Chunk stream ${id} is one too many: the limit is ${this.#maxChunkStreams} per connection.`,
      );
    }
    const stream = new ChunkStream(id);
    this.#chunkStreams++;
    if (id < 64) this.#near[id] = stream;
    else this.#far.set(id, stream);
    return stream;
  }

  #beginChunk(stream: ChunkStream): void {
    if (!stream.unfinished) this.#openMessage(stream);
    const left = stream.length - stream.filled;
    if (left === 0) {
      this.#complete(stream);
      return;
    }
    this.#current = stream;
    this.#chunkLeft = left < this.#chunkSize ? left : this.#chunkSize;
  }

  #openMessage(stream: ChunkStream): void {
    const length = stream.length;
    if (length > this.#maxMessageLength) {
      throw new LivegoError(
        'LVG_RTMP_CHUNK',
        `A message of ${length} bytes (type ${stream.type}) is longer than the limit of ${this.#maxMessageLength}.`,
      );
    }
    stream.payload = NO_BYTES;
    stream.filled = 0;
    stream.unfinished = true;
  }

  #reserve(bytes: number): void {
    if (this.#unfinishedBytes + bytes > this.#maxUnfinishedBytes) {
      throw new LivegoError(
        'LVG_RTMP_CHUNK',
        `Unfinished messages would take more than the limit of ${this.#maxUnfinishedBytes} bytes.`,
      );
    }
    this.#unfinishedBytes += bytes;
  }

  #readPayload(bytes: Buffer, position: number, end: number): number {
    const stream = this.#current!;
    const available = end - position;
    let count = available < this.#chunkLeft ? available : this.#chunkLeft;
    // The usual message of the usual encoder: one chunk, all of it in this read. It stays where it is, unless it would
    // keep much more alive than itself for as long as somebody keeps it.
    if (count === stream.length && count * PINNED_RATIO >= bytes.length) {
      stream.payload = bytes.subarray(position, position + count);
      this.#reserve(count);
      this.#complete(stream);
      return position + count;
    }
    if (stream.filled + count > stream.payload.length) {
      if (stream.filled === stream.payload.length) this.#grow(stream);
      const room = stream.payload.length - stream.filled;
      if (count > room) count = room;
    }
    const payload = stream.payload;
    if (count < SHORT_COPY) {
      let to = stream.filled;
      for (let from = position; from < position + count; from++) payload[to++] = bytes[from]!;
    } else {
      bytes.copy(payload, stream.filled, position, position + count);
    }
    stream.filled += count;
    this.#chunkLeft -= count;
    if (stream.filled === stream.length) this.#complete(stream);
    return position + count;
  }

  // Exactly once for all but the longest messages: a length is believed up to TRUSTED_LENGTH, then as bytes come.
  #grow(stream: ChunkStream): void {
    const capacity = Math.min(stream.length, Math.max(TRUSTED_LENGTH, stream.payload.length * 2));
    this.#reserve(capacity - stream.payload.length);
    const payload = this.#memory.allocate(capacity);
    stream.payload.copy(payload);
    stream.payload = payload;
  }

  #complete(stream: ChunkStream): void {
    const payload = stream.payload;
    this.#unfinishedBytes -= payload.length;
    stream.payload = NO_BYTES;
    stream.filled = 0;
    stream.unfinished = false;
    this.#current = undefined;
    this.#chunkLeft = 0;
    const type = stream.type;
    if (type === MESSAGE_TYPE.setChunkSize) this.#applyChunkSize(payload);
    else if (type === MESSAGE_TYPE.abort) this.#applyAbort(payload);
    this.#receiver.onMessage({
      type,
      streamId: stream.streamId,
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

  /** 5.4.2. An abort of a chunk stream that has nothing unfinished, or that is unknown, means nothing. */
  #applyAbort(payload: Buffer): void {
    if (payload.length < 4) return;
    const id = readUint32(payload, 0);
    const stream = id < 64 ? this.#near[id] : this.#far.get(id);
    if (stream !== undefined && stream.unfinished) this.#discard(stream);
  }

  #discard(stream: ChunkStream): void {
    this.#unfinishedBytes -= stream.payload.length;
    this.#discarded++;
    stream.payload = NO_BYTES;
    stream.filled = 0;
    stream.unfinished = false;
  }
}
