// When publishers' connections are read. Each read is a system call and an event of its own, however few bytes it brings:
// where nobody waits for them, connections are left alone for a moment, so that one read brings several messages.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A connection that can be left alone: what comes meanwhile waits in the system. */
export interface ReadSource {
  pause(): void;
  resume(): void;
  /** Bytes that came after `pause` and will be handed on first. */
  bufferedBytes(): number;
}

/** A shorter turn saves nothing: so often most publishers send. */
export const MIN_TURN_MS = 4;

/**
 * As much as Node reads in one go, and as a connection's window holds before the system has seen how much is taken out at
 * once (it makes room for twice that): a publisher that sends more in a turn would have to stop and wait for us.
 */
const TURN_BYTES = 64 * 1024;

/** The turns of equal length are dealt out over so many moments, so that no moment has to read everybody. */
const PHASES = 10;

/** How long a publisher's rate is measured before it is believed. */
const RATE_PERIOD_MS = 200;

const TIMER_EARLY_MS = 1;

/** Turns of the loop without a byte in which the end of a connection that was left alone is seen, if it has ended. */
const REFRESH_TURNS = 4;

/** A publisher that goes on and on is not waited for. */
const MAX_REFRESH_TURNS = 32;

/** Wakes those who rest: one timer for all. */
export class PacedReaders {
  /** By the time at which they wake, in whole milliseconds. */
  readonly #resting = new Map<number, PacedReader[]>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #opened = 0;

  /** @param turnMs - how long the connection may be left alone as things are; 0: not at all */
  open(source: ReadSource, turnMs: () => number): PacedReader {
    return new PacedReader(source, turnMs, (this.#opened++ % PHASES) / PHASES, this);
  }

  /** Puts a reading to rest until the next of its turns. */
  rest(reading: PacedReader, turnMs: number, now: number): void {
    const offset = Math.round(reading.phase * turnMs);
    // A timer may be a fraction of a millisecond early: who has just been woken waits for the turn after.
    const at = (Math.floor((now + TIMER_EARLY_MS - offset) / turnMs) + 1) * turnMs + offset;
    const others = this.#resting.get(at);
    if (others) others.push(reading);
    else this.#resting.set(at, [reading]);
    if (at < this.#timerAt) this.#arm(at, now);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timerAt = Infinity;
    for (const readings of this.#resting.values()) for (const reading of readings) reading.wake();
    this.#resting.clear();
  }

  #arm(at: number, now: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#wakeDue(), Math.max(1, at - now));
  }

  #wakeDue(): void {
    this.#timerAt = Infinity;
    const now = performance.now();
    let next = Infinity;
    for (const [at, readings] of this.#resting) {
      if (at > now + TIMER_EARLY_MS) next = Math.min(next, at);
      else {
        this.#resting.delete(at);
        for (const reading of readings) reading.wake();
      }
    }
    if (next < Infinity) this.#arm(next, now);
  }
}

/** How one publisher's connection is read. */
export class PacedReader {
  /** Its place among those with turns of the same length, 0 to 1. */
  readonly phase: number;
  readonly #source: ReadSource;
  readonly #turnMs: () => number;
  readonly #turns: PacedReaders;
  #state: 'reading' | 'resting' | 'closed' = 'reading';
  /** Bytes that came between the pause and the end of reading; they are handed on before what waited in the system. */
  #leftover = 0;
  /** Since when it has been at rest, or was the last time. */
  #restsSince = 0;
  /** How long the last rest was. */
  #rested = 0;
  #refreshing: Promise<void> | undefined;
  /** Turns of the loop in which nothing came, while it is refreshed. */
  #quietTurns = 0;
  /** Bytes since `#measuredAt`, and the rate before, in bytes per millisecond; undefined until it is known. */
  #bytes = 0;
  #measuredAt = performance.now();
  #rate: number | undefined;

  constructor(source: ReadSource, turnMs: () => number, phase: number, turns: PacedReaders) {
    this.#source = source;
    this.#turnMs = turnMs;
    this.phase = phase;
    this.#turns = turns;
  }

  /** The connection has been read: it may rest now. */
  took(bytes: number): void {
    this.#bytes += bytes;
    this.#quietTurns = 0;
    if (this.#state !== 'reading' || this.#refreshing !== undefined) return;
    // What waited in the system follows in the same turn of the loop.
    if (this.#leftover > 0) {
      this.#leftover -= bytes;
      return;
    }
    // So much at once: there is probably more.
    if (bytes >= TURN_BYTES) return;
    const now = performance.now();
    const turn = this.#boundedTurn(now);
    this.#rested = 0;
    if (turn === 0) return;
    this.#state = 'resting';
    this.#restsSince = now;
    this.#source.pause();
    this.#turns.rest(this, turn, now);
  }

  /** Reads on, if it rests. */
  wake(): void {
    if (this.#state !== 'resting') return;
    this.#state = 'reading';
    this.#rested = performance.now() - this.#restsSince;
    this.#leftover = this.#source.bufferedBytes();
    this.#source.resume();
  }

  /** How long what is being read may have waited for that, in milliseconds. */
  get pausedMs(): number {
    return this.#rested;
  }

  /** If it rests: reads what has come meanwhile, and sees the end if it has come. Who asks meanwhile waits as well. */
  refresh(): Promise<void> {
    if (this.#state === 'resting') this.#refreshing ??= this.#readOn();
    return this.#refreshing ?? Promise.resolve();
  }

  /** It is read without turns from now on. */
  close(): void {
    this.wake();
    this.#state = 'closed';
    this.#rested = 0;
  }

  async #readOn(): Promise<void> {
    this.wake();
    this.#quietTurns = 0;
    for (let turn = 0; turn < MAX_REFRESH_TURNS && this.#quietTurns < REFRESH_TURNS; turn++) {
      await nextTurn();
      this.#quietTurns++;
    }
    this.#refreshing = undefined;
  }

  #boundedTurn(now: number): number {
    const elapsed = now - this.#measuredAt;
    if (elapsed >= RATE_PERIOD_MS) {
      this.#rate = this.#bytes / elapsed;
      this.#bytes = 0;
      this.#measuredAt = now;
    }
    if (this.#rate === undefined) return 0;
    const turn = this.#turnMs();
    // A whole fraction, so that shorter turns end where longer ones do.
    const bounded = Math.floor(turn / Math.max(1, Math.ceil((turn * this.#rate) / TURN_BYTES)));
    return bounded < MIN_TURN_MS ? 0 : bounded;
  }
}
