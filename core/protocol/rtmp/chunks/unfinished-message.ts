// The message of a chunk stream while its chunks arrive.
import type { UnfinishedMemory } from './unfinished-memory.ts';

const NO_BYTES: Buffer = Buffer.alloc(0);

/** A message may keep a read of up to this many times its own length alive; a shorter one is copied. */
const PINNED_RATIO = 8;

/** Up to this length a message gets its whole memory at once; beyond, memory follows the bytes that have arrived. */
const TRUSTED_LENGTH = 256 * 1024;

/** Below this many bytes a loop in JavaScript beats Buffer.copy and its fixed cost of some 40 ns. */
const SHORT_COPY = 40;

/** One object per chunk stream, used again for each of its messages. */
export class UnfinishedMessage {
  readonly #memory: UnfinishedMemory;
  /** Memory reserved so far, not always the whole length; empty between messages. */
  #payload: Buffer = NO_BYTES;
  #length = 0;
  #filled = 0;
  #open = false;

  constructor(memory: UnfinishedMemory) {
    this.#memory = memory;
  }

  /** Whether a message has begun and not been completed. */
  get open(): boolean {
    return this.#open;
  }

  /** Bytes still to come. */
  get left(): number {
    return this.#length - this.#filled;
  }

  begin(length: number): void {
    this.#length = length;
    this.#filled = 0;
    this.#open = true;
  }

  /** Takes up to `count` bytes, which must not be more than `left`. Returns how many it has taken. */
  take(bytes: Buffer, position: number, count: number): number {
    if (count === this.#length && count * PINNED_RATIO >= bytes.length && this.#memory.ownership === 'kept') {
      this.#keep(bytes.subarray(position, position + count));
      return count;
    }
    let payload = this.#payload;
    const filled = this.#filled;
    if (filled === payload.length) payload = this.#grow();
    const room = payload.length - filled;
    const copied = count < room ? count : room;
    if (copied < SHORT_COPY) {
      for (let index = 0; index < copied; index++) payload[filled + index] = bytes[position + index]!;
    } else {
      bytes.copy(payload, filled, position, position + copied);
    }
    this.#filled = filled + copied;
    return copied;
  }

  /** Ends the message and returns its payload, all of whose bytes must have arrived. */
  complete(): Buffer {
    const payload = this.#payload;
    this.discard();
    return payload;
  }

  /** Gives the message up. */
  discard(): void {
    this.#memory.release(this.#payload.length);
    this.#payload = NO_BYTES;
    this.#filled = 0;
    this.#open = false;
  }

  // The usual message of the usual encoder: one chunk, all of it in one read. It stays where it is, unless it would keep
  // alive a read that is much longer than itself.
  #keep(whole: Buffer): void {
    this.#memory.reserve(whole.length);
    this.#payload = whole;
    this.#filled = whole.length;
  }

  // Called once for all but the longest messages: a length is trusted up to TRUSTED_LENGTH, then only as bytes come.
  #grow(): Buffer {
    const capacity = Math.min(this.#length, Math.max(TRUSTED_LENGTH, this.#payload.length * 2));
    this.#memory.reserve(capacity - this.#payload.length);
    const payload = this.#memory.allocate(capacity);
    if (this.#filled > 0) this.#payload.copy(payload);
    this.#payload = payload;
    return payload;
  }
}
