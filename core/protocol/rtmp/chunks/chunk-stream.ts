// The state of a chunk stream from one chunk to the next (RTMP 1.0, 5.3.1).
import { EXTENDED_TIMESTAMP, readLittleUint32, readUint24, readUint32 } from './chunk-header.ts';
import type { ChunkType } from './chunk-header.ts';
import type { UnfinishedMemory } from './unfinished-memory.ts';
import { UnfinishedMessage } from './unfinished-message.ts';

/** One chunk stream: the last message header, which later headers leave out in part, and the message being read. */
export class ChunkStream {
  readonly id: number;
  readonly message: UnfinishedMessage;
  #timestamp = 0;
  /** A type 3 chunk adds it to the timestamp if it begins a message (5.3.1.2.4). */
  #delta = 0;
  /** The timestamp field of the last type 0, 1 or 2 header, and whether it was an extended one. */
  #extended = false;
  #time = 0;
  #messageLength = 0;
  #messageType = 0;
  #messageStreamId = 0;

  constructor(id: number, memory: UnfinishedMemory) {
    this.id = id;
    this.message = new UnfinishedMessage(memory);
  }

  /** Milliseconds, 32 bits, of the message being read. */
  get timestamp(): number {
    return this.#timestamp;
  }

  get messageLength(): number {
    return this.#messageLength;
  }

  get messageType(): number {
    return this.#messageType;
  }

  get messageStreamId(): number {
    return this.#messageStreamId;
  }

  /**
   * Takes over a type 0, 1 or 2 message header (5.3.1.2.1 to 5.3.1.2.3), all of which must be there. 'continues': the
   * header repeats the one of the unfinished message, as some encoders do on every chunk. 'begins': it starts another.
   */
  accept(type: ChunkType, bytes: Buffer, start: number): 'begins' | 'continues' {
    const length = type === 2 ? this.#messageLength : readUint24(bytes, start + 3);
    const messageType = type === 2 ? this.#messageType : bytes[start + 6]!;
    const time = this.#readTime(type, bytes, start);
    if (type === 0) {
      const streamId = readLittleUint32(bytes, start + 7);
      const same =
        length === this.#messageLength &&
        messageType === this.#messageType &&
        streamId === this.#messageStreamId;
      if (same && time === this.#timestamp && this.message.open) return 'continues';
      this.#messageStreamId = streamId;
      this.#timestamp = time;
    } else {
      this.#timestamp = (this.#timestamp + time) >>> 0;
    }
    this.#delta = time;
    this.#messageLength = length;
    this.#messageType = messageType;
    return 'begins';
  }

  /**
   * Reads what follows a type 3 basic header: nothing, or the extended timestamp once more. Steps the time if the chunk
   * begins a message. Returns the position after it, or -1 and no change if more bytes have to come first.
   */
  acceptRepeated(bytes: Buffer, start: number, end: number): number {
    let position = start;
    let delta = this.#delta;
    if (this.#extended) {
      const repeated = this.#findRepeatedTimestamp(bytes, start, end);
      if (repeated === 'unknown') return -1;
      if (repeated === 'present') position += 4;
      // librtmp sends a message of the same time and length this way, and means no delta at all.
      else delta = 0;
    }
    if (!this.message.open) this.#timestamp = (this.#timestamp + delta) >>> 0;
    return position;
  }

  /** The time of type 0, the step of types 1 and 2; the extended one stands behind the header (5.3.1.3). */
  #readTime(type: ChunkType, bytes: Buffer, start: number): number {
    const time = readUint24(bytes, start);
    this.#extended = time === EXTENDED_TIMESTAMP;
    this.#time = this.#extended ? readUint32(bytes, start + (type === 0 ? 11 : type === 1 ? 7 : 3)) : time;
    return this.#time;
  }

  /**
   * Whether the four bytes after a type 3 header repeat the extended timestamp (5.3.1.3 says they do).
   *
   * Old ffmpeg, old librtmp and others leave them out, so the bytes are compared with a repetition: the field as it was
   * sent or, from some encoders, the message's absolute time. The first byte that differs decides, so
   * that a message's last few bytes are not held back to wait for four.
   */
  #findRepeatedTimestamp(bytes: Buffer, start: number, end: number): 'present' | 'absent' | 'unknown' {
    let asField = true;
    let asTime = true;
    for (let index = 0; index < 4; index++) {
      if (start + index >= end) return 'unknown';
      const byte = bytes[start + index]!;
      const shift = 24 - 8 * index;
      if (((this.#time >>> shift) & 0xff) !== byte) asField = false;
      if (((this.#timestamp >>> shift) & 0xff) !== byte) asTime = false;
      if (!asField && !asTime) return 'absent';
    }
    return 'present';
  }
}
