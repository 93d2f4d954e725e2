// Audio frames that wait to share one PES packet: a header and half-empty packets for each frame cost more than the
// frames of a low bit rate.
import { PES_PAYLOAD_LIMIT } from '../pes-header.ts';
import { TICKS_PER_MS } from '../timestamp.ts';

/** Longest stretch of time in one PES packet, in ticks: 100 ms, the interval of the clock in audio-only streams. */
const MAX_STRETCH = 100 * TICKS_PER_MS;
/** Room for a stretch of most streams. */
const FIRST_CAPACITY = 4096;
const NO_BYTES = Buffer.alloc(0);

/** Frames of one PES packet, one after the other. Players compute the times of all but the first themselves. */
export class AudioQueue {
  #bytes: Buffer = NO_BYTES;
  #length = 0;
  #frames = 0;
  #pts = 0;
  #end = 0;

  /** Frames stand in `bytes[0, length)`. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  get frames(): number {
    return this.#frames;
  }

  /** Time of the first frame, in ticks; of no meaning while there is none. */
  get pts(): number {
    return this.#pts;
  }

  /** Whether a frame may join the frames that wait, if there are any. */
  fits(size: number, pts: number, duration: number): boolean {
    return (
      this.#length === 0 ||
      (this.#length + size <= PES_PAYLOAD_LIMIT && pts + duration - this.#pts <= MAX_STRETCH)
    );
  }

  /** Makes room for a frame at `bytes[length]`. Returns `bytes`. */
  reserve(size: number): Buffer {
    const wanted = this.#length + size;
    if (wanted <= this.#bytes.length) return this.#bytes;
    const capacity = Math.min(PES_PAYLOAD_LIMIT, Math.max(FIRST_CAPACITY, 2 * this.#bytes.length));
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, capacity));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    return grown;
  }

  /** Adds a frame that the caller has written at `bytes[length]`. */
  add(size: number, pts: number, duration: number): void {
    if (this.#length === 0) this.#pts = pts;
    this.#length += size;
    this.#frames++;
    this.#end = pts + duration;
  }

  /** Whether the frames must be written before a frame of the other track at `time`. */
  isDue(time: number): boolean {
    return this.#length > 0 && time >= this.#end && time - this.#pts >= MAX_STRETCH;
  }

  clear(): void {
    this.#length = 0;
    this.#frames = 0;
  }

  /** Gives up the frames that wait, and their memory. */
  release(): void {
    this.clear();
    this.#bytes = NO_BYTES;
  }
}
