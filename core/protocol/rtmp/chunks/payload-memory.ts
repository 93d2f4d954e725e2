// Memory for messages that have to be put together, cut from slabs that connections share.

/** A payload keeps its whole slab alive for as long as it is kept itself, so a slab is not large. */
const SLAB_BYTES = 128 * 1024;

/** Longer payloads get memory of their own. */
const MAX_SHARED = SLAB_BYTES / 8;

/**
 * Cuts short payloads one after the other from a slab, and takes another slab when it is full. It holds that one slab
 * and nothing else: a full slab is freed together with the last of its payloads.
 *
 * Most messages live for less than a second. Node's pool is made for still smaller ones: from it, or without one, each
 * is an allocation that the garbage collector has to account for and to free.
 */
export class PayloadMemory {
  #slab = Buffer.alloc(0);
  #used = 0;

  /** Fresh memory of exactly `length` bytes with undefined content. */
  allocate(length: number): Buffer {
    if (length > MAX_SHARED) return Buffer.allocUnsafeSlow(length);
    if (this.#used + length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#used = 0;
    }
    const payload = this.#slab.subarray(this.#used, this.#used + length);
    this.#used += length;
    return payload;
  }
}
