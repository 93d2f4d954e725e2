// A PID of the transport stream and its continuity counter (ISO/IEC 13818-1, 2.4.3.3).
import { COUNTER_MASK } from './packet-layout.ts';

export class TransportPid {
  readonly pid: number;
  #continuity: number;

  constructor(pid: number, continuity = 0) {
    this.pid = pid;
    this.#continuity = continuity;
  }

  /** continuity_counter of the next packet with payload. */
  get continuity(): number {
    return this.#continuity;
  }

  /** Steps the counter by that many packets with payload; returns the counter of the first of them. */
  take(packets: number): number {
    const first = this.#continuity;
    this.#continuity = (first + packets) & COUNTER_MASK;
    return first;
  }
}
