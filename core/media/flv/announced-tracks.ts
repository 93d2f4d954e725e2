// The tracks that a publisher's onMetaData announces.
import { buildAudioSpecificConfig } from '../aac/index.ts';
import { SAMPLING_FREQUENCIES } from '../aac/sampling-frequency.ts';
import type { AmfObject } from '../amf0/index.ts';
import { readMetadata } from './metadata.ts';

export interface AnnouncedTracks {
  readonly video: boolean;
  readonly audio: boolean;
}

export const NOTHING_ANNOUNCED: AnnouncedTracks = { video: false, audio: false };

/** Tracks named by the properties of FLV spec E.5. Metadata that cannot be read announces nothing. */
export function announcedTracks(payload: Buffer): AnnouncedTracks {
  const properties = readMetadata(payload);
  if (!properties) return NOTHING_ANNOUNCED;
  const names = (...keys: readonly string[]): boolean => keys.some((key) => isPresent(properties[key]));
  return {
    video: names('videocodecid', 'width', 'hasVideo'),
    audio: names('audiocodecid', 'audiosamplerate', 'hasAudio'),
  };
}

const AAC_LC = 2;
/** Names of AAC in audiocodecid: its SoundFormat, and its FourCC as a number and in letters. */
const AAC_NAMES: ReadonlySet<unknown> = new Set([10, 0x6d703461, 'mp4a', 'aac', 'AAC']);
const USUAL_FREQUENCY = 48_000;
const USUAL_CHANNELS = 2;

/**
 * The AudioSpecificConfig that onMetaData leads to expect, with usual values for what it does not say. Undefined if it
 * announces another codec.
 */
export function expectedAac(properties: AmfObject): Buffer | undefined {
  const codec = properties['audiocodecid'];
  if (isPresent(codec) && !AAC_NAMES.has(codec)) return undefined;
  const channels = channelsOf(properties);
  return buildAudioSpecificConfig({
    objectType: AAC_LC,
    samplingFrequency: frequencyOf(properties['audiosamplerate']),
    // 8 channels have the number 7 (ISO/IEC 14496-3 table 1.19).
    channelConfiguration: channels === 8 ? 7 : channels,
  });
}

// Some encoders write 44 or 44.1 instead of 44100.
function frequencyOf(rate: unknown): number {
  if (typeof rate !== 'number') return USUAL_FREQUENCY;
  const hertz = rate < 1000 ? Math.round(rate * 1000) : Math.round(rate);
  return SAMPLING_FREQUENCIES.find((each) => Math.abs(each - hertz) <= 100) ?? USUAL_FREQUENCY;
}

function channelsOf({ audiochannels, stereo }: AmfObject): number {
  if (typeof audiochannels === 'number' && audiochannels >= 1 && audiochannels <= 8 && audiochannels !== 7)
    return Math.floor(audiochannels);
  return stereo === false ? 1 : USUAL_CHANNELS;
}

// Encoders without a track write 0, false or an empty string rather than leave the property out.
function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== 0 && value !== false && value !== '';
}
