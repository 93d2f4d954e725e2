// The bytes of the segment under construction: one allocation that grows, handed over whole.

const MIN_CAPACITY = 64 * 1024;

/** A buffer that grows by doubling up to a limit. Reserve room, write into `bytes` or `view`, then append. */
export class SegmentBuffer {
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = viewOf(this.#bytes);
  #length = 0;
  readonly #limit: number;
  #expected = MIN_CAPACITY;

  /** @param limit most bytes that a segment may have */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The segment so far is `bytes[0, length)`. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** The same bytes, for writing numbers. */
  get view(): DataView {
    return this.#view;
  }

  get length(): number {
    return this.#length;
  }

  /** Makes room for `size` more bytes; false, with nothing changed, if that would exceed the limit. */
  reserve(size: number): boolean {
    const wanted = this.#length + size;
    if (wanted <= this.#bytes.length) return true;
    if (wanted > this.#limit) return false;
    const capacity = Math.min(this.#limit, Math.max(wanted, this.#bytes.length * 2, this.#expected));
    // Not from Node's pool: the segment outlives the call, and would keep 8 KiB of other buffers alive.
    const grown = Buffer.allocUnsafeSlow(capacity);
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    this.#view = viewOf(grown);
    return true;
  }

  /** Makes `size` reserved bytes part of the segment. */
  append(size: number): void {
    this.#length += size;
  }

  /** The segment's bytes, which from now on are the caller's. The next segment starts with room for the same size. */
  take(): Buffer {
    const bytes = this.#bytes;
    const length = this.#length;
    // Some slack is cheaper than a copy of the whole; more of it would be memory that no limit counts.
    const slack = bytes.length - length;
    const segment = slack <= length >> 2 ? bytes.subarray(0, length) : exactCopy(bytes, length);
    this.#expected = Math.max(MIN_CAPACITY, length + (length >> 3));
    this.release();
    return segment;
  }

  /** Gives up what there is of the segment, and its memory. */
  release(): void {
    this.#bytes = Buffer.alloc(0);
    this.#view = viewOf(this.#bytes);
    this.#length = 0;
  }
}

function exactCopy(bytes: Buffer, length: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(length);
  bytes.copy(copy, 0, 0, length);
  return copy;
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
