// What all RTMP connections of a server may do in one turn of the event loop: hundreds whose bytes arrive together are read
// in several turns, so that writes and timers come between.
//
// Of those that wait, the ones that have been quick and the ones with long reads get half of the time each, in the order in
// which they came: however many there are of one kind, the other is read on.

/** Reads of this much work may follow each other. A thousand reads of ordinary media take less. */
const LONG_TURN_MS = 20;
/** The loop has done something else when nothing was read for so long. */
const GAP_MS = 1;

type Reading = () => void;

export class SharedTurn {
  #quick: Reading[] = [];
  #slow: Reading[] = [];
  #began = -Infinity;
  #ended = -Infinity;
  #scheduled = false;
  /** By how many milliseconds slow reads are ahead of quick ones, since both have been waiting. */
  #slowLead = 0;

  /** Whether there is time for another read in this turn. To be asked before each; `end` is to be called behind it. */
  hasTime(): boolean {
    const now = performance.now();
    if (now - this.#ended > GAP_MS) this.#began = now;
    return now - this.#began < LONG_TURN_MS;
  }

  /** A read is done. */
  end(): void {
    this.#ended = performance.now();
  }

  /** Reads in a later turn. */
  readLater(pace: 'quick' | 'slow', read: Reading): void {
    (pace === 'quick' ? this.#quick : this.#slow).push(read);
    this.#schedule();
  }

  #readSome(): void {
    this.#scheduled = false;
    this.#began = performance.now();
    const [quick, slow] = [this.#quick, this.#slow];
    [this.#quick, this.#slow] = [[], []];
    const both = quick.length > 0 && slow.length > 0;
    if (!both) this.#slowLead = 0;
    let [quickDone, slowDone] = [0, 0];
    do {
      const isSlow = slowDone < slow.length && (quickDone === quick.length || this.#slowLead <= 0);
      const began = performance.now();
      if (isSlow) slow[slowDone++]!();
      else quick[quickDone++]!();
      this.end();
      if (both) this.#noteLead(isSlow ? this.#ended - began : began - this.#ended);
    } while (quickDone + slowDone < quick.length + slow.length && this.hasTime());
    // Behind those that have waited longer.
    this.#quick = [...quick.slice(quickDone), ...this.#quick];
    this.#slow = [...slow.slice(slowDone), ...this.#slow];
    if (this.#quick.length + this.#slow.length > 0) this.#schedule();
  }

  /** A kind is ahead by one turn at most: the other then waits for no more than the next. */
  #noteLead(changeMs: number): void {
    this.#slowLead = Math.max(-LONG_TURN_MS, Math.min(LONG_TURN_MS, this.#slowLead + changeMs));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#readSome());
  }
}
