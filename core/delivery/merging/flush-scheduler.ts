// When runs are flushed, to viewers and to copies in other workers: one list and one timer for all streams, with a window
// that grows with the load.
//
// This room decides how long packets wait for company. It knows when packets came and when the next is due, and neither what
// they are nor who gets them: core/delivery does.

import { Histogram } from '../../collections/histogram.ts';

/** Something that collects packets and writes them out when told to. */
export interface Flushable {
  /** Another process waits for what it writes: it is flushed before others whose windows are over in the same turn. */
  readonly goesFirst?: boolean;
  flush(): void;
}

/** "auto" keeps writes at one in this many milliseconds: the window is so long for each viewer. */
export const WINDOW_MS_PER_VIEWER = 0.35;

/** Packets of one stream are 10 to 20 ms apart: in a shorter window there is seldom a second one, so "auto" does not wait. */
const MIN_AUTO_WINDOW_MS = 12;

/** "auto" never waits longer: beyond it the saving is small and the delay noticeable. */
export const MAX_AUTO_WINDOW_MS = 350;

/**
 * In a shorter window there is room for two or three packets. Publishers are then read as their packets arrive, and a
 * packet waits only if another one is due within the window.
 */
export const SHORT_WINDOW_MS = 25;

/** Windows that fall due this close together are flushed in one turn. */
const SLACK_MS = 1;

/** The merge window that "auto" chooses for a server with this many viewers, in milliseconds; 0 means each turn of the loop. */
export function autoWindowMs(viewers: number): number {
  const window = Math.min(MAX_AUTO_WINDOW_MS, Math.round(viewers * WINDOW_MS_PER_VIEWER));
  return window < MIN_AUTO_WINDOW_MS ? 0 : window;
}

export class FlushScheduler {
  /** Seconds that the first packet of each run has waited. */
  readonly delays = new Histogram([0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]);
  #viewers = 0;
  #viewersElsewhere = 0;
  #first: Flushable[] = [];
  #turn: Flushable[] = [];
  /** Targets, and when their windows are over, in monotonic milliseconds. */
  readonly #due = new Map<Flushable, number>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;

  /** Viewers of all streams in this process, kept up to date by the fan-outs. */
  get viewers(): number {
    return this.#viewers;
  }

  countViewers(change: number): void {
    this.#viewers += change;
  }

  /** Viewers that the server has in other processes: its window is the same in all of them. */
  countElsewhere(viewers: number): void {
    this.#viewersElsewhere = viewers;
  }

  /** How long packets wait to be sent together, in milliseconds. */
  windowMs(mergeWriteMs: 'auto' | number): number {
    return mergeWriteMs === 'auto' ? autoWindowMs(this.#viewers + this.#viewersElsewhere) : mergeWriteMs;
  }

  /**
   * Flushes `target` when the window is over, or at the end of this turn of the loop if there is none. One that is due
   * earlier stays so.
   */
  schedule(target: Flushable, window: number): void {
    if (window <= SLACK_MS) this.#scheduleTurn(target);
    else this.#scheduleAt(target, performance.now() + window);
  }

  /** The target has been flushed before its window was over. The timer is left alone: another one would cost more. */
  cancel(target: Flushable): void {
    this.#due.delete(target);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due.clear();
    this.#first = [];
    this.#turn = [];
  }

  #scheduleTurn(target: Flushable): void {
    (target.goesFirst ? this.#first : this.#turn).push(target);
    if (this.#first.length + this.#turn.length === 1) setImmediate(() => this.#flushTurn());
  }

  #flushTurn(): void {
    const first = this.#first;
    const others = this.#turn;
    this.#first = [];
    this.#turn = [];
    flushAll(first);
    // A link writes in a tick what it was given: the others follow in the tick behind that.
    if (first.length > 0 && others.length > 0) process.nextTick(flushAll, others);
    else flushAll(others);
  }

  #scheduleAt(target: Flushable, at: number): void {
    const due = this.#due.get(target);
    // The window has grown since its first packet.
    if (due !== undefined && due <= at) return;
    this.#due.set(target, at);
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
    let next = Infinity;
    for (const [target, at] of this.#due) {
      if (at > limit) next = Math.min(next, at);
      else {
        this.#due.delete(target);
        // Flushed at the end of the turn, so that packets read in it still take part.
        this.#scheduleTurn(target);
      }
    }
    if (next < Infinity) this.#arm(next);
  }
}

function flushAll(targets: readonly Flushable[]): void {
  for (const target of targets) target.flush();
}
