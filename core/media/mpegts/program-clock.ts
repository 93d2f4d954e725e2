// The program clock reference: which PID carries it, what it says, and that it comes often enough.
import { DISCONTINUITY_INDICATOR, PCR_FLAG } from './packet-layout.ts';
import { TICKS_PER_MS } from './timestamp.ts';
import type { TransportPid, TransportWriter } from './transport-writer.ts';

/** How far the clock runs behind decoding times, in ticks: 700 ms, for a decoder's buffer to fill. */
export const CLOCK_DELAY = 700 * TICKS_PER_MS;

/** The clock is sent at least this often, in ticks: 100 ms (ISO/IEC 13818-1, 2.7.2). */
const INTERVAL = 100 * TICKS_PER_MS;

/** A longer gap is not bridged by packets of their own: whoever cuts will call it a discontinuity. 10 s. */
const MAX_BRIDGE = 10_000 * TICKS_PER_MS;

/** The clock of the one program; it never runs backwards but after `restart`. */
export class ProgramClock {
  readonly #writer: TransportWriter;
  /** What the clock said last, in ticks. */
  value = Number.NEGATIVE_INFINITY;
  #stream: TransportPid | undefined;
  #sent = false;
  #discontinuity = false;

  constructor(writer: TransportWriter) {
    this.#writer = writer;
  }

  /** The PID that carries the clock of this segment. */
  get pid(): number | undefined {
    return this.#stream?.pid;
  }

  /** A new segment may give the clock to another PID. */
  beginSegment(): void {
    this.#stream = undefined;
    this.#sent = false;
  }

  /** What follows has another time, and says so in its first clock packet. */
  restart(): void {
    this.value = Number.NEGATIVE_INFINITY;
    this.#discontinuity = true;
  }

  /**
   * Moves the clock on for an access unit of `stream` that is decoded at `decoding`; returns the flags with which the
   * first packet has to carry it, 0 when it carries none. Gaps are filled with packets that hold nothing but a clock.
   *
   * @param preferred the PID that gets the clock if none has it yet in this segment
   */
  advance(stream: TransportPid, preferred: TransportPid, decoding: number): number {
    this.#stream ??= preferred;
    const time = decoding - CLOCK_DELAY;
    this.#bridge(time);
    if (this.#stream === stream) {
      if (time <= this.value && this.#sent) return 0;
      return this.#step(time);
    }
    // A decoder that starts here knows no time before the first clock.
    if (!this.#sent) this.#send(this.#step(time));
    return 0;
  }

  #bridge(time: number): void {
    if (time - this.value > MAX_BRIDGE) return;
    while (time - this.value > INTERVAL && this.#send(this.#step(this.value + INTERVAL)));
  }

  #step(time: number): number {
    const flags = PCR_FLAG | (this.#discontinuity ? DISCONTINUITY_INDICATOR : 0);
    this.value = Math.max(time, this.value + 1);
    this.#discontinuity = false;
    this.#sent = true;
    return flags;
  }

  #send(flags: number): boolean {
    return this.#stream !== undefined && this.#writer.writeClock(this.#stream, this.value, flags);
  }
}
