// Times of one file: from 33 bits that wrap to milliseconds since its beginning.
import { ticksBetween, TICKS_PER_MS } from '../timestamp.ts';

export class FileClock {
  /** Ticks of which the file's beginning is 0. */
  readonly #base: number;
  #last: number;
  #lastTicks: number;

  /**
   * @param base - the time, of 33 bits, at which the file begins
   * @param atMs - where in the file the first time will be, roughly
   */
  constructor(base: number, atMs = 0) {
    this.#base = base;
    this.#lastTicks = Math.round(atMs * TICKS_PER_MS);
    this.#last = base + this.#lastTicks;
  }

  get base(): number {
    return this.#base;
  }

  /** Milliseconds of a time that is less than 13 hours from the one before; never below 0. */
  at(ticks: number): number {
    this.#lastTicks += ticksBetween(this.#last, ticks);
    this.#last = ticks;
    return Math.max(0, Math.round(this.#lastTicks / TICKS_PER_MS));
  }
}
