// The Opus sequence header, OpusHead (RFC 7845 clause 5.1), and the duration of a packet (RFC 6716 clause 3.1).
import { ByteReader } from '../bytes.ts';

export interface OpusHead {
  readonly channels: number;
  /** Samples at 48 kHz to throw away at the start. */
  readonly preSkip: number;
  /** Hz, of the source; for information only, since decoding is at 48 kHz. 0 if unknown. */
  readonly inputSampleRate: number;
  /** dB. */
  readonly outputGain: number;
  /** 0 mono or stereo, 1 Vorbis order, 255 no order. */
  readonly mappingFamily: number;
  readonly streams: number;
  readonly coupledStreams: number;
  /** The decoded channel of each loudspeaker. */
  readonly channelMapping: readonly number[];
}

const MAGIC = 'OpusHead';

/** Throws LVG_MEDIA if it is cut short or of a later version. */
export function parseOpusHead(bytes: Buffer): OpusHead {
  const input = new ByteReader(bytes, 'LVG_MEDIA', MAGIC);
  if (input.slice(8).toString('latin1') !== MAGIC) throw input.fault('the magic signature is missing');
  const version = input.u8();
  // The upper four bits are the major version.
  if (version > 15) throw input.fault(`version ${version}; 1 is known`);
  const channels = input.u8();
  if (channels === 0) throw input.fault('no channel');
  const preSkip = input.slice(2).readUInt16LE();
  const inputSampleRate = input.slice(4).readUInt32LE();
  const outputGain = input.slice(2).readInt16LE() / 256;
  const mappingFamily = input.u8();
  const base = { channels, preSkip, inputSampleRate, outputGain, mappingFamily };
  if (mappingFamily === 0) {
    return {
      ...base,
      streams: 1,
      coupledStreams: channels > 1 ? 1 : 0,
      channelMapping: channels > 1 ? [0, 1] : [0],
    };
  }
  const streams = input.u8();
  const coupledStreams = input.u8();
  return { ...base, streams, coupledStreams, channelMapping: Array.from(input.slice(channels)) };
}

/** Samples at 48 kHz of one frame, by the upper five bits of a packet's first byte (RFC 6716 table 2). */
const FRAME_SAMPLES = [480, 960, 1920, 2880] as const;
const HYBRID_SAMPLES = [480, 960] as const;
const CELT_SAMPLES = [120, 240, 480, 960] as const;
/** RFC 6716 clause 3.2.5, R5: no packet is longer than 120 ms. */
const MAX_SAMPLES = 5760;

/** Samples at 48 kHz of a packet; 0 if it is malformed. */
export function opusPacketSamples(packet: Buffer): number {
  const toc = packet[0];
  if (toc === undefined) return 0;
  const samples = frameSamples(toc >> 3) * frameCount(toc & 3, packet);
  return samples > MAX_SAMPLES ? 0 : samples;
}

function frameSamples(configuration: number): number {
  if (configuration < 12) return FRAME_SAMPLES[configuration & 3] ?? 0;
  return (configuration < 16 ? HYBRID_SAMPLES[configuration & 1] : CELT_SAMPLES[configuration & 3]) ?? 0;
}

function frameCount(code: number, packet: Buffer): number {
  if (code === 0) return 1;
  return code === 3 ? (packet[1] ?? 0) & 0x3f : 2;
}
