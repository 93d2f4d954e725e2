// The memory that a peer can claim by beginning messages and not ending them.
import { LivegoError } from '../../../errors.ts';
import type { PayloadMemory } from './payload-memory.ts';

/** Whether a message may lie where its bytes were read, or the next read overwrites them. */
export type BytesOwnership = 'kept' | 'lent';

/** Counts and bounds the bytes allocated for the unfinished messages of one connection. */
export class UnfinishedMemory {
  /** Of the bytes that are being read. */
  ownership: BytesOwnership = 'kept';
  readonly #source: PayloadMemory;
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(source: PayloadMemory, maxBytes: number) {
    this.#source = source;
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  allocate(length: number): Buffer {
    return this.#source.allocate(length);
  }

  /** Throws LVG_RTMP_CHUNK beyond the limit. */
  reserve(bytes: number): void {
    if (this.#bytes + bytes > this.#maxBytes) {
      throw new LivegoError(
        'LVG_RTMP_CHUNK',
        `Unfinished messages would take more than the limit of ${this.#maxBytes} bytes.`,
      );
    }
    this.#bytes += bytes;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }

  releaseAll(): void {
    this.#bytes = 0;
  }
}
