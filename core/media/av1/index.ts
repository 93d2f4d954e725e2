// AV1 (AV1 Bitstream & Decoding Process Specification; AV1 Codec ISO Media File Format Binding): decoder configurations
// and the units of a stream. Pictures are not decoded.
export { av1CodecString, parseAv1CodecConfigurationRecord } from './codec-configuration-record.ts';
export type { Av1CodecConfigurationRecord } from './codec-configuration-record.ts';
export { AV1_OBU, readObus } from './obu.ts';
export type { Av1Obu } from './obu.ts';
export { parseAv1SequenceHeader } from './sequence-header.ts';
export type { Av1SequenceHeader } from './sequence-header.ts';
