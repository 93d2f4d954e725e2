// When fan-outs flush: one list and one timer for all streams, with a window that grows with the load.

/** Something that collects packets and writes them out when told to. */
export interface Flushable {
  flush(): void;
}

/**
 * Writes to viewers per second that "auto" aims at. One system call per viewer and flush is nearly the whole bill of
 * fan-out, so the window is what keeps their rate constant: 10 viewers wait 7 ms, 250 wait 179 ms, 490 and more wait 350 ms.
 */
export const WRITE_BUDGET_PER_SECOND = 1400;

/** "auto" never waits longer: beyond it the saving is small and the delay felt. */
export const MAX_AUTO_WINDOW_MS = 350;

/**
 * With this many viewers small writes are left to the kernel to merge: at `mergeWriteMs: 0` that halves the cost of a
 * write (bench/README.md), for a delay of at most one round trip.
 */
const NAGLE_FROM_VIEWERS = 100;

/** Timers have a resolution of one millisecond; a window below this is not worth one. */
const MIN_WINDOW_MS = 3;

/** Windows that fall due this close together are flushed in one turn. */
const SLACK_MS = 1;

/** The merge window that "auto" chooses for a server with this many viewers, in milliseconds; 0 means each turn of the loop. */
export function autoWindowMs(viewers: number): number {
  const window = (viewers * 1000) / WRITE_BUDGET_PER_SECOND;
  if (window < MIN_WINDOW_MS) return 0;
  return Math.min(MAX_AUTO_WINDOW_MS, Math.round(window));
}

interface Due {
  readonly target: Flushable;
  readonly at: number;
}

export class FlushScheduler {
  #viewers = 0;
  #turn: Flushable[] = [];
  #due: Due[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;

  /** Viewers of all streams, kept up to date by the fan-outs. */
  get viewers(): number {
    return this.#viewers;
  }

  /** Whether a viewer who joins now is better served with TCP_NODELAY. */
  get prefersNoDelay(): boolean {
    return this.#viewers < NAGLE_FROM_VIEWERS;
  }

  countViewers(change: 1 | -1): void {
    this.#viewers += change;
  }

  /** Has `target` flushed once its window is over. Call it for the first packet of a run only. */
  schedule(target: Flushable, mergeWriteMs: 'auto' | number): void {
    const window = mergeWriteMs === 'auto' ? autoWindowMs(this.#viewers) : mergeWriteMs;
    if (window === 0) this.#scheduleTurn(target);
    else this.#scheduleAt(target, performance.now() + window);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due = [];
    this.#turn = [];
  }

  #scheduleTurn(target: Flushable): void {
    if (this.#turn.push(target) === 1) {
      setImmediate(() => {
        const targets = this.#turn;
        this.#turn = [];
        for (const each of targets) each.flush();
      });
    }
  }

  #scheduleAt(target: Flushable, at: number): void {
    this.#due.push({ target, at });
    if (this.#timer === undefined || at < this.#timerAt) this.#arm(at);
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#flushDue(), Math.max(1, at - performance.now()));
  }

  #flushDue(): void {
    this.#timer = undefined;
    const limit = performance.now() + SLACK_MS;
    const due = this.#due;
    this.#due = due.filter((each) => each.at > limit);
    for (const each of due) if (each.at <= limit) each.target.flush();
    const next = this.#due.reduce((least, each) => Math.min(least, each.at), Infinity);
    if (next < Infinity && (this.#timer === undefined || next < this.#timerAt)) this.#arm(next);
  }
}
