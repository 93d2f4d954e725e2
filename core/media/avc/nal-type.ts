// nal_unit_type of AVC (H.264 table 7-1): those that a server has reason to look at.
export const AVC_NAL = {
  slice: 1,
  idr: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  accessUnitDelimiter: 9,
  endOfSequence: 10,
  endOfStream: 11,
  fillerData: 12,
  spsExtension: 13,
} as const;

/** 0 for an empty unit, which is "unspecified". */
export function avcNalType(unit: Buffer): number {
  return (unit[0] ?? 0) & 0x1f;
}
