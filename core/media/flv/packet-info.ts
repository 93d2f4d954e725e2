// Reads the first bytes of an FLV tag body into a packet's info. Runs once for every message that is published, so it
// makes no object: the infos are made beforehand and shared.
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
/** SoundFormat and flags, AACPacketType. */
const AAC_DATA_OFFSET = 2;

/** The infos of one codec's packets. */
interface CodecInfos {
  readonly header: PacketInfo;
  readonly keyframe: PacketInfo;
  readonly frame: PacketInfo;
  readonly supplement: PacketInfo;
  /** No frame and no header: an end of sequence, a command, nothing at all. */
  readonly empty: PacketInfo;
}

function infosOf(kind: MediaKind, codec: Codec | undefined): CodecInfos {
  const base = { kind, codec, keyframe: false, header: false, supplement: false, media: true, track: 0 };
  return {
    header: Object.freeze({ ...base, header: true, media: false }),
    keyframe: Object.freeze({ ...base, keyframe: true }),
    frame: Object.freeze(base),
    supplement: Object.freeze({ ...base, supplement: true, media: false }),
    empty: Object.freeze({ ...base, media: false }),
  };
}

function byFourCc(kind: MediaKind, codecs: ReadonlyMap<string, Codec>): ReadonlyMap<number, CodecInfos> {
  return new Map([...codecs].map(([fourCc, codec]) => [fourCcNumber(fourCc), infosOf(kind, codec)]));
}

const legacyVideo = VIDEO_CODEC_IDS.map((codec: VideoCodec | undefined) => infosOf('video', codec));
const legacyAudio = SOUND_FORMATS.map((codec: AudioCodec | undefined) => infosOf('audio', codec));
const enhancedVideo = byFourCc('video', VIDEO_FOURCCS);
const enhancedAudio = byFourCc('audio', AUDIO_FOURCCS);
const unknownVideo = infosOf('video', undefined);
const unknownAudio = infosOf('audio', undefined);

const data = infosOf('data', undefined);

/** The info of a data message: `onMetaData` is a header, since late joiners need it as well. Never throws. */
export function describeData(payload: Buffer): PacketInfo {
  return dataMessageName(payload) === ON_META_DATA ? data.header : data.empty;
}

/**
 * The info of a video message (FLV spec E.4.3.1, Enhanced RTMP v2 "Enhanced Video"). Never throws: senseless bytes have
 * no codec. The info of a message with several tracks is that of its first.
 */
export function describeVideo(payload: Buffer): PacketInfo {
  const first = payload[0];
  if (first === undefined) return unknownVideo.empty;
  if (first >= 0x80) return describeEnhancedVideo(payload, (first >> 4) & 0x07);
  const frameType = first >> 4;
  const infos = legacyVideo[first & 0x0f] ?? unknownVideo;
  if (frameType === FRAME_TYPE_COMMAND || payload.length === 1) return infos.empty;
  if (hasAvcPacketType(infos.frame.codec as VideoCodec | undefined)) {
    // A header or frame without a single byte of data is of no use to late joiners.
    if (payload.length <= AVC_DATA_OFFSET) return infos.empty;
    if (payload[1] === 0) return infos.header;
    if (payload[1] !== 1) return infos.empty;
  }
  return isKeyframe(frameType) ? infos.keyframe : infos.frame;
}

/** The info of an audio message (FLV spec E.4.2.1, Enhanced RTMP v2 "Enhanced Audio"). Never throws. */
export function describeAudio(payload: Buffer): PacketInfo {
  const first = payload[0];
  if (first === undefined) return unknownAudio.empty;
  const soundFormat = first >> 4;
  if (soundFormat === SOUND_FORMAT_ENHANCED) return describeEnhancedAudio(payload);
  const infos = legacyAudio[soundFormat] ?? unknownAudio;
  if (soundFormat !== SOUND_FORMAT_AAC) return payload.length > 1 ? infos.frame : infos.empty;
  if (payload.length <= AAC_DATA_OFFSET || payload[1]! > 1) return infos.empty;
  return payload[1] === 0 ? infos.header : infos.frame;
}

function isKeyframe(frameType: number): boolean {
  return frameType === FRAME_TYPE_KEY || frameType === FRAME_TYPE_GENERATED_KEY;
}

function describeEnhancedVideo(payload: Buffer, frameType: number): PacketInfo {
  const typeOffset = enhanced.packetTypeOffset(payload);
  let packetType = (payload[typeOffset] ?? 0) & 0x0f;
  const command = frameType === FRAME_TYPE_COMMAND && packetType !== enhanced.VIDEO_METADATA;
  if (command) return unknownVideo.empty;
  let fourCcOffset = typeOffset + 1;
  const multitrack = packetType === enhanced.VIDEO_MULTITRACK;
  if (multitrack) packetType = (payload[fourCcOffset++] ?? 0) & 0x0f;
  const infos = lookUp(enhancedVideo, payload, fourCcOffset) ?? unknownVideo;
  const track = multitrack ? (payload[fourCcOffset + 4] ?? 0) : 0;
  if (payload.length <= dataOffset(payload, typeOffset, multitrack)) return onTrack(infos.empty, track);
  switch (packetType) {
    case enhanced.SEQUENCE_START:
    case enhanced.MPEG2TS_SEQUENCE_START:
      return onTrack(infos.header, track);
    case enhanced.CODED_FRAMES:
    case enhanced.CODED_FRAMES_X:
      return onTrack(isKeyframe(frameType) ? infos.keyframe : infos.frame, track);
    case enhanced.VIDEO_METADATA:
      return onTrack(infos.supplement, track);
    default:
      return onTrack(infos.empty, track);
  }
}

function describeEnhancedAudio(payload: Buffer): PacketInfo {
  const typeOffset = enhanced.packetTypeOffset(payload);
  let packetType = (payload[typeOffset] ?? 0) & 0x0f;
  let fourCcOffset = typeOffset + 1;
  const multitrack = packetType === enhanced.AUDIO_MULTITRACK;
  if (multitrack) packetType = (payload[fourCcOffset++] ?? 0) & 0x0f;
  const infos = lookUp(enhancedAudio, payload, fourCcOffset) ?? unknownAudio;
  const track = multitrack ? (payload[fourCcOffset + 4] ?? 0) : 0;
  if (payload.length <= dataOffset(payload, typeOffset, multitrack)) return onTrack(infos.empty, track);
  if (packetType === enhanced.SEQUENCE_START) return onTrack(infos.header, track);
  if (packetType === enhanced.MULTICHANNEL_CONFIG) return onTrack(infos.supplement, track);
  return onTrack(packetType === enhanced.CODED_FRAMES ? infos.frame : infos.empty, track);
}

function lookUp(
  known: ReadonlyMap<number, CodecInfos>,
  payload: Buffer,
  fourCcOffset: number,
): CodecInfos | undefined {
  return payload.length < fourCcOffset + 4 ? undefined : known.get(payload.readUInt32BE(fourCcOffset));
}

// Type byte and FourCC. A message with several tracks has one more type byte, the track's id and, for more than one, its
// size.
function dataOffset(payload: Buffer, typeOffset: number, multitrack: boolean): number {
  if (!multitrack) return typeOffset + 5;
  const alone = (payload[typeOffset + 1] ?? 0) >> 4 === enhanced.ONE_TRACK;
  return typeOffset + (alone ? 7 : 10);
}

function onTrack(info: PacketInfo, track: number): PacketInfo {
  return track === 0 ? info : { ...info, track };
}
