// Packets as FLV tags, for HTTP-FLV, WebSocket and recordings.
import type { AnnouncedTracks } from './announced-tracks.ts';
import type { MediaKind, MediaPacket } from '../packet.ts';
import { sharedFormat, type PacketFormat } from '../packet-format.ts';
import { buildFlvHeader } from './file.ts';
import { restrictMetadata } from './metadata.ts';
import {
  FLV_TAG_TYPE_IDS,
  flvTagByteLength,
  flvTypeAndSize,
  MAX_TAG_BODY_BYTES,
  writeFlvTagBody,
  writeFlvTagHeader,
} from './tag.ts';

export interface FlvPacketFormatOptions {
  /** Only this kind; onMetaData is still sent, without its properties of the other kind. */
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
  /**
   * So that metadata is rewritten once, although it is measured and then written, and for each viewer that needs it again. By
   * payload: each such viewer gets a packet of its own, with a timestamp of its own.
   */
  readonly #restricted = new WeakMap<Buffer, Buffer>();

  constructor(options: FlvPacketFormatOptions = {}) {
    this.only = options.only;
    this.name = options.only === undefined ? 'flv' : `flv/${options.only}`;
  }

  /** The FLV header. Its flags are true of the tracks that a viewer gets (FLV spec E.2). */
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
    const body = this.#bodyOf(packet);
    const typeAndSize = flvTypeAndSize(TYPE_IDS[packet.kind], body.length);
    return writeFlvTagBody(target, writeFlvTagHeader(target, offset, typeAndSize, packet.timestamp), body);
  }

  #bodyOf(packet: MediaPacket): Buffer {
    if (this.only === undefined || packet.kind !== 'data') return packet.payload;
    let body = this.#restricted.get(packet.payload);
    if (body === undefined) {
      body = restrictMetadata(packet.payload, this.only);
      this.#restricted.set(packet.payload, body);
    }
    return body;
  }
}

/** FLV tags, for plugins that share their bytes: all tracks, or one kind. */
export const FLV = sharedFormat(() => new FlvPacketFormat());
export const FLV_AUDIO = sharedFormat(() => new FlvPacketFormat({ only: 'audio' }));
export const FLV_VIDEO = sharedFormat(() => new FlvPacketFormat({ only: 'video' }));
