// Cuts a link's bytes into frames. A frame that lies whole in one read is not copied.
import { LENGTH_BYTES, MAX_FRAME_BYTES } from './frames.ts';

export class FrameReader {
  readonly #onFrame: (body: Buffer) => void;
  /** Bytes of a frame that is not complete. */
  #parts: Buffer[] = [];
  #bytes = 0;
  /** Of the incomplete frame with its length field; as long as that is unknown, of the length field. */
  #needed = LENGTH_BYTES;

  constructor(onFrame: (body: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** Throws RangeError for a length that no frame has. */
  push(bytes: Buffer): void {
    let chunk = bytes;
    while (chunk.length > 0) {
      if (this.#bytes === 0 && chunk.length >= LENGTH_BYTES) {
        const end = LENGTH_BYTES + lengthOf(chunk);
        if (chunk.length >= end) {
          this.#onFrame(chunk.subarray(LENGTH_BYTES, end));
          chunk = chunk.subarray(end);
          continue;
        }
      }
      chunk = this.#keep(chunk);
    }
  }

  /** Takes the bytes that the incomplete frame needs, and returns the rest. */
  #keep(chunk: Buffer): Buffer {
    const taken = chunk.subarray(0, this.#needed - this.#bytes);
    this.#parts.push(taken);
    this.#bytes += taken.length;
    if (this.#bytes === this.#needed) {
      const whole = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts, this.#bytes);
      this.#parts = [whole];
      if (this.#needed === LENGTH_BYTES) this.#needed += lengthOf(whole);
      if (this.#bytes === this.#needed) {
        this.#parts = [];
        this.#bytes = 0;
        this.#needed = LENGTH_BYTES;
        this.#onFrame(whole.subarray(LENGTH_BYTES));
      }
    }
    return chunk.subarray(taken.length);
  }
}

function lengthOf(frame: Buffer): number {
  const length = frame.readUInt32BE(0);
  if (length > 0 && length <= MAX_FRAME_BYTES) return length;
  throw new RangeError(`a frame of ${length} bytes; ${MAX_FRAME_BYTES} is the limit`);
}
