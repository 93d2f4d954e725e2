// MPEG audio, layers I to III (ISO/IEC 11172-3, ISO/IEC 13818-3, and the unofficial 2.5): the headers of frames. Frames
// are not decoded.
export { MP3_CODEC_STRING, parseMp3FrameHeader } from './frame-header.ts';
export type { Mp3FrameHeader } from './frame-header.ts';
