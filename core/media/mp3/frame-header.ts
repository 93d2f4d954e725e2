// The four bytes before each MPEG audio frame (ISO/IEC 11172-3 clause 2.4.1.3).

export interface Mp3FrameHeader {
  readonly version: 1 | 2 | 2.5;
  readonly layer: 1 | 2 | 3;
  /** bit/s; undefined in "free format", in which only the distance to the next header tells. */
  readonly bitRate: number | undefined;
  /** Hz. */
  readonly samplingFrequency: number;
  readonly channels: 1 | 2;
  /** Bytes of the whole frame, header included; undefined in free format. */
  readonly frameLength: number | undefined;
  readonly samples: number;
}

/** MPEG-1 layer III by its object type in MPEG-4 (RFC 6381 clause 3.3), the form that MSE wants in MP4. */
export const MP3_CODEC_STRING = 'mp4a.40.34';

const HEADER_BYTES = 4;
const VERSIONS = [2.5, undefined, 2, 1] as const;
const LAYERS = [undefined, 3, 2, 1] as const;
const SINGLE_CHANNEL = 3;

/** Hz for MPEG-1; MPEG-2 has half of it, 2.5 a quarter. */
const SAMPLING_FREQUENCIES = [44_100, 48_000, 32_000] as const;

/** kbit/s by bitrate_index; 0 is free format and 15 forbidden. */
const BIT_RATES = {
  mpeg1: {
    1: [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    2: [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    3: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  },
  mpeg2: {
    1: [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    3: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  },
} as const;

/** Reads the header at the start of the bytes; undefined if there is none, or not enough of it. */
export function parseMp3FrameHeader(bytes: Buffer): Mp3FrameHeader | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const word = bytes.readUInt32BE(0);
  if (word >>> 21 !== 0x7ff) return undefined;
  const version = VERSIONS[(word >> 19) & 3];
  const layer = LAYERS[(word >> 17) & 3];
  const baseFrequency = SAMPLING_FREQUENCIES[(word >> 10) & 3];
  if (version === undefined || layer === undefined || baseFrequency === undefined) return undefined;
  const kilobits = BIT_RATES[version === 1 ? 'mpeg1' : 'mpeg2'][layer][(word >> 12) & 15];
  if (kilobits === undefined) return undefined;
  const samplingFrequency = baseFrequency / (version === 1 ? 1 : version === 2 ? 2 : 4);
  const samples = layer === 1 ? 384 : layer === 3 && version !== 1 ? 576 : 1152;
  const bitRate = kilobits === 0 ? undefined : kilobits * 1000;
  // Clause 2.4.3.1: whole slots, of four bytes in layer I and of one byte in the others.
  const slotBytes = layer === 1 ? 4 : 1;
  const slots = bitRate && Math.floor((samples / 8 / slotBytes) * (bitRate / samplingFrequency));
  const padding = (word >> 9) & 1;
  return {
    version,
    layer,
    bitRate,
    samplingFrequency,
    channels: ((word >> 6) & 3) === SINGLE_CHANNEL ? 1 : 2,
    frameLength: slots === undefined ? undefined : (slots + padding) * slotBytes,
    samples,
  };
}
