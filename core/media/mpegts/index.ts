// MPEG transport streams (ISO/IEC 13818-1) made of FLV packets: the segments of HLS. This room writes them; it does not
// read transport streams, and it does not decide where a segment ends (media/hls does).
export { SegmentMuxer, TIMESTAMP_OFFSET } from './segment-muxer.ts';
export type { SegmentMuxerOptions } from './segment-muxer.ts';
export { isCarriedByTs, streamTypeOf } from './stream-type.ts';
export type { StreamType } from './stream-type.ts';
export { canBeSilent } from './tracks/silence-filler.ts';
