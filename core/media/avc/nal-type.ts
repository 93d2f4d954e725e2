// nal_unit_type of AVC (H.264 table 7-1), as far as a server needs them.
export const AVC_NAL = { sei: 6, sps: 7, pps: 8, accessUnitDelimiter: 9 } as const;
