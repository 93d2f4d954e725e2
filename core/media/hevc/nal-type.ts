// nal_unit_type of HEVC (H.265 table 7-1), as far as a server needs them.
export const HEVC_NAL = { vps: 32, sps: 33, pps: 34, accessUnitDelimiter: 35, prefixSei: 39 } as const;
