// Stream time of one recording that is in no file, because the disk has failed.

export class LostTime {
  /** Stream time up to which it has been counted. */
  #to: number | undefined;
  #untoldMs = 0;
  #totalMs = 0;

  get totalMs(): number {
    return this.#totalMs;
  }

  /** A packet of that stream time is in no file. Returns the milliseconds that are lost since the packet before it. */
  lose(timestamp: number): number {
    const to = Math.max(timestamp, this.#to ?? timestamp);
    const lostMs = to - (this.#to ?? to);
    this.#to = to;
    this.#totalMs += lostMs;
    this.#untoldMs += lostMs;
    return lostMs;
  }

  /** What was lost since the last call, over all tries that have failed. */
  tell(): number {
    const untoldMs = this.#untoldMs;
    this.#untoldMs = 0;
    return untoldMs;
  }

  /** A file begins again. Returns as `lose`. */
  resume(timestamp: number): number {
    if (this.#to === undefined) return 0;
    const lostMs = this.lose(timestamp);
    this.#to = undefined;
    return lostMs;
  }
}
