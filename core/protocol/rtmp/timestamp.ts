// RTMP's 32-bit milliseconds wrap every 49.7 days; a stream's own time does not.

const WRAP = 2 ** 32;

/** The 32 bits of an unwrapped time on the wire; fractions are cut off. */
export function wrapTimestamp(timestamp: number): number {
  const whole = Math.floor(timestamp) % WRAP;
  return whole < 0 ? whole + WRAP : whole;
}
