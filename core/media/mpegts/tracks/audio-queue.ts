// Audio frames that wait to share one PES packet: a header and half-empty packets for each frame cost more than the
// frames of a low bit rate.
import { PES_PAYLOAD_LIMIT } from '../pes-header.ts';
import { TICKS_PER_MS } from '../timestamp.ts';

/** Longest stretch of time in one PES packet, in ticks: 100 ms, the interval of the clock in audio-only streams. */
const MAX_STRETCH = 100 * TICKS_PER_MS;

/** Frames of one PES packet, one after the other. Players compute the times of all but the first themselves. */
export class AudioQueue {
  #bytes: Buffer | undefined;
  #length = 0;
  #frames = 0;
  #pts = 0;
  #end = 0;

  /** Frames stand in `bytes[0, length)`. Made when the first is written: a stream without sound takes no 64 KiB. */
  get bytes(): Buffer {
    return (this.#bytes ??= Buffer.allocUnsafeSlow(PES_PAYLOAD_LIMIT));
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
}
