// HTTP Live Streaming (RFC 8216): where segments end, which of them a playlist shows, and the text of playlists. This
// room decides and formats; it neither makes a segment (media/mpegts does) nor stores one (the HLS plugin does).
export { buildMasterPlaylist, buildMediaPlaylist } from './playlist.ts';
export type { MediaPlaylist, PlaylistKey, PlaylistSegment, PlaylistVariant } from './playlist.ts';
export { Segmenter } from './segmenter.ts';
export type { CutReason, SegmentCut, SegmentDecision, SegmenterOptions } from './segmenter.ts';
export { SegmentWindow } from './segment-window.ts';
export type { WindowBandwidth } from './bandwidth.ts';
export type {
  KeptSegments,
  SegmentWindowOptions,
  WindowResumption,
  WindowSegment,
} from './segment-window.ts';
export { readStreamVariant } from './stream-variant.ts';
export type { StreamVariant, TrackHeaders } from './stream-variant.ts';
