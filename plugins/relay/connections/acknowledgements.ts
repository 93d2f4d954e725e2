// What a target acknowledges: servers that do it at all do it again and again, after so many bytes each time.

/** An acknowledgement is overdue after so many times the bytes, and the time, that lay between two of them so far. */
const PATIENCE = 2;

export class Acknowledgements {
  /** When the last one came, and what had been sent by then. */
  #at: number | undefined;
  #sentBytes = 0;
  /** Most that has lain between two. */
  #stepBytes = 0;
  #stepMs = 0;

  /** Begins with the connection. */
  start(now: number): void {
    this.#at = now;
  }

  note(now: number, sentBytes: number): void {
    this.#stepBytes = Math.max(this.#stepBytes, sentBytes - this.#sentBytes);
    this.#stepMs = Math.max(this.#stepMs, now - (this.#at ?? now));
    this.#at = now;
    this.#sentBytes = sentBytes;
  }

  /** Since when one is overdue; undefined if none is. */
  overdueSince(now: number, sentBytes: number): number | undefined {
    if (this.#at === undefined || this.#stepBytes === 0) return undefined;
    const bytes = sentBytes - this.#sentBytes;
    const dueAt = this.#at + PATIENCE * this.#stepMs;
    return bytes > PATIENCE * this.#stepBytes && now >= dueAt ? dueAt : undefined;
  }
}
