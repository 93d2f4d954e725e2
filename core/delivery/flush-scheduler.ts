// When fan-outs flush: one list and one timer for all streams, with a window that grows with the load.

import { Histogram } from '../collections/histogram.ts';

/** Something that collects packets and writes them out when told to. */
export interface Flushable {
  flush(): void;
}

/**
 * "auto" does not wait with up to this many viewers. A write for each viewer and packet then costs a few per cent of a core
 * (docs/fan-out.md); a delay that saves half of it is more noticeable than the saving.
 */
export const UNMERGED_VIEWERS = 50;

/** "auto" waits longest from this many viewers on; in between the window grows in proportion. */
export const FULL_WINDOW_VIEWERS = 500;

/** "auto" never waits longer: beyond it the saving is small and the delay noticeable. */
const MAX_AUTO_WINDOW_MS = 350;

/** Packets of one stream are 10 to 20 ms apart: a shorter window would cost a timer and save hardly a write. */
const MIN_AUTO_WINDOW_MS = 10;

/** Windows that fall due this close together are flushed in one turn. */
const SLACK_MS = 1;

/** The merge window that "auto" chooses for a server with this many viewers, in milliseconds; 0 means each turn of the loop. */
export function autoWindowMs(viewers: number): number {
  const share = (viewers - UNMERGED_VIEWERS) / (FULL_WINDOW_VIEWERS - UNMERGED_VIEWERS);
  const window = Math.round(MAX_AUTO_WINDOW_MS * Math.min(1, share));
  return window < MIN_AUTO_WINDOW_MS ? 0 : window;
}

interface Due {
  readonly target: Flushable;
  readonly at: number;
}

export class FlushScheduler {
  /** Seconds that the first packet of each run has waited. */
  readonly delays = new Histogram([0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]);
  #viewers = 0;
  #turn: Flushable[] = [];
  #due: Due[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;

  /** Viewers of all streams, kept up to date by the fan-outs. */
  get viewers(): number {
    return this.#viewers;
  }

  countViewers(change: number): void {
    this.#viewers += change;
  }

  /** How long packets wait to be sent together, in milliseconds. */
  windowMs(mergeWriteMs: 'auto' | number): number {
    return mergeWriteMs === 'auto' ? autoWindowMs(this.#viewers) : mergeWriteMs;
  }

  /** Flushes `target` when its window is over. Call it for the first packet of a run only. */
  schedule(target: Flushable, window: number): void {
    if (window <= SLACK_MS) this.#scheduleTurn(target);
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
    // Flushed at the end of the turn, so that packets read in it still take part.
    for (const each of due) if (each.at <= limit) this.#scheduleTurn(each.target);
    const next = this.#due.reduce((least, each) => Math.min(least, each.at), Infinity);
    if (next < Infinity && (this.#timer === undefined || next < this.#timerAt)) this.#arm(next);
  }
}
