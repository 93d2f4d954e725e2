// Bytes as tests write them down.

/** Blanks are ignored. */
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** Zeros and ones, filled up with zeros to whole bytes; blanks are ignored. */
export function bits(text: string): Buffer {
  const all = text.replaceAll(/\s/g, '');
  const padded = all.padEnd(Math.ceil(all.length / 8) * 8, '0');
  return Buffer.from((padded.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
