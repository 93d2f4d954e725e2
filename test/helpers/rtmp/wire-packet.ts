// Media messages as tests see them on the wire.
import type { MediaKind } from '../../../core/media/packet.ts';
import { MESSAGE_TYPE, type RtmpMessage } from '../../../core/protocol/rtmp/message.ts';

/** A media message, received or to be sent: payload and raw timestamp in milliseconds. */
export interface WirePacket {
  readonly kind: MediaKind;
  readonly timestamp: number;
  readonly payload: Buffer;
}

export const TYPE: Readonly<Record<MediaKind, number>> = {
  audio: MESSAGE_TYPE.audio,
  video: MESSAGE_TYPE.video,
  data: MESSAGE_TYPE.dataAmf0,
};

export function toPacket({ type, timestamp, payload }: RtmpMessage): WirePacket {
  const kind = type === MESSAGE_TYPE.video ? 'video' : type === MESSAGE_TYPE.audio ? 'audio' : 'data';
  return { kind, timestamp, payload };
}
