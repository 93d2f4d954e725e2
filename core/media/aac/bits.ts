// Bits written as text.

/** The bytes of a text of 0 and 1, filled up with 0. */
export function bytesOfBits(bits: string): Buffer {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0');
  return Buffer.from(padded.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)));
}
