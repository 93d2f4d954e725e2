// Lines that clients can cause, such as warnings about their streams: so many a minute, and then how many were left out.
import type { Logger } from './log.ts';

const MINUTE_MS = 60_000;

export class LimitedLog {
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #most: number;
  #since = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #leftOut = 0;

  /**
   * @param now - monotonic milliseconds
   * @param most - lines a minute
   */
  constructor(log: Logger, now: () => number, most: number) {
    this.#log = log;
    this.#now = now;
    this.#most = most;
  }

  warn(fields: object, message: string): void {
    const now = this.#now();
    if (now - this.#since >= MINUTE_MS) this.#begin(now);
    if (this.#lines >= this.#most) {
      this.#leftOut++;
      return;
    }
    this.#lines++;
    this.#log.warn(fields, message);
  }

  #begin(now: number): void {
    if (this.#leftOut > 0) this.#log.warn(`${this.#leftOut} more lines like these were left out`);
    this.#since = now;
    this.#lines = 0;
    this.#leftOut = 0;
  }
}
