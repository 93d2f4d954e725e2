// How late the event loop is: the time that everything on this server waits beyond its own.
import { performance } from 'node:perf_hooks';
import { Histogram } from 'livego';

/** A timer that fires later than this has waited for the loop. */
const INTERVAL_MS = 50;

export class LoopDelay {
  readonly histogram = new Histogram([0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]);
  #timer: NodeJS.Timeout | undefined;
  #due = 0;
  #utilisation = performance.eventLoopUtilization();
  #maxMs = 0;

  start(): void {
    if (this.#timer) return;
    this.#due = performance.now() + INTERVAL_MS;
    this.#timer = setInterval(() => this.#measure(), INTERVAL_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The longest delay since the last call, in milliseconds. */
  takeMaxMs(): number {
    const max = this.#maxMs;
    this.#maxMs = 0;
    return max;
  }

  /** The share of its time that the loop was busy since the last call. */
  takeUtilisation(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#utilisation);
    this.#utilisation = now;
    return utilization;
  }

  #measure(): void {
    const now = performance.now();
    const lateMs = Math.max(0, now - this.#due);
    this.histogram.observe(lateMs / 1000);
    this.#maxMs = Math.max(this.#maxMs, lateMs);
    this.#due = now + INTERVAL_MS;
  }
}
