// NAL units behind start codes (H.264 and H.265 annex B), where FLV has a length before each.
import { readAnnexBNalUnits } from '../nal-unit.ts';
import { readLength } from './picture-look.ts';

/** Whether `payload` goes on with start codes. The first bytes alone do not tell: a length may look like one. */
export function hasStartCodes(payload: Buffer, start: number, lengthSize: number): boolean {
  if (payload[start] !== 0 || payload[start + 1] !== 0) return false;
  const third = payload[start + 2];
  if (third !== 1 && (third !== 0 || payload[start + 3] !== 1)) return false;
  let at = start;
  while (at + lengthSize <= payload.length) at += lengthSize + readLength(payload, at, lengthSize);
  return at !== payload.length;
}

/** The NAL units behind start codes, as far as they can be any. */
export function readStartCodes(data: Buffer): Buffer[] {
  // forbidden_zero_bit
  return readAnnexBNalUnits(data).filter((unit) => (unit[0]! & 0x80) === 0);
}

/** The units with their lengths; undefined if one is too long for such a length. */
export function withLengths(head: Buffer, units: readonly Buffer[], lengthSize: number): Buffer | undefined {
  if (units.some((unit) => unit.length >= 256 ** lengthSize)) return undefined;
  const parts = units.flatMap((unit) => {
    const length = Buffer.alloc(lengthSize);
    length.writeUIntBE(unit.length, 0, lengthSize);
    return [length, unit];
  });
  return Buffer.concat([head, ...parts]);
}
