// RTMP's 32-bit milliseconds wrap every 49.7 days; everything behind the protocol counts on without wrapping.

const WRAP = 2 ** 32;

/**
 * Unwraps the timestamps of one message stream: each is taken as the nearest to the one before it, forward or back, as
 * in serial number arithmetic (RFC 1982). So a publisher may run through 2^32, and a late audio message may step back
 * across it.
 */
export class TimestampUnwrapper {
  #last: number | undefined;

  /**
   * `raw` is an unsigned 32-bit count of milliseconds. Returns the unwrapped milliseconds: the first is `raw` itself,
   * a step back from near 0 is negative.
   */
  unwrap(raw: number): number {
    const last = this.#last;
    // Doubles are exact far beyond 2^32, and `| 0` takes their difference modulo 2^32 as a signed number.
    const unwrapped = last === undefined ? raw : last + ((raw - last) | 0);
    this.#last = unwrapped;
    return unwrapped;
  }
}

/** The 32 bits that go on the wire for an unwrapped time; fractions are cut off. */
export function wrapTimestamp(timestamp: number): number {
  const whole = Math.floor(timestamp) % WRAP;
  return whole < 0 ? whole + WRAP : whole;
}
