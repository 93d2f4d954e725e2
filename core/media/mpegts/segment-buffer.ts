// The bytes of the segment under construction: one allocation that grows, handed over whole.

const SMALLEST = 64 * 1024;

/** A buffer that grows by doubling up to a limit. Bytes below `length` are the segment's. */
export class SegmentBuffer {
  bytes: Buffer = Buffer.alloc(0);
  /** The same bytes, for what is written as numbers. */
  view: DataView = viewOf(this.bytes);
  length = 0;
  readonly #limit: number;
  #expected = SMALLEST;

  /** @param limit most bytes that a segment may have */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Makes room for `size` more bytes; false, with nothing changed, when that would pass the limit. */
  reserve(size: number): boolean {
    const wanted = this.length + size;
    if (wanted <= this.bytes.length) return true;
    if (wanted > this.#limit) return false;
    const capacity = Math.min(this.#limit, Math.max(wanted, this.bytes.length * 2, this.#expected));
    // Not from Node's pool: the segment outlives the call, and would keep 8 KiB of strangers alive.
    const grown = Buffer.allocUnsafeSlow(capacity);
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
    this.view = viewOf(grown);
    return true;
  }

  /** The segment's bytes, which from now on are the caller's. The next one starts with room for one of the same size. */
  take(): Buffer {
    const { bytes, length } = this;
    // Some slack is cheaper than a copy of the whole; more would be memory that nobody reckons with.
    const slack = bytes.length - length;
    const segment = slack <= length >> 2 ? bytes.subarray(0, length) : exactCopy(bytes, length);
    this.#expected = Math.max(SMALLEST, length + (length >> 3));
    this.bytes = Buffer.alloc(0);
    this.view = viewOf(this.bytes);
    this.length = 0;
    return segment;
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
