// ADTS: AAC frames with their configuration in front (ISO/IEC 14496-3 clause 1.A.2.2), the form of MPEG-2 TS.
import { LivegoError } from '../../errors.ts';
import { adtsFrequencyIndex, type AudioSpecificConfig } from './audio-specific-config.ts';
import { SAMPLING_FREQUENCIES } from './sampling-frequency.ts';

/** Without CRC. */
export const ADTS_HEADER_BYTES = 7;
const CRC_BYTES = 2;
const MAX_FRAME_BYTES = 0x1fff;
const SAMPLES_PER_BLOCK = 1024;

/**
 * Writes the seven bytes before a frame of `frameLength` bytes (header not counted) and returns the offset behind
 * them. A frame whose channels a program_config_element lays out has to begin with it. Throws LVG_MEDIA for a frame or an object type that ADTS cannot name.
 */
export function writeAdtsHeader(
  config: AudioSpecificConfig,
  frameLength: number,
  target: Buffer,
  offset: number,
): number {
  const { objectType } = config;
  const length = frameLength + ADTS_HEADER_BYTES;
  if (length > MAX_FRAME_BYTES)
    throw new LivegoError('LVG_MEDIA', `an AAC frame of ${frameLength} bytes; ADTS ends at 8184`);
  if (objectType < 1 || objectType > 4) {
    throw new LivegoError(
      'LVG_MEDIA',
      `audio object type ${objectType}; ADTS knows 1 to 4 (AAC Main, LC, SSR, LTP)`,
    );
  }
  if (!hasAdtsLayout(config)) {
    throw new LivegoError(
      'LVG_MEDIA',
      `channel configuration ${config.channelConfiguration}; ADTS ends at 7`,
    );
  }
  const frequencyIndex = adtsFrequencyIndex(config);
  const channels = channelConfiguration(config);
  target[offset] = 0xff;
  // MPEG-4, layer 0, no CRC.
  target[offset + 1] = 0xf1;
  target[offset + 2] = ((objectType - 1) << 6) | (frequencyIndex << 2) | (channels >> 2);
  target[offset + 3] = ((channels & 3) << 6) | (length >> 11);
  target[offset + 4] = length >> 3;
  // Buffer fullness 0x7ff: variable bit rate. One raw data block.
  target[offset + 5] = ((length & 7) << 5) | 0x1f;
  target[offset + 6] = 0xfc;
  return offset + ADTS_HEADER_BYTES;
}

/** Whether ADTS, with a program_config_element or without, can say where the channels belong. */
export function hasAdtsLayout({
  channelConfiguration: number,
  programConfig,
}: Pick<AudioSpecificConfig, 'channelConfiguration' | 'programConfig'>): boolean {
  return number <= 7 || programConfig !== undefined;
}

// Without a program_config_element, the usual layout of as many channels stands in for it.
function channelConfiguration(config: AudioSpecificConfig): number {
  if (config.programConfig !== undefined) return 0;
  if (config.channelConfiguration !== 0) return config.channelConfiguration;
  return config.channels === 8 ? 7 : config.channels < 7 ? config.channels : 0;
}

export interface AdtsHeader {
  readonly objectType: number;
  /** Hz. */
  readonly samplingFrequency: number;
  readonly samplingFrequencyIndex: number;
  readonly channelConfiguration: number;
  /** 7, or 9 with CRC. */
  readonly headerLength: number;
  /** Bytes of the whole frame, header included. */
  readonly frameLength: number;
  readonly samples: number;
}

/** Reads the header at the start of the bytes; undefined if there is none, or not enough of it. */
export function parseAdtsHeader(bytes: Buffer): AdtsHeader | undefined {
  if (bytes.length < ADTS_HEADER_BYTES || (bytes.readUInt16BE(0) & 0xfff6) !== 0xfff0) return undefined;
  const samplingFrequencyIndex = (bytes.readUInt8(2) >> 2) & 0x0f;
  const samplingFrequency = SAMPLING_FREQUENCIES[samplingFrequencyIndex];
  const headerLength = ADTS_HEADER_BYTES + ((bytes.readUInt8(1) & 1) === 0 ? CRC_BYTES : 0);
  const frameLength = (bytes.readUIntBE(3, 3) >> 5) & MAX_FRAME_BYTES;
  if (samplingFrequency === undefined || frameLength < headerLength) return undefined;
  return {
    objectType: (bytes.readUInt8(2) >> 6) + 1,
    samplingFrequency,
    samplingFrequencyIndex,
    channelConfiguration: (bytes.readUInt16BE(2) >> 6) & 7,
    headerLength,
    frameLength,
    samples: ((bytes.readUInt8(6) & 3) + 1) * SAMPLES_PER_BLOCK,
  };
}
