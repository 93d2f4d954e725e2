// What a stream is made of, in the words of operators, read from its sequence headers.
import { LivegoError } from '../errors.ts';
import { parseAudioSpecificConfig } from './aac/index.ts';
import { parseAv1CodecConfigurationRecord } from './av1/index.ts';
import { parseAvcDecoderConfigurationRecord, parseAvcSps } from './avc/index.ts';
import { parseFlacStreamInfo } from './flac/index.ts';
import { parseAudioBody, parseVideoBody } from './flv/tag-body.ts';
import { parseHevcDecoderConfigurationRecord, parseHevcSps } from './hevc/index.ts';
import { parseOpusHead } from './opus/index.ts';
import type { AudioCodec, MediaPacket, VideoCodec } from './packet.ts';

export interface DescribedVideo {
  readonly codec: VideoCodec;
  /** "High", "Main 10" … */
  readonly profile?: string;
  /** "4.1" */
  readonly level?: string;
  readonly width?: number;
  readonly height?: number;
  /** Frames a second that the header announces. */
  readonly announcedFrameRate?: number;
}

export interface DescribedAudio {
  readonly codec: AudioCodec;
  readonly profile?: string;
  readonly sampleRate?: number;
  readonly channels?: number;
}

type Details<Described> = Omit<Described, 'codec'>;

const AVC_PROFILES: Readonly<Record<number, string>> = {
  66: 'Baseline',
  77: 'Main',
  88: 'Extended',
  100: 'High',
  110: 'High 10',
  122: 'High 4:2:2',
  244: 'High 4:4:4',
};
const HEVC_PROFILES: Readonly<Record<number, string>> = {
  1: 'Main',
  2: 'Main 10',
  3: 'Main Still Picture',
  4: 'Rext',
};
const AV1_PROFILES: Readonly<Record<number, string>> = { 0: 'Main', 1: 'High', 2: 'Professional' };
const AAC_PROFILES: Readonly<Record<number, string>> = { 1: 'Main', 2: 'LC', 3: 'SSR', 4: 'LTP' };

/**
 * Describes the first video and the first audio track. A header that is missing or malformed leaves out what it would say.
 * @param codecs - of the tracks that the stream has
 */
export function describeTracks(
  codecs: { readonly video: VideoCodec | undefined; readonly audio: AudioCodec | undefined },
  headers: readonly MediaPacket[],
): { readonly video?: DescribedVideo; readonly audio?: DescribedAudio } {
  const find = (kind: string): MediaPacket | undefined =>
    headers.find((header) => header.kind === kind && header.track === 0);
  const { video, audio } = codecs;
  return {
    ...(video && { video: { codec: video, ...tryRead(find('video'), readVideo) } }),
    ...(audio && { audio: { codec: audio, ...tryRead(find('audio'), readAudio) } }),
  };
}

function tryRead<Found>(
  header: MediaPacket | undefined,
  read: (header: MediaPacket) => Found,
): Found | undefined {
  if (!header) return undefined;
  try {
    return read(header);
  } catch (error) {
    if (error instanceof LivegoError) return undefined;
    throw error;
  }
}

function readVideo({ codec, payload }: MediaPacket): Details<DescribedVideo> {
  const { data } = parseVideoBody(payload);
  if (codec === 'avc') {
    const { sps } = parseAvcDecoderConfigurationRecord(data);
    return sps[0] ? describeAvc(parseAvcSps(sps[0])) : {};
  }
  if (codec === 'hevc') {
    const { sps, profile } = parseHevcDecoderConfigurationRecord(data);
    const names = { ...nameOf(HEVC_PROFILES, profile.profileIdc), level: decimal(profile.levelIdc / 30) };
    return { ...names, ...(sps[0] && pictureOf(parseHevcSps(sps[0]))) };
  }
  if (codec === 'av1') {
    const { seqProfile, seqLevelIdx, sequenceHeader } = parseAv1CodecConfigurationRecord(data);
    // AV1 specification annex A.3: level 2.0 is 0, and four make a whole number.
    const level = `${2 + (seqLevelIdx >> 2)}.${seqLevelIdx & 3}`;
    return { ...nameOf(AV1_PROFILES, seqProfile), level, ...(sequenceHeader && pictureOf(sequenceHeader)) };
  }
  return {};
}

function describeAvc(sps: ReturnType<typeof parseAvcSps>): Details<DescribedVideo> {
  return { ...nameOf(AVC_PROFILES, sps.profileIdc), level: decimal(sps.levelIdc / 10), ...pictureOf(sps) };
}

function pictureOf(picture: {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number | undefined;
}): Details<DescribedVideo> {
  const { width, height, frameRate } = picture;
  return {
    width,
    height,
    ...(frameRate !== undefined && { announcedFrameRate: Math.round(frameRate * 1000) / 1000 }),
  };
}

function readAudio({ codec, payload }: MediaPacket): Details<DescribedAudio> {
  const { data } = parseAudioBody(payload);
  if (codec === 'aac') {
    const { objectType, sbr, ps, outputFrequency, channels } = parseAudioSpecificConfig(data);
    const profile = ps
      ? { profile: 'HE-AAC v2' }
      : sbr
        ? { profile: 'HE-AAC' }
        : nameOf(AAC_PROFILES, objectType);
    return { ...profile, sampleRate: outputFrequency, channels: ps && channels === 1 ? 2 : channels };
  }
  if (codec === 'opus') return { sampleRate: 48_000, channels: parseOpusHead(data).channels };
  if (codec === 'flac') {
    const { samplingFrequency, channels } = parseFlacStreamInfo(data);
    return { sampleRate: samplingFrequency, channels };
  }
  return {};
}

function nameOf(names: Readonly<Record<number, string>>, id: number): { readonly profile?: string } {
  const profile = names[id];
  return profile === undefined ? {} : { profile };
}

function decimal(level: number): string {
  return level.toFixed(1);
}
