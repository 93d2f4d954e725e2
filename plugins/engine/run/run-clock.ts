// The times of one run of a program: they begin near 0, whatever the age of the stream.
//
// FLV has 32 bits of milliseconds, of which ffmpeg writes 31. A stream that is older than 25 days would come back as one of
// yesterday, and ffmpeg bears one wrap of what it reads, but no second one.

/** A run begins here: audio may lie before the first picture, and no time may be negative. */
const LEAD_MS = 10_000;
/** 40 days: FLV wraps after 49.7. */
const MAX_RUN_MS = 40 * 24 * 3600 * 1000;
const WRITTEN_WRAP = 2 ** 31;

export class RunClock {
  readonly #stepMs: number;
  #baseMs: number | undefined;
  #lastMs = 0;

  /** @param stepMs - the run begins at a multiple of this, so that programs that count in such steps agree */
  constructor(stepMs: number) {
    this.#stepMs = stepMs;
  }

  /** Whether the run has lasted so long that another one should continue. */
  get isSpent(): boolean {
    return this.#lastMs > MAX_RUN_MS;
  }

  /** The time to feed for a time of the stream. */
  feed(streamMs: number): number {
    const steps = Math.floor((streamMs - LEAD_MS) / this.#stepMs);
    this.#baseMs ??= Math.max(0, Math.round(steps * this.#stepMs));
    const fedMs = Math.max(0, streamMs - this.#baseMs);
    this.#lastMs = Math.max(this.#lastMs, fedMs);
    return fedMs;
  }

  /** The time of the stream for one that the program has written: that with its low bits which is nearest to the last one fed. */
  streamTime(writtenMs: number): number {
    const low = writtenMs % WRITTEN_WRAP;
    const rounds = Math.round((this.#lastMs - low) / WRITTEN_WRAP);
    return (this.#baseMs ?? 0) + low + Math.max(0, rounds) * WRITTEN_WRAP;
  }
}
