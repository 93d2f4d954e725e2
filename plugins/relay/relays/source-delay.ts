// How far the packets of a source are behind the moment when they came soonest.

/** Tracks are this far apart at most. A packet that is further back is of another clock: it was set back, or has wrapped. */
const MAX_BACK_MS = 3000;

export class SourceDelay {
  #soonest: number | undefined;
  #newest = 0;
  #milliseconds = 0;

  get milliseconds(): number {
    return this.#milliseconds;
  }

  restart(): void {
    this.#soonest = undefined;
    this.#newest = 0;
    this.#milliseconds = 0;
  }

  /** @param timestamp - raw, uint32 ms. A jump of the source's clock makes a new beginning. */
  note(now: number, timestamp: number): void {
    const lag = now - timestamp;
    const isOther = timestamp < this.#newest - MAX_BACK_MS;
    this.#newest = isOther ? timestamp : Math.max(this.#newest, timestamp);
    if (this.#soonest === undefined || isOther || lag < this.#soonest) this.#soonest = lag;
    this.#milliseconds = Math.round(lag - this.#soonest);
  }
}
