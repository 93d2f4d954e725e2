// AVC, H.264 (ITU-T H.264; ISO/IEC 14496-15 clause 5): decoder configurations, parameter sets and NAL units. Pictures are
// not decoded.
export { readAnnexBNalUnits, readNalUnits } from '../nal-unit.ts';
export {
  avcCodecString,
  buildAvcDecoderConfigurationRecord,
  parseAvcDecoderConfigurationRecord,
} from './decoder-configuration-record.ts';
export type { AvcDecoderConfigurationRecord } from './decoder-configuration-record.ts';
export { parseAvcSps } from './sps.ts';
export type { AvcSps } from './sps.ts';
export { AVC_NAL } from './nal-type.ts';
