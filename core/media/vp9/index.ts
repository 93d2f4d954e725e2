// VP9, and VP8 with the same record (VP Codec ISO Media File Format Binding): decoder configurations. Pictures are not
// decoded.
export { parseVpCodecConfigurationRecord, vp9CodecString } from './codec-configuration-record.ts';
export type { VpCodecConfigurationRecord } from './codec-configuration-record.ts';
