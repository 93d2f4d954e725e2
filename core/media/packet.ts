// One media message on its way from a publisher to everybody who watches.

/** Video codecs that FLV can carry: CodecID (FLV spec E.4.3.1) or FourCC (Enhanced RTMP v2, "Enhanced Video"). */
export type VideoCodec =
  'avc' | 'hevc' | 'vvc' | 'av1' | 'vp9' | 'vp8' | 'sorenson' | 'vp6' | 'vp6a' | 'screen' | 'screen2';

/** Audio codecs that FLV can carry: SoundFormat (FLV spec E.4.2.1) or FourCC (Enhanced RTMP v2, "Enhanced Audio"). */
export type AudioCodec =
  | 'aac'
  | 'mp3'
  | 'opus'
  | 'flac'
  | 'ac3'
  | 'eac3'
  | 'pcm'
  | 'adpcm'
  | 'nellymoser'
  | 'g711a'
  | 'g711u'
  | 'speex';

export type Codec = VideoCodec | AudioCodec;

export type MediaKind = 'audio' | 'video' | 'data';

/** What a packet says of itself; read once, from the first bytes of its payload (core/media/flv/tag-body.ts). */
export interface PacketInfo {
  readonly kind: MediaKind;
  /** undefined for data, and for codecs that no published FLV version names. */
  readonly codec: Codec | undefined;
  /** A video frame from which decoding can start. Never true for sequence headers, audio or data. */
  readonly keyframe: boolean;
  /**
   * What a viewer must have before anything else: decoder configuration ("sequence header":
   * AVCDecoderConfigurationRecord, AudioSpecificConfig …), and for data the stream's `onMetaData`.
   */
  readonly header: boolean;
  /** Enhanced RTMP track id; 0 for everything that is not multitrack. */
  readonly track: number;
}

/**
 * One message, shared by every viewer and never written to.
 *
 * `payload` is the FLV tag body (FLV spec E.4.1), which is the RTMP message payload as well, byte for byte.
 */
export class MediaPacket implements PacketInfo {
  /** Shared by all packets that it fits. */
  readonly description: PacketInfo;
  /** Decoding time in milliseconds on the stream's own timeline: unwrapped, so it may pass 2^32. */
  readonly timestamp: number;
  readonly payload: Buffer;

  constructor(description: PacketInfo, timestamp: number, payload: Buffer) {
    this.description = description;
    this.timestamp = timestamp;
    this.payload = payload;
  }

  get kind(): MediaKind {
    return this.description.kind;
  }

  get codec(): Codec | undefined {
    return this.description.codec;
  }

  get keyframe(): boolean {
    return this.description.keyframe;
  }

  get header(): boolean {
    return this.description.header;
  }

  get track(): number {
    return this.description.track;
  }
}
