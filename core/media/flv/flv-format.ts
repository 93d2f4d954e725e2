// Packets as FLV tags, for HTTP-FLV, WebSocket and recordings.
import type { AnnouncedTracks } from './announced-tracks.ts';
import type { MediaKind, MediaPacket } from '../packet.ts';
import type { PacketFormat } from '../packet-format.ts';
import { buildFlvHeader } from './file.ts';
import { restrictMetadata } from './metadata.ts';
import { FLV_TAG_TYPE_IDS, flvTagByteLength, MAX_TAG_BODY_BYTES, writeFlvTag } from './tag.ts';

export interface FlvPacketFormatOptions {
  /** Only this kind; onMetaData still comes, without what it says of the other kind. */
  readonly only?: 'audio' | 'video' | undefined;
}

const TYPE_IDS: Readonly<Record<MediaKind, number>> = {
  audio: FLV_TAG_TYPE_IDS.audio,
  video: FLV_TAG_TYPE_IDS.video,
  data: FLV_TAG_TYPE_IDS.script,
};

/** Each packet becomes a tag and its PreviousTagSize. Timestamps are the stream's, modulo 2^32. */
export class FlvPacketFormat implements PacketFormat {
  readonly name: string;
  readonly only: 'audio' | 'video' | undefined;
  /** Metadata is rewritten once, although it is measured and then written. */
  readonly #restricted = new WeakMap<MediaPacket, Buffer>();

  constructor(options: FlvPacketFormatOptions = {}) {
    this.only = options.only;
    this.name = options.only === undefined ? 'flv' : `flv/${options.only}`;
  }

  /** The FLV header whose flags tell the truth about the tracks that a viewer gets (FLV spec E.2). */
  start({ audio, video }: AnnouncedTracks): Buffer {
    return buildFlvHeader({ audio: audio && this.only !== 'video', video: video && this.only !== 'audio' });
  }

  accepts(packet: MediaPacket): boolean {
    if (packet.payload.length > MAX_TAG_BODY_BYTES) return false;
    return this.only === undefined || packet.kind === this.only || packet.kind === 'data';
  }

  byteLength(packet: MediaPacket): number {
    return flvTagByteLength(this.#bodyOf(packet).length);
  }

  write(packet: MediaPacket, target: Buffer, offset: number): number {
    return writeFlvTag(TYPE_IDS[packet.kind], packet.timestamp, this.#bodyOf(packet), target, offset);
  }

  #bodyOf(packet: MediaPacket): Buffer {
    if (this.only === undefined || packet.kind !== 'data') return packet.payload;
    let body = this.#restricted.get(packet);
    if (body === undefined) {
      body = restrictMetadata(packet.payload, this.only);
      this.#restricted.set(packet, body);
    }
    return body;
  }
}
