// FLAC (RFC 9639): the stream information. Frames are not decoded.
export { parseFlacStreamInfo } from './stream-info.ts';
export type { FlacStreamInfo } from './stream-info.ts';
