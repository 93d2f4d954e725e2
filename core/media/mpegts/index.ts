// MPEG transport streams (ISO/IEC 13818-1) made of FLV packets.
export { SegmentMuxer, TIMESTAMP_OFFSET } from './segment-muxer.ts';
export type { SegmentMuxerOptions } from './segment-muxer.ts';
export { isCarriedByTs, streamTypeOf } from './stream-type.ts';
export type { StreamType } from './stream-type.ts';
export { TICKS_PER_MS, TIMESTAMP_WRAP } from './timestamp.ts';
