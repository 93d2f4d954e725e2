// NAL units behind start codes (H.264 and H.265 annex B), where FLV has a length before each.
import { readAnnexBNalUnits } from '../nal-unit.ts';
import { AVC_NAL } from '../avc/index.ts';
import { HEVC_NAL } from '../hevc/index.ts';
import { nalType } from './parameter-sets.ts';
import { readLength, type NalSyntax } from './picture-look.ts';

/** Whether `payload` goes on with start codes. The first bytes alone do not tell: a length may look like one. */
export function hasStartCodes(payload: Buffer, start: number, lengthSize: number): boolean {
  if (payload[start] !== 0 || payload[start + 1] !== 0) return false;
  const third = payload[start + 2];
  if (third !== 1 && (third !== 0 || payload[start + 3] !== 1)) return false;
  let at = start;
  while (at + lengthSize <= payload.length) at += lengthSize + readLength(payload, at, lengthSize);
  return at !== payload.length;
}

/** The NAL units behind start codes; none if there is neither a slice nor a parameter set among them. */
export function readStartCodes(data: Buffer, syntax: NalSyntax): Buffer[] {
  // forbidden_zero_bit
  const units = readAnnexBNalUnits(data).filter((unit) => (unit[0]! & 0x80) === 0);
  return units.some((unit) => isUseful(nalType(unit, syntax), syntax)) ? units : [];
}

function isUseful(type: number, syntax: NalSyntax): boolean {
  if (syntax === 'avc') return (type >= 1 && type <= 5) || type === AVC_NAL.sps || type === AVC_NAL.pps;
  return type < 22 || (type >= HEVC_NAL.vps && type <= HEVC_NAL.pps);
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
