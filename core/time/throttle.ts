// Lets something happen at most once in an interval, such as a log line that clients can cause.

export class Throttle {
  readonly #intervalMs: number;
  #at = -Infinity;
  #refused = 0;
  #others = 0;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** How often it was not admitted, before it was the last time. For a log line. */
  get others(): { readonly others?: number } {
    return this.#others > 0 ? { others: this.#others } : {};
  }

  /**
   * Whether it may happen now; the next interval then begins.
   * @param now - monotonic milliseconds
   */
  admits(now: number = performance.now()): boolean {
    if (now - this.#at < this.#intervalMs) {
      this.#refused++;
      return false;
    }
    this.#at = now;
    this.#others = this.#refused;
    this.#refused = 0;
    return true;
  }
}
