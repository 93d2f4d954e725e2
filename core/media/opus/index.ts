// Opus (RFC 6716, RFC 7845): decoder configurations and the durations of packets. Packets are not decoded.
export { opusPacketSamples, parseOpusHead } from './opus-head.ts';
export type { OpusHead } from './opus-head.ts';
