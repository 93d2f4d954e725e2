// The body of an FLV video tag, which is the RTMP video message as well.
import { ByteReader } from '../bytes.ts';
import type { VideoCodec } from '../packet.ts';
import { hasAvcPacketType, VIDEO_CODEC_IDS, VIDEO_FOURCCS } from './codec-id.ts';
import * as enhanced from './enhanced-header.ts';

export type FrameType = 'keyframe' | 'inter' | 'disposable' | 'generated-keyframe' | 'command' | 'reserved';

export type VideoPacketType =
  | 'sequence-start'
  | 'coded-frames'
  | 'sequence-end'
  /** AMF 0 "colorInfo" and the like (Enhanced RTMP, VideoPacketType.Metadata). */
  | 'metadata'
  /** AV1 in the form of MPEG-2 TS (Enhanced RTMP). */
  | 'mpeg2ts-sequence-start'
  /** One byte: 0 start, 1 end of seeking (FLV spec E.4.3.1, FrameType 5). */
  | 'command'
  | 'reserved';

/** One track of one video message. */
export interface VideoBody {
  /** undefined if no specification gives the number or FourCC a codec. */
  readonly codec: VideoCodec | undefined;
  /** In the Enhanced RTMP form only. */
  readonly fourCc: string | undefined;
  readonly frameType: FrameType;
  readonly packetType: VideoPacketType;
  /** Milliseconds from decoding to presentation, signed. */
  readonly compositionTime: number;
  /** Nanoseconds to add to the presentation time (ModEx TimestampOffsetNano). */
  readonly timestampOffsetNano: number;
  readonly track: number;
  /** A view of the payload: the decoder configuration record, or NAL units with their lengths, OBUs … */
  readonly data: Buffer;
}

const FRAME_TYPES: readonly FrameType[] = [
  'reserved',
  'keyframe',
  'inter',
  'disposable',
  'generated-keyframe',
  'command',
];

const PACKET_TYPES: readonly VideoPacketType[] = [
  'sequence-start',
  'coded-frames',
  'sequence-end',
  'coded-frames',
  'metadata',
  'mpeg2ts-sequence-start',
];

/** Codecs whose CodedFrames begin with a composition time; CodedFramesX leaves out a time of zero. */
const COMPOSED: ReadonlySet<string> = new Set(['avc1', 'hvc1', 'vvc1']);

/** The first track of a video message; the only one, except in multitrack messages. Throws LVG_FLV. */
export function parseVideoBody(payload: Buffer): VideoBody {
  const first = parseTracks(payload, 1)[0];
  if (first === undefined) throw videoReader(payload).fault('no track');
  return first;
}

/** All tracks of a video message, in its order. Throws LVG_FLV if it is cut short. */
export function parseVideoTracks(payload: Buffer): VideoBody[] {
  return parseTracks(payload, Number.POSITIVE_INFINITY);
}

function videoReader(payload: Buffer): ByteReader {
  return new ByteReader(payload, 'LVG_FLV', 'video message');
}

function parseTracks(payload: Buffer, maxTracks: number): VideoBody[] {
  const input = videoReader(payload);
  const first = input.u8();
  return first >= 0x80
    ? parseEnhanced(input, frameTypeOf((first >> 4) & 0x07), maxTracks)
    : [parseLegacy(input, first)];
}

function frameTypeOf(number: number): FrameType {
  return FRAME_TYPES[number] ?? 'reserved';
}

function parseLegacy(input: ByteReader, first: number): VideoBody {
  const frameType = frameTypeOf(first >> 4);
  const codec = VIDEO_CODEC_IDS[first & 0x0f];
  const base = { codec, fourCc: undefined, frameType, timestampOffsetNano: 0, track: 0 };
  if (frameType === 'command') {
    return { ...base, packetType: 'command', compositionTime: 0, data: input.slice(input.remaining) };
  }
  if (!hasAvcPacketType(codec)) {
    return { ...base, packetType: 'coded-frames', compositionTime: 0, data: input.slice(input.remaining) };
  }
  const number = input.u8();
  const packetType = number <= 2 ? (PACKET_TYPES[number] ?? 'reserved') : 'reserved';
  // Some encoders send an end of sequence of two bytes, without its composition time.
  const timed = packetType !== 'sequence-end' || input.remaining >= 3;
  const time = timed ? readSigned24(input) : 0;
  const compositionTime = packetType === 'coded-frames' ? time : 0;
  return { ...base, packetType, compositionTime, data: input.slice(input.remaining) };
}

function readSigned24(input: ByteReader): number {
  return (input.u24() << 8) >> 8;
}

function parseEnhanced(input: ByteReader, frameType: FrameType, maxTracks: number): VideoBody[] {
  const typeOffset = enhanced.packetTypeOffset(input.bytes);
  input.offset = typeOffset;
  const number = input.u8() & 0x0f;
  const base = { frameType, timestampOffsetNano: enhanced.timestampOffsetNano(input.bytes) };
  if (frameType === 'command' && number !== enhanced.VIDEO_METADATA) {
    const data = input.slice(input.remaining);
    return [
      {
        ...base,
        codec: undefined,
        fourCc: undefined,
        packetType: 'command',
        compositionTime: 0,
        track: 0,
        data,
      },
    ];
  }
  if (number !== enhanced.VIDEO_MULTITRACK) {
    const fourCc = enhanced.readFourCc(input);
    return [{ ...base, ...readTrackBody(input.slice(input.remaining), fourCc, number), track: 0 }];
  }
  const tracks = enhanced.readTracks(input, maxTracks);
  return tracks.map(({ fourCc, packetType, track, data }) => ({
    ...base,
    ...readTrackBody(data, fourCc, packetType),
    track,
  }));
}

function readTrackBody(
  bytes: Buffer,
  fourCc: string,
  number: number,
): Pick<VideoBody, 'codec' | 'fourCc' | 'packetType' | 'compositionTime' | 'data'> {
  const codec = VIDEO_FOURCCS.get(fourCc);
  const packetType = PACKET_TYPES[number] ?? 'reserved';
  if (number !== enhanced.CODED_FRAMES || !COMPOSED.has(fourCc)) {
    return { codec, fourCc, packetType, compositionTime: 0, data: bytes };
  }
  const input = videoReader(bytes);
  const compositionTime = readSigned24(input);
  return { codec, fourCc, packetType, compositionTime, data: input.slice(input.remaining) };
}
