// Memory for messages that have to be put together, cut from slabs that connections share.

/** A payload keeps all of its slab alive for as long as somebody keeps it, so a slab is not large. */
const SLAB_BYTES = 128 * 1024;

/** Longer payloads get memory of their own. */
const MAX_SHARED = SLAB_BYTES / 8;

/**
 * Most messages are gone within a second. Node's pool is made for still smaller ones: from it, or without one, each is an
 * allocation that the garbage collector has to account for and to free.
 */
export class PayloadMemory {
  #slab = Buffer.alloc(0);
  #used = 0;

  /** Fresh memory of exactly `length` bytes, with anything in it. */
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
