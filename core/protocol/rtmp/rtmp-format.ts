// The packets of a stream as RTMP chunks, for all viewers that agree on chunk size and message stream id.
import type { MediaKind, MediaPacket } from '../../media/packet.ts';
import type { PacketFormat } from '../../media/packet-format.ts';
import { chunkedByteLength, writeChunks } from './chunks/chunk-writer.ts';
import { MESSAGE_TYPE } from './message.ts';
import { wrapTimestamp } from './timestamp.ts';

/** Chunk streams of media, as Flash Media Server has them. 2 is protocol control (5.3.1.1), 3 is commands. */
export const CHUNK_STREAM: Readonly<Record<MediaKind, number>> = { audio: 4, video: 6, data: 5 };

const TYPE: Readonly<Record<MediaKind, number>> = {
  audio: MESSAGE_TYPE.audio,
  video: MESSAGE_TYPE.video,
  data: MESSAGE_TYPE.dataAmf0,
};

/**
 * One type 0 header per message, so that viewers who joined at different times can share the bytes. Timestamps are the
 * packet's modulo 2^32.
 */
export class RtmpPacketFormat implements PacketFormat {
  readonly name: string;
  readonly chunkSize: number;
  readonly messageStreamId: number;
  /** For players that sent receiveAudio or receiveVideo (7.2.2.4, 7.2.2.5) with false. */
  readonly only: 'audio' | 'video' | undefined;
  readonly startsAt: 'next-keyframe' | undefined;

  constructor(
    chunkSize: number,
    messageStreamId: number,
    only?: 'audio' | 'video',
    startsAt?: 'next-keyframe',
  ) {
    this.name = only === undefined ? `rtmp/${chunkSize}` : `rtmp/${chunkSize}/${only}`;
    this.chunkSize = chunkSize;
    this.messageStreamId = messageStreamId;
    this.only = only;
    this.startsAt = startsAt;
  }

  /** RTMP carries everything whose length fits the header's 24 bits. */
  accepts(packet: MediaPacket): boolean {
    if (packet.payload.length > 0xffffff) return false;
    return this.only === undefined || packet.kind === this.only || packet.kind === 'data';
  }

  byteLength(packet: MediaPacket): number {
    const timestamp = wrapTimestamp(packet.timestamp);
    return chunkedByteLength(CHUNK_STREAM[packet.kind], timestamp, packet.payload.length, this.chunkSize);
  }

  write(packet: MediaPacket, target: Buffer, offset: number): number {
    const message = {
      type: TYPE[packet.kind],
      streamId: this.messageStreamId,
      timestamp: wrapTimestamp(packet.timestamp),
      payload: packet.payload,
      chunkStreamId: CHUNK_STREAM[packet.kind],
    };
    return writeChunks(target, offset, message, this.chunkSize);
  }
}
