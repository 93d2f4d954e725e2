// Opus (RFC 6716, RFC 7845).
export { OPUS_CODEC_STRING, OPUS_FREQUENCY, opusPacketSamples, parseOpusHead } from './opus-head.ts';
export type { OpusHead } from './opus-head.ts';
