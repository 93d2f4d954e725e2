// RTMP chunks for targets: as players get them, but for the metadata.
import { MediaPacket, type PacketFormat } from 'livego/media';
import type { RtmpPacketFormat } from 'livego/rtmp';

/** `@setDataFrame` as AMF 0 string: targets keep the metadata behind it for those who join later. */
const SET_DATA_FRAME = Buffer.from('\u0002\0\r@setDataFrame', 'latin1');

export class PublishFormat implements PacketFormat {
  readonly name: string;
  readonly only: 'audio' | 'video' | undefined;
  readonly #chunks: RtmpPacketFormat;
  readonly #framed = new WeakMap<MediaPacket, MediaPacket>();

  constructor(chunks: RtmpPacketFormat) {
    this.name = `${chunks.name}/publish`;
    this.only = chunks.only;
    this.#chunks = chunks;
  }

  accepts(packet: MediaPacket): boolean {
    return this.#chunks.accepts(packet);
  }

  byteLength(packet: MediaPacket): number {
    return this.#chunks.byteLength(this.#frame(packet));
  }

  write(packet: MediaPacket, target: Buffer, offset: number): number {
    return this.#chunks.write(this.#frame(packet), target, offset);
  }

  #frame(packet: MediaPacket): MediaPacket {
    if (packet.kind !== 'data' || !packet.header) return packet;
    const present = this.#framed.get(packet);
    if (present) return present;
    const { info, timestamp, payload } = packet;
    const framed = new MediaPacket(info, timestamp, Buffer.concat([SET_DATA_FRAME, payload]));
    this.#framed.set(packet, framed);
    return framed;
  }
}
