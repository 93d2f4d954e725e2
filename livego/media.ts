// `livego/media`: formats, from bytes to records and back.
export { FlvPacketFormat } from '../core/media/flv/flv-format.ts';
export type { AnnouncedTracks } from '../core/media/flv/announced-tracks.ts';
export {
  buildMetadata,
  dataMessageName,
  normaliseDataMessage,
  parseMetadata,
} from '../core/media/flv/metadata.ts';
export type { FlvTag } from '../core/media/flv/tag.ts';
export { describeAudio, describeData, describeVideo } from '../core/media/flv/tag-body.ts';
export { FlvReader } from '../core/media/flv/tag-reader.ts';
export * from '../core/media/hls/index.ts';
export { SilentAudio } from '../core/media/silence/index.ts';
export { describeTracks, type DescribedAudio, type DescribedVideo } from '../core/media/describe-tracks.ts';
export { isCarriedByTs, SegmentMuxer } from '../core/media/mpegts/index.ts';
export {
  MediaPacket,
  type AudioCodec,
  type Codec,
  type MediaKind,
  type PacketInfo,
  type VideoCodec,
} from '../core/media/packet.ts';
export { encodeRun, type PacketFormat } from '../core/media/packet-format.ts';
