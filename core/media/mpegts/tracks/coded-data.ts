// Where the coded bytes of a message are. Runs for every frame, so the usual forms are read without an object.
import { SOUND_FORMAT_AAC } from '../../flv/codec-id.ts';
import { parseAudioBody, parseVideoBody } from '../../flv/tag-body.ts';
import type { AudioCodec } from '../../packet.ts';

/** The coded bytes are `payload[start, end)`. A record that each call overwrites. */
interface CodedData {
  start: number;
  end: number;
  /** Nanoseconds to add to the presentation time. */
  timestampOffsetNano: number;
}

export interface CodedVideo extends CodedData {
  /** Milliseconds. */
  compositionTime: number;
}

export interface CodedAudio extends CodedData {
  codec: AudioCodec | undefined;
}

/** CodecID AVC or HEVC, AVCPacketType, composition time (FLV spec E.4.3.1). */
const LEGACY_VIDEO_HEADER = 5;
const AVC_NALU = 1;
const COMMAND_FRAME = 5;

/** SoundFormat AAC and AACPacketType (FLV spec E.4.2.1, E.4.2.2). */
const AAC_HEADER = 2;
const AAC_RAW = 1;

/**
 * Finds the length-prefixed NAL units of an H.264 or HEVC message; false if there are none. Throws `LVG_FLV` if the
 * message is cut short.
 */
export function readCodedVideo(payload: Buffer, video: CodedVideo): boolean {
  const first = payload[0] ?? 0;
  if (first < 0x80 && first >> 4 !== COMMAND_FRAME && payload.length >= LEGACY_VIDEO_HEADER) {
    if (payload[1] !== AVC_NALU) return false;
    video.start = LEGACY_VIDEO_HEADER;
    video.end = payload.length;
    video.compositionTime = payload.readIntBE(2, 3);
    video.timestampOffsetNano = 0;
    return true;
  }
  const body = parseVideoBody(payload);
  video.compositionTime = body.compositionTime;
  return locate(payload, body, video);
}

/** Finds the frame of an audio message; false if there is none. Throws `LVG_FLV` if the message is cut short. */
export function readCodedAudio(payload: Buffer, audio: CodedAudio): boolean {
  if ((payload[0] ?? 0) >> 4 === SOUND_FORMAT_AAC && payload.length >= AAC_HEADER) {
    if (payload[1] !== AAC_RAW) return false;
    audio.codec = 'aac';
    audio.start = AAC_HEADER;
    audio.end = payload.length;
    audio.timestampOffsetNano = 0;
    return true;
  }
  const body = parseAudioBody(payload);
  audio.codec = body.codec;
  return locate(payload, body, audio);
}

interface Body {
  readonly packetType: string;
  readonly timestampOffsetNano: number;
  readonly data: Buffer;
}

function locate(payload: Buffer, { packetType, timestampOffsetNano, data }: Body, into: CodedData): boolean {
  into.start = data.byteOffset - payload.byteOffset;
  into.end = into.start + data.length;
  into.timestampOffsetNano = timestampOffsetNano;
  return packetType === 'coded-frames';
}
