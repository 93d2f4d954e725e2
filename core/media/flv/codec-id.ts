// The numbers and four-character codes by which FLV names codecs.
import type { AudioCodec, VideoCodec } from '../packet.ts';

/**
 * CodecID (FLV spec E.4.3.1). 12 and 13 are in no specification: Chinese CDNs and their patched encoders use them for
 * HEVC and AV1, with the layout of AVC.
 */
export const VIDEO_CODEC_IDS: readonly (VideoCodec | undefined)[] = [
  undefined,
  undefined,
  'sorenson',
  'screen',
  'vp6',
  'vp6a',
  'screen2',
  'avc',
  undefined,
  undefined,
  undefined,
  undefined,
  'hevc',
  'av1',
  undefined,
  undefined,
];

/** SoundFormat (FLV spec E.4.2.1). 9 announces a FourCC; 13 is Opus, as unspecified as video's 12. */
export const SOUND_FORMATS: readonly (AudioCodec | undefined)[] = [
  'pcm',
  'adpcm',
  'mp3',
  'pcm',
  'nellymoser',
  'nellymoser',
  'nellymoser',
  'g711a',
  'g711u',
  undefined,
  'aac',
  'speex',
  undefined,
  'opus',
  'mp3',
  undefined,
];

export const SOUND_FORMAT_AAC = 10;
export const SOUND_FORMAT_ENHANCED = 9;

/** FourCC → codec (Enhanced RTMP v2, "Enhanced Video"). */
export const VIDEO_FOURCCS: ReadonlyMap<string, VideoCodec> = new Map([
  ['avc1', 'avc'],
  ['hvc1', 'hevc'],
  ['vvc1', 'vvc'],
  ['av01', 'av1'],
  ['vp09', 'vp9'],
  ['vp08', 'vp8'],
]);

/** FourCC → codec (Enhanced RTMP v2, "Enhanced Audio"). */
export const AUDIO_FOURCCS: ReadonlyMap<string, AudioCodec> = new Map([
  ['mp4a', 'aac'],
  ['Opus', 'opus'],
  ['fLaC', 'flac'],
  ['.mp3', 'mp3'],
  ['ac-3', 'ac3'],
  ['ec-3', 'eac3'],
]);

/** The four bytes as one number, for look-ups that make no string. */
export function fourCcNumber(fourCc: string): number {
  return Buffer.from(fourCc, 'latin1').readUInt32BE(0);
}

/** Legacy codecs whose second byte is AVCPacketType, followed by a composition time. */
export function hasAvcPacketType(codec: VideoCodec | undefined): boolean {
  return codec === 'avc' || codec === 'hevc' || codec === 'av1';
}
