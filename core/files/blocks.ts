// Blocks of memory that are used again: fresh memory of this size costs more than what is copied into it.

export const BLOCK_BYTES = 128 * 1024;

export class Blocks {
  readonly #free: Buffer[] = [];
  readonly #maxFree: number;

  /** @param maxFree - blocks that are kept while nobody uses them */
  constructor(maxFree: number) {
    this.#maxFree = maxFree;
  }

  /** A block, or a buffer of its own for more than a block holds. What is in it is undefined. */
  take(bytes = 0): Buffer {
    if (bytes > BLOCK_BYTES) return Buffer.allocUnsafeSlow(bytes);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }

  /** Gives back what was taken. The caller must not touch it afterwards. */
  release(block: Buffer): void {
    if (block.length === BLOCK_BYTES && this.#free.length < this.#maxFree) this.#free.push(block);
  }
}
