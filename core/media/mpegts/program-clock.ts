// The program clock reference: the PID that carries it, its value, and the packets that keep it coming often enough.
import { DISCONTINUITY_INDICATOR, PCR_FLAG } from './packet-layout.ts';
import { TICKS_PER_MS } from './timestamp.ts';
import type { TransportPid } from './transport-pid.ts';
import type { TransportWriter } from './transport-writer.ts';

/** How far the clock runs behind decoding times, in ticks: 700 ms, for a decoder's buffer to fill. */
const CLOCK_DELAY = 700 * TICKS_PER_MS;

/** The clock is sent at least this often, in ticks: 100 ms (ISO/IEC 13818-1, 2.7.2). */
const INTERVAL = 100 * TICKS_PER_MS;

/** A longer gap is not bridged with clock packets: it is a discontinuity, which the caller declares. 10 s. */
const MAX_BRIDGE = 10_000 * TICKS_PER_MS;

/** The clock of the one program. It runs backwards only after `restart`. */
export class ProgramClock {
  readonly #writer: TransportWriter;
  #value = Number.NEGATIVE_INFINITY;
  #stream: TransportPid | undefined;
  #sent = false;
  #discontinuity = false;

  constructor(writer: TransportWriter) {
    this.#writer = writer;
  }

  /** The last value of the clock, in ticks. */
  get value(): number {
    return this.#value;
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

  /** The next packets have another time; the first of them with a clock says so. */
  restart(): void {
    this.#value = Number.NEGATIVE_INFINITY;
    this.#discontinuity = true;
  }

  /**
   * Moves the clock forward for an access unit of `stream` that is decoded at `decoding`; returns the flags with which
   * its first packet has to carry the clock, 0 if it carries none. Fills gaps with packets that hold nothing but a clock.
   *
   * @param preferred gets the clock if no PID has it yet in this segment
   */
  advance(stream: TransportPid, preferred: TransportPid, decoding: number): number {
    this.#stream ??= preferred;
    const time = decoding - CLOCK_DELAY;
    this.#bridge(time);
    if (this.#stream === stream) {
      if (time <= this.#value && this.#sent) return 0;
      return this.#step(time);
    }
    // A decoder that starts here knows no time before the first clock.
    if (!this.#sent) this.#send(this.#step(time));
    return 0;
  }

  #bridge(time: number): void {
    if (time - this.#value > MAX_BRIDGE) return;
    while (time - this.#value > INTERVAL && this.#send(this.#step(this.#value + INTERVAL)));
  }

  #step(time: number): number {
    const flags = PCR_FLAG | (this.#discontinuity ? DISCONTINUITY_INDICATOR : 0);
    this.#value = Math.max(time, this.#value + 1);
    this.#discontinuity = false;
    this.#sent = true;
    return flags;
  }

  #send(flags: number): boolean {
    return this.#stream !== undefined && this.#writer.writeClock(this.#stream, this.#value, flags);
  }
}
