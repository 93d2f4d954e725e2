// VP9 (VP Codec ISO Media File Format Binding).
export { parseVpCodecConfigurationRecord, vp9CodecString } from './codec-configuration-record.ts';
export type { VpCodecConfigurationRecord } from './codec-configuration-record.ts';
