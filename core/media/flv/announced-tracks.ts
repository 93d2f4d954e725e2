// The tracks that a publisher's onMetaData announces.
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

// Encoders without a track write 0, false or an empty string rather than leave the property out.
function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== 0 && value !== false && value !== '';
}
