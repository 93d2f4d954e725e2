// A coarse clock for work that is due about once a second: timeouts, rates.
//
// Its time stands still while the process does not run (running-time.ts): a stop of the process costs no client its session.
import { callPlugin } from '../call-plugin.ts';
import { RunningTime } from './running-time.ts';

/** Called about once a second with the time of the ticker in milliseconds. */
export type Tick = (now: number) => void;

const BEAT_MS = 250;
const TICK_MS = 1000;
/** Timers may be a fraction of a millisecond early. */
const EARLY_MS = 2;

/** Thousands of sessions share this one timer. It does not keep the process alive. */
export class Ticker {
  readonly #ticks = new Set<Tick>();
  readonly #onFault: (error: unknown) => void;
  #time: RunningTime | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tickAt = 0;

  /** @param onFault - receives the error of a tick that throws or rejects; the other ticks are called nevertheless */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Milliseconds in which the process has run. Jumps of the wall clock and stops of the process change nothing. */
  now(): number {
    return this.#start().now();
  }

  /** Adds a tick. Returns a function that removes it. */
  add(tick: Tick): () => void {
    const own: Tick = (now) => tick(now);
    this.#ticks.add(own);
    this.#start();
    return () => void this.#ticks.delete(own);
  }

  /** Its time stands still from here on, and nothing is called any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#ticks.clear();
  }

  #start(): RunningTime {
    if (this.#time) return this.#time;
    const time = new RunningTime(BEAT_MS);
    this.#time = time;
    this.#tickAt = time.now() + TICK_MS;
    this.#timer = setInterval(() => this.#beat(time), BEAT_MS).unref();
    return time;
  }

  #beat(time: RunningTime): void {
    time.beat();
    const now = time.now();
    if (now < this.#tickAt - EARLY_MS) return;
    this.#tickAt = now + TICK_MS;
    for (const tick of this.#ticks) callPlugin(() => tick(now), this.#onFault);
  }
}
