// Lets something happen at most once in an interval, such as a log line that clients can cause.

export class Throttle {
  readonly #intervalMs: number;
  #at = -Infinity;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /**
   * Whether it may happen now; the next interval then begins.
   * @param now - monotonic milliseconds
   */
  admits(now: number = performance.now()): boolean {
    if (now - this.#at < this.#intervalMs) return false;
    this.#at = now;
    return true;
  }
}
