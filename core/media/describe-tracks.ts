// The tracks of a stream in words, for people: "H.264 1280x720 25 fps, AAC 44100 Hz stereo".
import { parseAudioSpecificConfig } from './aac/index.ts';
import { LivegoError } from '../errors.ts';
import { readMetadata } from './flv/metadata.ts';
import { parseAudioBody } from './flv/tag-body.ts';
import { readStreamVariant } from './hls/index.ts';
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

export interface DescribedTracks {
  readonly video: VideoCodec | undefined;
  readonly audio: AudioCodec | undefined;
}

/** @param headers - metadata and sequence headers; what they do not say is left out */
export function describeTracks(tracks: DescribedTracks, headers: readonly MediaPacket[]): string {
  const parts: string[] = [];
  if (tracks.video) parts.push([nameOf(tracks.video), ...describePicture(headers)].join(' '));
  if (tracks.audio) parts.push([nameOf(tracks.audio), ...describeSound(headers)].join(' '));
  return parts.join(', ') || 'neither video nor audio';
}

function nameOf(codec: Codec): string {
  return NAMES[codec] ?? codec.toUpperCase();
}

function describePicture(headers: readonly MediaPacket[]): string[] {
  const header = headers.find(
    ({ kind, header: isHeader, track }) => kind === 'video' && isHeader && track === 0,
  );
  const metadata = headers.find(({ kind }) => kind === 'data');
  const properties = (metadata && readMetadata(metadata.payload)) ?? {};
  const { resolution, frameRate } = (header && attempt(() => readStreamVariant({ video: header }))) ?? {};
  const size = resolution ?? { width: properties['width'], height: properties['height'] };
  const rate = frameRate ?? properties['framerate'];
  return [
    ...(isPositive(size.width) && isPositive(size.height) ? [`${size.width}x${size.height}`] : []),
    ...(isPositive(rate) ? [`${Number(rate.toFixed(2))} fps`] : []),
  ];
}

function describeSound(headers: readonly MediaPacket[]): string[] {
  const header = headers.find(
    ({ kind, header: isHeader, track }) => kind === 'audio' && isHeader && track === 0,
  );
  if (header?.codec !== 'aac') return [];
  const config = attempt(() => parseAudioSpecificConfig(parseAudioBody(header.payload).data));
  if (!config) return [];
  const channels = config.ps ? 2 : config.channels;
  const layout = LAYOUTS[channels] ?? `${channels} channels`;
  return [`${config.outputFrequency} Hz`, ...(channels > 0 ? [layout] : [])];
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && Number.isFinite(value);
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof LivegoError) return undefined;
    throw error;
  }
}
