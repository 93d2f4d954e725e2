// nal_unit_type of HEVC (H.265 table 7-1): those that a server has reason to look at.
export const HEVC_NAL = {
  vps: 32,
  sps: 33,
  pps: 34,
  accessUnitDelimiter: 35,
  endOfSequence: 36,
  endOfBitstream: 37,
  fillerData: 38,
  prefixSei: 39,
  suffixSei: 40,
} as const;

const FIRST_RANDOM_ACCESS = 16;
const LAST_RANDOM_ACCESS = 23;

/** 0 for an empty unit, which is a trailing picture that nobody refers to. */
export function hevcNalType(unit: Buffer): number {
  return ((unit[0] ?? 0) >> 1) & 0x3f;
}

/** BLA, IDR, CRA and the two types reserved beside them: decoding can start here. */
export function isHevcRandomAccessPoint(unit: Buffer): boolean {
  const type = hevcNalType(unit);
  return type >= FIRST_RANDOM_ACCESS && type <= LAST_RANDOM_ACCESS;
}
