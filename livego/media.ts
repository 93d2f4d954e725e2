// `livego/media`: formats, from bytes to records and back.
export { HeldBytes } from '../core/delivery/held-bytes.ts';
export {
  AmfEcmaArray,
  amfProperties,
  buildAmf0,
  createAmfObject,
  isAmfObject,
  parseAmf0,
  type AmfLimits,
  type AmfObject,
  type AmfValue,
} from '../core/media/amf0/index.ts';
export { buildAmf3, parseAmf3 } from '../core/media/amf3/index.ts';
export { FLV, FLV_AUDIO, FLV_VIDEO, FlvPacketFormat } from '../core/media/flv/flv-format.ts';
export { announcedTracks, expectedAac, type AnnouncedTracks } from '../core/media/flv/announced-tracks.ts';
export {
  buildMetadata,
  buildSetDataFrame,
  dataMessageName,
  normaliseDataMessage,
  parseMetadata,
} from '../core/media/flv/metadata.ts';
export { buildFlvTag, type FlvTag } from '../core/media/flv/tag.ts';
export { KeyframeIndex, type KeyframePlace } from '../core/media/flv/recording/keyframe-index.ts';
export { RecordingHead, type RecordingSummary } from '../core/media/flv/recording/recording-head.ts';
export { RecordingProgress } from '../core/media/flv/recording/recording-progress.ts';
export {
  readRecordingMetadata,
  scanRecording,
  type ScannedRecording,
} from '../core/media/flv/recording/recording-scan.ts';
export { describeAudio, describeData, describeVideo } from '../core/media/flv/tag-body.ts';
export { FlvReader } from '../core/media/flv/tag-reader.ts';
export { describeTag, scanTags, type ReadAt, type TagPlace } from '../core/media/flv/recording/tag-scan.ts';
export * from '../core/media/hls/index.ts';
export { SilentAudio } from '../core/media/silence/index.ts';
export { codecInWords, type StreamCodecs } from '../core/media/tracks-in-words.ts';
export { describeTracks, type DescribedAudio, type DescribedVideo } from '../core/media/describe-tracks.ts';
export {
  isCarriedByTs,
  scanTransport,
  SegmentMuxer,
  TransportPackets,
  type ScannedTransport,
  type TransportEntry,
} from '../core/media/mpegts/index.ts';
export {
  MediaPacket,
  type AudioCodec,
  type Codec,
  type MediaKind,
  type PacketInfo,
  type VideoCodec,
} from '../core/media/packet.ts';
export {
  encodeRun,
  sharedFormat,
  type PacketFormat,
  type SharedFormat,
} from '../core/media/packet-format.ts';
