// PTS, DTS and PCR fields. Ticks are of 90 kHz and unwrapped; the fields keep 33 bits of them.

/** 90 kHz ticks in a millisecond. */
export const TICKS_PER_MS = 90;

/** Ticks after which a 33-bit timestamp starts again: 26.5 hours. */
const TIMESTAMP_WRAP = 2 ** 33;

/** The four bits before a PTS or DTS (ISO/IEC 13818-1, 2.4.3.7). */
export const PTS_ONLY = 0b0010;
export const PTS_BEFORE_DTS = 0b0011;
export const DTS_AFTER_PTS = 0b0001;

/** Writes a 5-byte PTS or DTS field; `prefix` is one of the constants above, `ticks` a whole number of any size. */
export function writeTimestamp(target: Uint8Array, offset: number, prefix: number, ticks: number): void {
  // Bitwise operators keep 32 bits only, so everything above bit 29 is written by division.
  const value = wrap(ticks);
  const top = Math.floor(value / 0x40000000);
  const low = value % 0x40000000;
  target[offset] = (prefix << 4) | (top << 1) | 1;
  target[offset + 1] = low >> 22;
  target[offset + 2] = ((low >> 14) & 0xfe) | 1;
  target[offset + 3] = low >> 7;
  target[offset + 4] = ((low << 1) & 0xfe) | 1;
}

/** Reads a 5-byte PTS or DTS field: 33 bits. The marker bits are not looked at. */
export function readTimestamp(bytes: Uint8Array, offset: number): number {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = bytes.subarray(offset, offset + 5);
  const low = (second << 22) | ((third & 0xfe) << 14) | (fourth << 7) | (fifth >> 1);
  return ((first >> 1) & 0x07) * 0x40000000 + low;
}

/** The distance from one time of 33 bits to another, the short way around: at most 13 hours. */
export function ticksBetween(from: number, to: number): number {
  const distance = wrap(to - from);
  return distance < TIMESTAMP_WRAP / 2 ? distance : distance - TIMESTAMP_WRAP;
}

/** Writes the 6-byte program_clock_reference field (2.4.3.5); its extension counts 27 MHz cycles and stays 0. */
export function writePcr(target: Uint8Array, offset: number, ticks: number): void {
  const value = wrap(ticks);
  const upper = Math.floor(value / 2);
  target[offset] = Math.floor(upper / 0x1000000);
  target[offset + 1] = upper >>> 16;
  target[offset + 2] = upper >>> 8;
  target[offset + 3] = upper;
  target[offset + 4] = ((value % 2) << 7) | 0x7e;
  target[offset + 5] = 0;
}

function wrap(ticks: number): number {
  return ticks - Math.floor(ticks / TIMESTAMP_WRAP) * TIMESTAMP_WRAP;
}
