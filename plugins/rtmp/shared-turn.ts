// What all RTMP connections of a server may do in one turn of the event loop: hundreds whose bytes arrive together are read
// in several turns, so that writes and timers come between.
//
// Connections that have been quick come first, in the order in which they were read, and then those with long reads.

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
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#readSome());
  }

  #readSome(): void {
    this.#scheduled = false;
    this.#began = performance.now();
    const quick = this.#quick;
    const waiting = [...quick, ...this.#slow];
    [this.#quick, this.#slow] = [[], []];
    let done = 0;
    do {
      waiting[done++]!();
      this.end();
    } while (done < waiting.length && this.hasTime());
    const left = waiting.slice(done);
    const leftQuick = Math.max(0, quick.length - done);
    // Behind those that have waited longer.
    const [moreQuick, moreSlow] = [this.#quick, this.#slow];
    this.#quick = [...left.slice(0, leftQuick), ...moreQuick];
    this.#slow = [...left.slice(leftQuick), ...moreSlow];
    if (this.#quick.length + this.#slow.length === 0 || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#readSome());
  }
}
