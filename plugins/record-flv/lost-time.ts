// Stream time of one recording that is in no file, because the disk has failed.

export class LostTime {
  #from: number | undefined;
  #lastGapMs = 0;
  #totalMs = 0;

  get lastGapMs(): number {
    return this.#lastGapMs;
  }

  get totalMs(): number {
    return this.#totalMs;
  }

  /** A packet of that stream time is in no file. */
  lose(timestamp: number): void {
    this.#from ??= timestamp;
  }

  /** A file begins again. Returns the milliseconds that were lost since the last one. */
  resume(timestamp: number): number {
    if (this.#from === undefined) return 0;
    this.#lastGapMs = timestamp - this.#from;
    this.#totalMs += this.#lastGapMs;
    this.#from = undefined;
    return this.#lastGapMs;
  }
}
