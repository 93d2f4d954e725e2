// What a publisher's onMetaData says of the tracks to come.
import { LivegoError } from '../../errors.ts';
import { parseMetadata } from './metadata.ts';
import type { AmfObject } from '../amf0/index.ts';

export interface AnnouncedTracks {
  readonly video: boolean;
  readonly audio: boolean;
}

export const NOTHING_ANNOUNCED: AnnouncedTracks = { video: false, audio: false };

/** Tracks named by the properties of FLV spec E.5. Metadata that cannot be read announces nothing. */
export function announcedTracks(payload: Buffer): AnnouncedTracks {
  const properties = readable(payload);
  if (!properties) return NOTHING_ANNOUNCED;
  const names = (...keys: readonly string[]): boolean => keys.some((key) => isMeant(properties[key]));
  return {
    video: names('videocodecid', 'width', 'hasVideo'),
    audio: names('audiocodecid', 'audiosamplerate', 'hasAudio'),
  };
}

// Encoders without a track write 0, false or an empty string rather than leave the property out.
function isMeant(value: unknown): boolean {
  return value !== undefined && value !== null && value !== 0 && value !== false && value !== '';
}

function readable(payload: Buffer): AmfObject | undefined {
  try {
    return parseMetadata(payload);
  } catch (error) {
    if (error instanceof LivegoError) return undefined;
    throw error;
  }
}
