// How far the packets of a source are behind the moment when they came soonest.

const WRAP = 2 ** 32;

export class SourceDelay {
  #soonest: number | undefined;
  #milliseconds = 0;

  get milliseconds(): number {
    return this.#milliseconds;
  }

  restart(): void {
    this.#soonest = undefined;
    this.#milliseconds = 0;
  }

  /** @param timestamp - raw, uint32 ms. A jump of the source's clock makes a new beginning. */
  note(now: number, timestamp: number): void {
    const lag = now - timestamp;
    const behind = lag - (this.#soonest ?? lag);
    if (this.#soonest === undefined || behind < 0 || behind > WRAP / 2) this.#soonest = lag;
    this.#milliseconds = Math.round(lag - this.#soonest);
  }
}
