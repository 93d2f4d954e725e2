// Decides when publishers' connections are read. Each read is a system call and an event of its own, however few bytes it
// brings. A connection that no viewer waits for is left unread for a moment, so that one read brings several messages.
//
//              bytesRead, demand allows a pause
//   reading ───────────────────────────────────▶ resting
//      ▲                                           │
//      └──── the turn is over, wake, refresh ──────┘         close, from either ──▶ closed
//
// The room knows connections and times. It knows neither the bytes nor the viewers that wait for them.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ReadMemory } from './direct-read.ts';

/** A connection that can be left unread: what arrives meanwhile waits in the system. */
export interface ReadSource {
  pause(): void;
  resume(): void;
  /** Bytes that arrived after `pause` and will be handed on first. */
  bufferedBytes(): number;
}

/** A shorter turn saves nothing: most publishers send this often. */
export const MIN_TURN_MS = 4;

/**
 * The size of Node's reads, and of a connection's window before the system has seen how much is read at once (it makes room
 * for twice that). A publisher that sends more in a turn would have to stop and wait.
 */
const TURN_BYTES = 64 * 1024;

/** Turns of equal length are spread over this many moments, so that no moment has to read every publisher. */
const PHASES = 10;

/** A publisher's rate is measured for this long before it is used. */
const RATE_PERIOD_MS = 200;

const TIMER_EARLY_MS = 1;

/** After this many turns of the loop without a byte, the end of a connection has been seen if there is one. */
const REFRESH_TURNS = 4;

/** Upper bound of a refresh: a publisher that keeps sending is not waited for. */
const MAX_REFRESH_TURNS = 32;

/** All paced readers of a server: one timer wakes those that rest. */
export class PacedReaders {
  /** For sockets that are read directly. */
  readonly memory = new ReadMemory();
  /** Readers by the time at which they wake, in whole milliseconds. */
  readonly #resting = new Map<number, PacedReader[]>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #opened = 0;

  /** @param restMs - how long the connection may be left unread at present; 0: not at all */
  open(source: ReadSource, restMs: () => number): PacedReader {
    return new PacedReader(source, restMs, (this.#opened++ % PHASES) / PHASES, this);
  }

  /** Lets a reader rest until its next turn. */
  rest(reader: PacedReader, turnMs: number, now: number): void {
    const offset = Math.round(reader.phase * turnMs);
    // A timer may be a fraction of a millisecond early: a reader that has just been woken waits for the turn after.
    const at = (Math.floor((now + TIMER_EARLY_MS - offset) / turnMs) + 1) * turnMs + offset;
    const others = this.#resting.get(at);
    if (others) others.push(reader);
    else this.#resting.set(at, [reader]);
    if (at < this.#timerAt) this.#arm(at, now);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timerAt = Infinity;
    for (const readers of this.#resting.values()) for (const reader of readers) reader.wake();
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
    for (const [at, readers] of this.#resting) {
      if (at > now + TIMER_EARLY_MS) next = Math.min(next, at);
      else {
        this.#resting.delete(at);
        for (const reader of readers) reader.wake();
      }
    }
    if (next < Infinity) this.#arm(next, now);
  }
}

/** Decides when one publisher's connection is read. */
export class PacedReader {
  /** Its place among readers with turns of the same length, 0 to 1. */
  readonly phase: number;
  readonly #source: ReadSource;
  readonly #restMs: () => number;
  readonly #readers: PacedReaders;
  #state: 'reading' | 'resting' | 'closed' = 'reading';
  /** Bytes that arrived between the pause and the end of reading. They are handed on before those that wait in the system. */
  #leftover = 0;
  /** When the present or last rest began. */
  #restsSince = 0;
  /** Length of the last rest. */
  #pausedMs = 0;
  #refreshing: Promise<void> | undefined;
  /** Turns of the loop without a byte, during a refresh. */
  #quietTurns = 0;
  /** Bytes since `#measuredAt`, and the rate before, in bytes per millisecond; undefined until it is known. */
  #bytes = 0;
  /** Undefined while it may not rest, and until the first read after that. */
  #measuredAt: number | undefined = performance.now();
  #rate: number | undefined;

  constructor(source: ReadSource, restMs: () => number, phase: number, readers: PacedReaders) {
    this.#source = source;
    this.#restMs = restMs;
    this.phase = phase;
    this.#readers = readers;
  }

  /** Upper bound of the time that the bytes being read have waited, in milliseconds. */
  get pausedMs(): number {
    return this.#pausedMs;
  }

  /** Upper bound of the time that bytes may lie unread, in milliseconds: silence for this long proves nothing. */
  get unreadMs(): number {
    return this.#state === 'closed' ? 0 : this.#restMs();
  }

  /** The connection has been read: it may rest now. Call it after every read. */
  bytesRead(bytes: number): void {
    this.#bytes += bytes;
    this.#quietTurns = 0;
    if (this.#state !== 'reading' || this.#refreshing !== undefined) return;
    // Bytes that waited in the system follow in the same turn of the loop.
    if (this.#leftover > 0) {
      this.#leftover -= bytes;
      return;
    }
    // A read of this size probably left more behind.
    if (bytes >= TURN_BYTES) return;
    this.#pausedMs = 0;
    const wanted = this.#restMs();
    if (wanted === 0) {
      this.#measuredAt = undefined;
      return;
    }
    const now = performance.now();
    const turn = this.#boundedTurn(wanted, now);
    if (turn === 0) return;
    this.#state = 'resting';
    this.#restsSince = now;
    this.#source.pause();
    this.#readers.rest(this, turn, now);
  }

  /** Ends a rest. */
  wake(): void {
    if (this.#state !== 'resting') return;
    this.#state = 'reading';
    this.#pausedMs = performance.now() - this.#restsSince;
    this.#leftover = this.#source.bufferedBytes();
    this.#source.resume();
  }

  /** Reads everything that has arrived during a rest, also the connection's end. Concurrent callers share one refresh. */
  refresh(): Promise<void> {
    if (this.#state === 'resting') this.#refreshing ??= this.#readOn();
    return this.#refreshing ?? Promise.resolve();
  }

  /** From now on Node reads the connection by itself. */
  close(): void {
    this.wake();
    this.#state = 'closed';
    this.#pausedMs = 0;
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

  #boundedTurn(turn: number, now: number): number {
    if (this.#measuredAt === undefined) {
      this.#measuredAt = now;
      this.#bytes = 0;
      this.#rate = undefined;
    }
    const elapsed = now - this.#measuredAt;
    if (elapsed >= RATE_PERIOD_MS) {
      this.#rate = this.#bytes / elapsed;
      this.#bytes = 0;
      this.#measuredAt = now;
    }
    if (this.#rate === undefined) return 0;
    // A whole fraction, so that shorter turns end where longer ones do.
    const bounded = Math.floor(turn / Math.max(1, Math.ceil((turn * this.#rate) / TURN_BYTES)));
    return bounded < MIN_TURN_MS ? 0 : bounded;
  }
}
