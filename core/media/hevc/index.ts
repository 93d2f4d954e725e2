// HEVC, H.265 (ITU-T H.265; ISO/IEC 14496-15 clause 8): decoder configurations, parameter sets and NAL units. Pictures
// are not decoded.
export { readAnnexBNalUnits, readNalUnits } from '../nal-unit.ts';
export {
  buildHevcDecoderConfigurationRecord,
  hevcCodecString,
  parseHevcDecoderConfigurationRecord,
} from './decoder-configuration-record.ts';
export type { HevcDecoderConfigurationRecord, HevcNalArray } from './decoder-configuration-record.ts';
export type { HevcProfile } from './profile-tier-level.ts';
export { parseHevcSps } from './sps.ts';
export type { HevcSps } from './sps.ts';
export { HEVC_NAL } from './nal-type.ts';
