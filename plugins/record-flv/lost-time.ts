// Stream time of one recording that is in no file, because the disk has failed.

export class LostTime {
  #from: number | undefined;
  #untoldMs = 0;
  #totalMs = 0;

  get totalMs(): number {
    return this.#totalMs;
  }

  /** A packet of that stream time is in no file. */
  lose(timestamp: number): void {
    this.#from ??= timestamp;
  }

  /** What was lost since the last call, over all tries that have failed. */
  tell(): number {
    const untoldMs = this.#untoldMs;
    this.#untoldMs = 0;
    return untoldMs;
  }

  /** A file begins again. Returns the milliseconds that were lost since the last one. */
  resume(timestamp: number): number {
    if (this.#from === undefined) return 0;
    const lostMs = timestamp - this.#from;
    this.#totalMs += lostMs;
    this.#untoldMs += lostMs;
    this.#from = undefined;
    return lostMs;
  }
}
