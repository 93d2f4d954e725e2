// The attributes of a stream in a master playlist, read from the stream's own sequence headers.
import type { Codec, MediaPacket } from '../packet.ts';
import { aacCodecString, parseAudioSpecificConfig } from '../aac/index.ts';
import { avcCodecString, parseAvcDecoderConfigurationRecord, parseAvcSps } from '../avc/index.ts';
import { parseAudioBody, parseVideoBody } from '../flv/tag-body.ts';
import { hevcCodecString, parseHevcDecoderConfigurationRecord, parseHevcSps } from '../hevc/index.ts';
import { MP3_CODEC_STRING } from '../mp3/index.ts';
import type { PlaylistVariant } from './playlist.ts';

/** The part of a variant that stands in the stream itself. */
export type StreamVariant = Pick<PlaylistVariant, 'codecs' | 'resolution' | 'frameRate'>;

/** One packet of each track that names its codec. */
export interface TrackHeaders {
  /** The last video sequence header. */
  readonly video?: MediaPacket;
  /** The last audio sequence header or, for a codec without one, any audio packet. */
  readonly audio?: MediaPacket;
}

/** Codecs that need no header to be named (RFC 6381, ATSC A/52 annex F). */
const CODEC_STRINGS: Partial<Record<Codec, string>> = { mp3: MP3_CODEC_STRING, ac3: 'ac-3', eac3: 'ec-3' };

/**
 * Reads CODECS, RESOLUTION and FRAME-RATE. Throws `LVG_FLV` and `LVG_MEDIA` if a header is malformed.
 *
 * `codecs` is left out if a track's codec has no string here: players reject a stream whose list is incomplete.
 */
export function readStreamVariant(tracks: TrackHeaders): StreamVariant {
  const video = tracks.video === undefined ? undefined : readVideo(tracks.video);
  const audio = tracks.audio === undefined ? undefined : audioCodecString(tracks.audio);
  const complete =
    (tracks.video === undefined || video !== undefined) &&
    (tracks.audio === undefined || audio !== undefined);
  const codecs = [video?.codec, audio].filter((codec) => codec !== undefined);
  return {
    ...(complete && codecs.length > 0 ? { codecs } : {}),
    ...(video?.resolution === undefined ? {} : { resolution: video.resolution }),
    ...(video?.frameRate === undefined ? {} : { frameRate: video.frameRate }),
  };
}

/** Frames a second that a camera or a game has. Encoders that know none write a tick of their clock instead. */
const MIN_FRAME_RATE = 1;
const MAX_FRAME_RATE = 300;

/** Whether a header's frame rate can be true. Some encoders write the rate of their clock. */
export function isCredibleFrameRate(rate: number): boolean {
  return rate >= MIN_FRAME_RATE && rate <= MAX_FRAME_RATE;
}

interface VideoVariant {
  readonly codec: string;
  readonly resolution: PlaylistVariant['resolution'] | undefined;
  readonly frameRate: number | undefined;
}

function readVideo(packet: MediaPacket): VideoVariant | undefined {
  if (packet.codec === 'avc') {
    const record = parseAvcDecoderConfigurationRecord(parseVideoBody(packet.payload).data);
    return describe(avcCodecString(record), record.sps[0], parseAvcSps);
  }
  if (packet.codec === 'hevc') {
    const record = parseHevcDecoderConfigurationRecord(parseVideoBody(packet.payload).data);
    return describe(hevcCodecString(record), record.sps[0], parseHevcSps);
  }
  return undefined;
}

interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number | undefined;
}

function describe(
  codec: string,
  sps: Buffer | undefined,
  parse: (nalUnit: Buffer) => PictureSize,
): VideoVariant {
  if (sps === undefined) return { codec, resolution: undefined, frameRate: undefined };
  const { width, height, frameRate } = parse(sps);
  const credible = frameRate !== undefined && isCredibleFrameRate(frameRate);
  return { codec, resolution: { width, height }, frameRate: credible ? frameRate : undefined };
}

function audioCodecString(packet: MediaPacket): string | undefined {
  if (packet.codec === undefined) return undefined;
  if (packet.codec !== 'aac') return CODEC_STRINGS[packet.codec];
  if (!packet.header) return undefined;
  return aacCodecString(parseAudioSpecificConfig(parseAudioBody(packet.payload).data));
}
