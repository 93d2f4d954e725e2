// What a source sends, as packets of a stream.
import { LivegoError } from 'livego';
import {
  dataMessageName,
  describeAudio,
  describeData,
  describeVideo,
  normaliseDataMessage,
  type PacketInfo,
} from 'livego/media';
import { dataPayloadAsAmf0, MESSAGE_TYPE, type RtmpMessage } from 'livego/rtmp';

/** Data that RTMP servers send to their players, and that is no part of the stream. */
const SERVER_DATA = new Set(['|RtmpSampleAccess', 'onStatus', '@clearDataFrame']);

interface ReadPacket {
  readonly info: PacketInfo;
  readonly payload: Buffer;
}

/** Undefined for messages that hold nothing to play. */
export function readMessage({ type, payload }: RtmpMessage): ReadPacket | undefined {
  if (payload.length === 0) return undefined;
  if (type === MESSAGE_TYPE.video) return { info: describeVideo(payload), payload };
  if (type === MESSAGE_TYPE.audio) return { info: describeAudio(payload), payload };
  try {
    const body = dataPayloadAsAmf0(type, payload);
    return readData(body);
  } catch (error) {
    // A data message that cannot be read costs nothing but itself.
    if (error instanceof LivegoError) return undefined;
    throw error;
  }
}

/** A script tag's body, or a data message. */
export function readData(payload: Buffer): ReadPacket | undefined {
  if (SERVER_DATA.has(dataMessageName(payload) ?? '')) return undefined;
  const body = normaliseDataMessage(payload);
  return { info: describeData(body), payload: body };
}
