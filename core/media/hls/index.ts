// HTTP Live Streaming (RFC 8216): where segments end, which of them a playlist shows, and what it looks like.
export { buildMasterPlaylist, buildMediaPlaylist } from './playlist.ts';
export type { MediaPlaylist, PlaylistKey, PlaylistSegment, PlaylistVariant } from './playlist.ts';
export { Segmenter } from './segmenter.ts';
export type { CutReason, SegmentCut, SegmentDecision, SegmenterOptions } from './segmenter.ts';
export { SegmentWindow } from './segment-window.ts';
export type {
  SegmentWindowOptions,
  WindowBandwidth,
  WindowResumption,
  WindowSegment,
} from './segment-window.ts';
export { readStreamVariant } from './stream-variant.ts';
export type { StreamTracks, StreamVariant } from './stream-variant.ts';
