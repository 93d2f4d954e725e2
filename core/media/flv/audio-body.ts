// The body of an FLV audio tag, which is the RTMP audio message as well.
import { ByteReader } from '../bytes.ts';
import type { AudioCodec } from '../packet.ts';
import { AUDIO_FOURCCS, SOUND_FORMAT_AAC, SOUND_FORMAT_ENHANCED, SOUND_FORMATS } from './codec-id.ts';
import * as enhanced from './enhanced-header.ts';

export type AudioPacketType =
  'sequence-start' | 'coded-frames' | 'sequence-end' | 'multichannel-config' | 'reserved';

/** Flags of the first byte, for codecs without a header of their own (FLV spec E.4.2.1); not for AAC and enhanced ones. */
export interface SoundFlags {
  /** Hz; fixed by definition for Nellymoser's 8 and 16 kHz, G.711, Speex and "MP3 8 kHz". */
  readonly sampleRate: number;
  readonly sampleBits: 8 | 16;
  readonly channels: 1 | 2;
}

/** One track of one audio message. */
export interface AudioBody {
  /** undefined if no specification gives the number or FourCC a codec. */
  readonly codec: AudioCodec | undefined;
  /** In the Enhanced RTMP form only. */
  readonly fourCc: string | undefined;
  readonly packetType: AudioPacketType;
  /** In the legacy form only. */
  readonly sound: SoundFlags | undefined;
  /** Nanoseconds to add to the presentation time (ModEx TimestampOffsetNano). */
  readonly timestampOffsetNano: number;
  readonly track: number;
  /** A view of the payload: the AudioSpecificConfig, OpusHead …, or one coded frame. */
  readonly data: Buffer;
}

const PACKET_TYPES: readonly AudioPacketType[] = [
  'sequence-start',
  'coded-frames',
  'sequence-end',
  'reserved',
  'multichannel-config',
];

/** SoundRate: 5.5, 11, 22 and 44 kHz, exactly. */
const SOUND_RATES = [5512, 11_025, 22_050, 44_100] as const;

/** SoundFormats whose rate and channels are fixed, whatever the flags say. */
const FIXED_SOUND: Partial<Record<number, Omit<SoundFlags, 'sampleBits'>>> = {
  4: { sampleRate: 16_000, channels: 1 },
  5: { sampleRate: 8000, channels: 1 },
  7: { sampleRate: 8000, channels: 1 },
  8: { sampleRate: 8000, channels: 1 },
  11: { sampleRate: 16_000, channels: 1 },
};

const SOUND_FORMAT_MP3_8K = 14;

/** The first track of an audio message; the only one, except in multitrack messages. Throws LVG_FLV. */
export function parseAudioBody(payload: Buffer): AudioBody {
  const first = parseTracks(payload, 1)[0];
  if (first === undefined) throw audioReader(payload).fault('no track');
  return first;
}

/** All tracks of an audio message, in its order. Throws LVG_FLV if it is cut short. */
export function parseAudioTracks(payload: Buffer): AudioBody[] {
  return parseTracks(payload, Number.POSITIVE_INFINITY);
}

/** Whether three bytes before the data of each track are its length: in messages that may have several tracks. */
export function audioTracksHaveLengths(payload: Buffer): boolean {
  const at = enhanced.packetTypeOffset(payload);
  const isMultitrack =
    (payload[0] ?? 0) >> 4 === SOUND_FORMAT_ENHANCED &&
    ((payload[at] ?? 0) & 0x0f) === enhanced.AUDIO_MULTITRACK;
  return isMultitrack && (payload[at + 1] ?? 0) >> 4 !== enhanced.ONE_TRACK;
}

function audioReader(payload: Buffer): ByteReader {
  return new ByteReader(payload, 'LVG_FLV', 'audio message');
}

function parseTracks(payload: Buffer, maxTracks: number): AudioBody[] {
  const input = audioReader(payload);
  const first = input.u8();
  return first >> 4 === SOUND_FORMAT_ENHANCED ? parseEnhanced(input, maxTracks) : [parseLegacy(input, first)];
}

function parseLegacy(input: ByteReader, first: number): AudioBody {
  const soundFormat = first >> 4;
  const number = soundFormat === SOUND_FORMAT_AAC ? input.u8() : enhanced.CODED_FRAMES;
  return {
    codec: SOUND_FORMATS[soundFormat],
    fourCc: undefined,
    packetType: number <= 1 ? (PACKET_TYPES[number] ?? 'reserved') : 'reserved',
    sound: parseSoundFlags(first),
    timestampOffsetNano: 0,
    track: 0,
    data: input.slice(input.remaining),
  };
}

function parseSoundFlags(first: number): SoundFlags {
  const soundFormat = first >> 4;
  const sampleBits = (first & 2) === 0 ? 8 : 16;
  const channels = (first & 1) === 0 ? 1 : 2;
  const fixed = FIXED_SOUND[soundFormat];
  if (fixed !== undefined) return { ...fixed, sampleBits };
  const sampleRate = soundFormat === SOUND_FORMAT_MP3_8K ? 8000 : (SOUND_RATES[(first >> 2) & 3] ?? 44_100);
  return { sampleRate, sampleBits, channels };
}

function parseEnhanced(input: ByteReader, maxTracks: number): AudioBody[] {
  input.offset = enhanced.packetTypeOffset(input.bytes);
  const number = input.u8() & 0x0f;
  const timestampOffsetNano = enhanced.timestampOffsetNano(input.bytes);
  const tracks =
    number === enhanced.AUDIO_MULTITRACK
      ? enhanced.readTracks(input, maxTracks)
      : [
          {
            fourCc: enhanced.readFourCc(input),
            packetType: number,
            track: 0,
            data: input.slice(input.remaining),
          },
        ];
  return tracks.map(({ fourCc, packetType, track, data }) => ({
    codec: AUDIO_FOURCCS.get(fourCc),
    fourCc,
    packetType: PACKET_TYPES[packetType] ?? 'reserved',
    sound: undefined,
    timestampOffsetNano,
    track,
    data,
  }));
}
