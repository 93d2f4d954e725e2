// A coarse clock for work that is due about once a second: timeouts, rates.

import { callPlugin } from '../call-plugin.ts';

/** Called about once a second with the monotonic time in milliseconds. */
export type Tick = (now: number) => void;

const TICK_MS = 1000;

/** Thousands of sessions share this one timer. It does not keep the process alive. */
export class Ticker {
  readonly #ticks = new Set<Tick>();
  readonly #onFault: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param onFault - receives the error of a tick that throws or rejects; the other ticks are called nevertheless */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Monotonic milliseconds; the wall clock may jump. */
  now(): number {
    return performance.now();
  }

  /** Adds a tick. Returns a function that removes it. */
  add(tick: Tick): () => void {
    const own: Tick = (now) => tick(now);
    this.#ticks.add(own);
    this.#timer ??= setInterval(() => this.#run(), TICK_MS).unref();
    return () => {
      this.#ticks.delete(own);
      if (this.#ticks.size === 0) this.stop();
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #run(): void {
    const now = this.now();
    for (const tick of this.#ticks) callPlugin(() => tick(now), this.#onFault);
  }
}
