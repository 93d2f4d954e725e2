// One coarse clock for everything that only needs to be looked at now and then: idle timeouts, stalls, rates.

/** Called about once a second with the monotonic time in milliseconds. */
export type Tick = (now: number) => void;

const TICK_MS = 1000;

/** Thousands of sessions share this one timer instead of holding one each. It does not keep the process alive. */
export class Ticker {
  readonly #ticks = new Set<Tick>();
  readonly #onFault: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param onFault - is told what a tick threw; the others are called all the same */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Monotonic milliseconds; the wall clock may jump. */
  now(): number {
    return performance.now();
  }

  /** Adds a tick and returns what removes it. */
  add(tick: Tick): () => void {
    this.#ticks.add(tick);
    this.#timer ??= setInterval(() => this.#run(), TICK_MS).unref();
    return () => {
      this.#ticks.delete(tick);
      if (this.#ticks.size === 0) this.stop();
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #run(): void {
    const now = this.now();
    for (const tick of this.#ticks) {
      try {
        tick(now);
      } catch (error) {
        this.#onFault(error);
      }
    }
  }
}
