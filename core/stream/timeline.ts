// Maps a publisher's 32-bit clock to stream time, which never wraps.
//
//         media packet            another publisher, a packet in stream time
//   new ──────────────▶ running ─────────────────────────────────────────────▶ seam
//                          ▲            media packet, 40 ms later               │
//                          └────────────────────────────────────────────────────┘

/** A step back or forward of more milliseconds is another clock, not jitter. */
const BACKWARD_LIMIT_MS = 10_000;
const FORWARD_LIMIT_MS = 60_000;
/** A header or data message that is further from the media around it has no useful timestamp, often 0. */
const HEADER_LIMIT_MS = 1000;
/** The first packet of another clock follows the last packet after this long: about one frame. */
const SEAM_MS = 40;

/**
 * Maps raw timestamps (uint32 ms, RTMP 1.0 section 5.3.1.1; they wrap after 49.7 days) to unwrapped milliseconds.
 *
 * All tracks share one offset, so audio and video stay in step. A well-behaved publisher's timestamps pass unchanged;
 * after a jump, or when another publisher takes over, they continue where the old ones ended.
 */
export class Timeline {
  #raw = 0;
  /** The last raw timestamp, unwrapped. */
  #unwrapped = 0;
  #offset = 0;
  #highest = 0;
  #state: 'new' | 'running' | 'seam' = 'new';

  /** The highest timestamp given out. */
  get highest(): number {
    return this.#highest;
  }

  /** Another publisher follows: its first media packet continues after the highest timestamp given out. */
  restart(): void {
    if (this.#state === 'running') this.#state = 'seam';
  }

  /**
   * Maps the timestamp of a media packet. `jumped` tells whether the clock had to be mended, that is, whether this
   * packet does not continue the one before.
   */
  map(raw: number): { readonly timestamp: number; readonly jumped: boolean } {
    let jumped = false;
    if (this.#state === 'running') {
      const step = (raw - this.#raw) | 0;
      this.#unwrapped += step;
      if (step < -BACKWARD_LIMIT_MS || step > FORWARD_LIMIT_MS) {
        this.#offset = this.#highest + SEAM_MS - this.#unwrapped;
        jumped = true;
      }
    } else {
      this.#unwrapped = raw;
      this.#offset = this.#state === 'seam' ? this.#highest + SEAM_MS - raw : 0;
      this.#state = 'running';
    }
    this.#raw = raw;
    const timestamp = Math.max(0, this.#unwrapped + this.#offset);
    if (timestamp > this.#highest) this.#highest = timestamp;
    return jumped ? { timestamp, jumped } : this.#plain(timestamp);
  }

  /**
   * Maps the timestamp of a sequence header or data message, which many publishers leave at 0 throughout: it never
   * moves the clock, and one that is far off gets the newest timestamp instead.
   */
  place(raw: number): number {
    if (this.#state === 'new') return raw;
    if (this.#state === 'seam') return this.#highest;
    const step = (raw - this.#raw) | 0;
    if (Math.abs(step) > HEADER_LIMIT_MS) return this.#highest;
    return Math.max(0, this.#unwrapped + step + this.#offset);
  }

  /** Notes a timestamp that is in stream time already. A raw timestamp that follows continues after it. */
  pass(timestamp: number): void {
    if (timestamp > this.#highest) this.#highest = timestamp;
    this.#state = 'seam';
  }

  // The usual result is one reused object: a packet costs no allocation here.
  readonly #reused = { timestamp: 0, jumped: false };

  #plain(timestamp: number): { readonly timestamp: number; readonly jumped: boolean } {
    this.#reused.timestamp = timestamp;
    return this.#reused;
  }
}
