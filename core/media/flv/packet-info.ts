// What the first bytes of an FLV tag body say of the packet. Runs once for every message that is published, so it
// makes no object: descriptions are made beforehand and shared.
import type { AudioCodec, Codec, MediaKind, PacketInfo, VideoCodec } from '../packet.ts';
import { AUDIO_FOURCCS, SOUND_FORMAT_AAC, SOUND_FORMAT_ENHANCED, SOUND_FORMATS } from './codec-id.ts';
import { fourCcNumber, hasAvcPacketType, VIDEO_CODEC_IDS, VIDEO_FOURCCS } from './codec-id.ts';
import { dataMessageName, ON_META_DATA } from './metadata.ts';
import * as enhanced from './enhanced-header.ts';

const FRAME_TYPE_KEY = 1;
const FRAME_TYPE_GENERATED_KEY = 4;
const FRAME_TYPE_COMMAND = 5;
/** Frame and codec, AVCPacketType, composition time. */
const AVC_DATA_OFFSET = 5;

/** The packets of one codec, by what they are. */
interface Descriptions {
  readonly header: PacketInfo;
  readonly keyframe: PacketInfo;
  readonly other: PacketInfo;
}

function descriptionsOf(kind: MediaKind, codec: Codec | undefined): Descriptions {
  const base = { kind, codec, keyframe: false, header: false, track: 0 };
  return {
    header: Object.freeze({ ...base, header: true }),
    keyframe: Object.freeze({ ...base, keyframe: true }),
    other: Object.freeze(base),
  };
}

function byFourCc(kind: MediaKind, codecs: ReadonlyMap<string, Codec>): ReadonlyMap<number, Descriptions> {
  return new Map([...codecs].map(([fourCc, codec]) => [fourCcNumber(fourCc), descriptionsOf(kind, codec)]));
}

const legacyVideo = VIDEO_CODEC_IDS.map((codec: VideoCodec | undefined) => descriptionsOf('video', codec));
const legacyAudio = SOUND_FORMATS.map((codec: AudioCodec | undefined) => descriptionsOf('audio', codec));
const enhancedVideo = byFourCc('video', VIDEO_FOURCCS);
const enhancedAudio = byFourCc('audio', AUDIO_FOURCCS);
const unknownVideo = descriptionsOf('video', undefined);
const unknownAudio = descriptionsOf('audio', undefined);

const data = descriptionsOf('data', undefined);

/** Describes a data message: a header when it is `onMetaData`, which late joiners need as well. Never throws. */
export function describeData(payload: Buffer): PacketInfo {
  return dataMessageName(payload) === ON_META_DATA ? data.header : data.other;
}

/**
 * Describes a video message (FLV spec E.4.3.1, Enhanced RTMP v2 "Enhanced Video"). Never throws: bytes that say
 * nothing sensible have no codec. A message with several tracks is described by its first.
 */
export function describeVideo(payload: Buffer): PacketInfo {
  const first = payload[0];
  if (first === undefined) return unknownVideo.other;
  if (first >= 0x80) return describeEnhancedVideo(payload, (first >> 4) & 0x07);
  const frameType = first >> 4;
  const descriptions = legacyVideo[first & 0x0f] ?? unknownVideo;
  if (frameType === FRAME_TYPE_COMMAND) return descriptions.other;
  if (hasAvcPacketType(descriptions.other.codec as VideoCodec | undefined)) {
    // A header or frame without a single byte of data is one that nobody can use: not worth keeping for late joiners.
    if (payload.length <= AVC_DATA_OFFSET) return descriptions.other;
    if (payload[1] === 0) return descriptions.header;
    if (payload[1] !== 1) return descriptions.other;
  }
  return isKeyframe(frameType) ? descriptions.keyframe : descriptions.other;
}

/** Describes an audio message (FLV spec E.4.2.1, Enhanced RTMP v2 "Enhanced Audio"). Never throws. */
export function describeAudio(payload: Buffer): PacketInfo {
  const first = payload[0];
  if (first === undefined) return unknownAudio.other;
  const soundFormat = first >> 4;
  if (soundFormat === SOUND_FORMAT_ENHANCED) return describeEnhancedAudio(payload);
  const descriptions = legacyAudio[soundFormat] ?? unknownAudio;
  const header = soundFormat === SOUND_FORMAT_AAC && payload.length > 2 && payload[1] === 0;
  return header ? descriptions.header : descriptions.other;
}

function isKeyframe(frameType: number): boolean {
  return frameType === FRAME_TYPE_KEY || frameType === FRAME_TYPE_GENERATED_KEY;
}

function describeEnhancedVideo(payload: Buffer, frameType: number): PacketInfo {
  const typeOffset = enhanced.packetTypeOffset(payload);
  let packetType = (payload[typeOffset] ?? 0) & 0x0f;
  const command = frameType === FRAME_TYPE_COMMAND && packetType !== enhanced.VIDEO_METADATA;
  if (command) return unknownVideo.other;
  let fourCcOffset = typeOffset + 1;
  const multitrack = packetType === enhanced.VIDEO_MULTITRACK;
  if (multitrack) packetType = (payload[fourCcOffset++] ?? 0) & 0x0f;
  const descriptions = lookUp(enhancedVideo, payload, fourCcOffset) ?? unknownVideo;
  const track = multitrack ? (payload[fourCcOffset + 4] ?? 0) : 0;
  if (payload.length <= dataOffset(payload, typeOffset, multitrack))
    return onTrack(descriptions.other, track);
  switch (packetType) {
    case enhanced.SEQUENCE_START:
    case enhanced.MPEG2TS_SEQUENCE_START:
      return onTrack(descriptions.header, track);
    case enhanced.CODED_FRAMES:
    case enhanced.CODED_FRAMES_X:
      return onTrack(isKeyframe(frameType) ? descriptions.keyframe : descriptions.other, track);
    default:
      return onTrack(descriptions.other, track);
  }
}

function describeEnhancedAudio(payload: Buffer): PacketInfo {
  const typeOffset = enhanced.packetTypeOffset(payload);
  let packetType = (payload[typeOffset] ?? 0) & 0x0f;
  let fourCcOffset = typeOffset + 1;
  const multitrack = packetType === enhanced.AUDIO_MULTITRACK;
  if (multitrack) packetType = (payload[fourCcOffset++] ?? 0) & 0x0f;
  const descriptions = lookUp(enhancedAudio, payload, fourCcOffset) ?? unknownAudio;
  const track = multitrack ? (payload[fourCcOffset + 4] ?? 0) : 0;
  const header =
    packetType === enhanced.SEQUENCE_START && payload.length > dataOffset(payload, typeOffset, multitrack);
  return onTrack(header ? descriptions.header : descriptions.other, track);
}

function lookUp(
  known: ReadonlyMap<number, Descriptions>,
  payload: Buffer,
  fourCcOffset: number,
): Descriptions | undefined {
  return payload.length < fourCcOffset + 4 ? undefined : known.get(payload.readUInt32BE(fourCcOffset));
}

// Type byte, FourCC; with several tracks one more type byte, the track's id and, unless it is alone, its size.
function dataOffset(payload: Buffer, typeOffset: number, multitrack: boolean): number {
  if (!multitrack) return typeOffset + 5;
  const alone = (payload[typeOffset + 1] ?? 0) >> 4 === enhanced.ONE_TRACK;
  return typeOffset + (alone ? 7 : 10);
}

function onTrack(description: PacketInfo, track: number): PacketInfo {
  return track === 0 ? description : { ...description, track };
}
