// FLAC (RFC 9639).
export { FLAC_CODEC_STRING, parseFlacStreamInfo } from './stream-info.ts';
export type { FlacStreamInfo } from './stream-info.ts';
