// Enhanced RTMP v2: the parts that video and audio message headers share (ModEx, Multitrack).
import type { ByteReader } from '../bytes.ts';

const MOD_EX = 7;
export const VIDEO_MULTITRACK = 6;
export const AUDIO_MULTITRACK = 5;

/** VideoPacketType and AudioPacketType agree on these. */
export const SEQUENCE_START = 0;
export const CODED_FRAMES = 1;
/** Video only. */
export const CODED_FRAMES_X = 3;
export const VIDEO_METADATA = 4;
export const MPEG2TS_SEQUENCE_START = 5;
/** Audio only. */
export const MULTICHANNEL_CONFIG = 4;

/** AvMultitrackType: 1 is many tracks of one codec. */
export const ONE_TRACK = 0;
const MANY_TRACKS_MANY_CODECS = 2;

/** A track id is one byte. */
const MAX_TRACKS = 256;

/** VideoPacketModExType and AudioPacketModExType. */
const TIMESTAMP_OFFSET_NANO = 0;

/** One track of a multitrack message. A message of this track alone would have `data` behind its FourCC. */
export interface EnhancedTrack {
  readonly fourCc: string;
  readonly packetType: number;
  readonly track: number;
  readonly data: Buffer;
}

/** Reads at most `maxTracks` tracks, from behind the byte that says Multitrack. */
export function readTracks(input: ByteReader, maxTracks: number): EnhancedTrack[] {
  const types = input.u8();
  const multitrackType = types >> 4;
  const packetType = types & 0x0f;
  if (multitrackType > MANY_TRACKS_MANY_CODECS)
    throw input.fault(`multitrack type ${multitrackType} is not known`);
  let fourCc = multitrackType === MANY_TRACKS_MANY_CODECS ? '' : readFourCc(input);
  const tracks: EnhancedTrack[] = [];
  do {
    if (tracks.length === MAX_TRACKS) throw input.fault(`more than ${MAX_TRACKS} tracks`);
    if (multitrackType === MANY_TRACKS_MANY_CODECS) fourCc = readFourCc(input);
    const track = input.u8();
    const size = multitrackType === ONE_TRACK ? input.remaining : input.u24();
    tracks.push({ fourCc, packetType, track, data: input.slice(size) });
  } while (input.remaining > 0 && tracks.length < maxTracks);
  return tracks;
}

export function readFourCc(input: ByteReader): string {
  return input.slice(4).toString('latin1');
}

/**
 * Offset of the byte whose low four bits are the packet type: 0, or behind the last ModEx block. Past the end if the
 * header is cut short. Allocates nothing.
 */
export function packetTypeOffset(payload: Buffer): number {
  let at = 0;
  while (((payload[at] ?? 0) & 0x0f) === MOD_EX) at = nextModEx(payload, at);
  return at;
}

/** Nanoseconds to add to the message's timestamp for presentation, by its ModEx blocks; 0 without. */
export function timestampOffsetNano(payload: Buffer): number {
  let nanoseconds = 0;
  let at = 0;
  while (((payload[at] ?? 0) & 0x0f) === MOD_EX) {
    const next = nextModEx(payload, at);
    const type = (payload[next] ?? 0xff) >> 4;
    if (type === TIMESTAMP_OFFSET_NANO && modExSize(payload, at) >= 3 && next < payload.length) {
      nanoseconds = payload.readUIntBE(modExStart(payload, at), 3);
    }
    at = next;
  }
  return nanoseconds;
}

// A ModEx block: size - 1 in one byte, or 255 and then size - 1 in two; data; the next type byte.
function nextModEx(payload: Buffer, at: number): number {
  return modExStart(payload, at) + modExSize(payload, at);
}

function modExStart(payload: Buffer, at: number): number {
  return payload[at + 1] === 0xff ? at + 4 : at + 2;
}

function modExSize(payload: Buffer, at: number): number {
  const size = payload[at + 1] ?? 0;
  if (size !== 0xff) return size + 1;
  return ((payload[at + 2] ?? 0) << 8) + (payload[at + 3] ?? 0) + 1;
}
