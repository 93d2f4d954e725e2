// Audio timestamps by counting samples. FLV has milliseconds only, and 1024 samples are no whole number of them: with
// the source's times every frame would be up to a millisecond early or late, which players make audible.
import { TICKS_PER_MS } from '../timestamp.ts';

const TICKS_PER_SECOND = 1000 * TICKS_PER_MS;

/** Rounding alone moves a source's time by at most a millisecond; within it the count is right. */
const DEAD_ZONE = TICKS_PER_MS + 1;

/** A larger difference is no jitter: samples were lost, or the clock was set. In ticks; 60 ms. */
const TOLERANCE = 60 * TICKS_PER_MS;

/**
 * Share of a difference beyond the dead zone that one frame takes back. It is large enough to keep a sound card whose
 * clock is 0.1 % off within 2 ms of its source, and small enough to keep jitter inaudible.
 */
const CORRECTION = 1 / 64;

/** The 90 kHz times of successive audio frames, without jitter and without drift from their source. */
export class SampleTimeline {
  #anchor = 0;
  #samples = 0;
  #frequency = 0;
  /** The time that the publisher gave the last frame. */
  #source = 0;
  #restarted = true;

  /** Whether the last frame did not begin where the one before it ended. */
  get restarted(): boolean {
    return this.#restarted;
  }

  /** Where the next frame should begin, in whole ticks; undefined if there was none before it. */
  get next(): number | undefined {
    return this.#frequency === 0 ? undefined : Math.round(this.#expected(this.#frequency));
  }

  /** Forgets everything: the next frame begins at its source's time. */
  reset(): void {
    this.#frequency = 0;
  }

  /**
   * The time of the next frame, in whole ticks.
   *
   * @param source the time that the publisher gave the frame, in ticks
   * @param samples length of the frame
   * @param frequency samples per second, above 0
   */
  advance(source: number, samples: number, frequency: number): number {
    const expected = this.#expected(frequency);
    const difference = this.#isBurst(source, samples, frequency) ? 0 : source - expected;
    this.#source = source;
    this.#restarted = frequency !== this.#frequency || Math.abs(difference) > TOLERANCE;
    if (this.#restarted) {
      this.#frequency = frequency;
      this.#anchor = source;
      this.#samples = samples;
      return source;
    }
    const excess = Math.abs(difference) - DEAD_ZONE;
    const correction = excess > 0 ? Math.sign(difference) * excess * CORRECTION : 0;
    this.#anchor += correction;
    this.#samples += samples;
    // Whole seconds move to the anchor; otherwise the product above would lose its precision after some weeks.
    const seconds = Math.floor(this.#samples / frequency);
    this.#anchor += seconds * TICKS_PER_SECOND;
    this.#samples -= seconds * frequency;
    return Math.round(expected + correction);
  }

  #expected(frequency: number): number {
    return this.#anchor + (this.#samples * TICKS_PER_SECOND) / frequency;
  }

  // Some encoders send several frames at once, with the time of the first of them: the others say nothing about the clock.
  #isBurst(source: number, samples: number, frequency: number): boolean {
    const step = source - this.#source;
    return frequency === this.#frequency && step >= 0 && step < (samples * TICKS_PER_SECOND) / frequency / 4;
  }
}
