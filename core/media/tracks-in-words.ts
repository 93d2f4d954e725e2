// The tracks of a stream in words, for log lines: "H.264 1280x720 25 fps, AAC 44100 Hz stereo".
import { describeTracks, type DescribedAudio, type DescribedVideo } from './describe-tracks.ts';
import { readMetadata } from './flv/metadata.ts';
import { isCredibleFrameRate } from './hls/stream-variant.ts';
import type { AudioCodec, Codec, MediaPacket, VideoCodec } from './packet.ts';

/** Codecs that are not simply written in capitals. */
const NAMES: Partial<Record<Codec, string>> = {
  avc: 'H.264',
  hevc: 'HEVC',
  opus: 'Opus',
  ac3: 'AC-3',
  eac3: 'E-AC-3',
  sorenson: 'Sorenson H.263',
  nellymoser: 'Nellymoser',
  speex: 'Speex',
  g711a: 'G.711 A-law',
  g711u: 'G.711 µ-law',
};

const LAYOUTS: Readonly<Record<number, string>> = { 1: 'mono', 2: 'stereo', 6: '5.1', 8: '7.1' };

export interface StreamCodecs {
  readonly video: VideoCodec | undefined;
  readonly audio: AudioCodec | undefined;
}

/** @param headers - metadata and sequence headers; what they do not say is left out */
export function tracksInWords(codecs: StreamCodecs, headers: readonly MediaPacket[]): string {
  const { video, audio } = describeTracks(codecs, headers);
  const parts: string[] = [];
  if (video) parts.push([codecInWords(video.codec), ...describePicture(video, headers)].join(' '));
  if (audio) parts.push([codecInWords(audio.codec), ...describeSound(audio)].join(' '));
  return parts.join(', ') || 'neither video nor audio';
}

/** "H.264", "AAC" */
export function codecInWords(codec: Codec): string {
  return NAMES[codec] ?? codec.toUpperCase();
}

function describePicture(video: DescribedVideo, headers: readonly MediaPacket[]): string[] {
  const metadata = headers.find(({ kind }) => kind === 'data');
  const properties = (metadata && readMetadata(metadata.payload)) ?? {};
  const width = video.width ?? properties['width'];
  const height = video.height ?? properties['height'];
  const { announcedFrameRate: announced } = video;
  const rate =
    announced !== undefined && isCredibleFrameRate(announced) ? announced : properties['framerate'];
  return [
    ...(isPositive(width) && isPositive(height) ? [`${width}x${height}`] : []),
    ...(isPositive(rate) ? [`${Number(rate.toFixed(2))} fps`] : []),
  ];
}

function describeSound({ sampleRate, channels }: DescribedAudio): string[] {
  return [
    ...(isPositive(sampleRate) ? [`${sampleRate} Hz`] : []),
    ...(isPositive(channels) ? [LAYOUTS[channels] ?? `${channels} channels`] : []),
  ];
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && Number.isFinite(value);
}
