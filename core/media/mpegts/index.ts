// MPEG transport streams (ISO/IEC 13818-1) made of FLV packets: the segments of HLS. This room writes them, and reads files of
// them in `reader/`. It does not decide where a segment ends (media/hls does).
export { SegmentMuxer, TIMESTAMP_OFFSET } from './segment-muxer.ts';
export type { SegmentMuxerOptions } from './segment-muxer.ts';
export { isCarriedByTs, streamTypeOf } from './stream-type.ts';
export type { StreamType } from './stream-type.ts';
export { canBeSilent } from './tracks/silence-filler.ts';
export { TransportPackets } from './reader/transport-packets.ts';
export type { TransportEntry } from './reader/transport-packets.ts';
export { scanTransport } from './reader/transport-scan.ts';
export type { ScannedTransport } from './reader/transport-scan.ts';
