// Media formats: bytes to records and back. This room is the ground floor: it imports nothing but core/errors.ts, and it
// knows no stream, no viewer, no socket and no clock. Each codec and container has a folder of its own.
//
// This file is one media message on its way from a publisher to the viewers.

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

/** The properties of a packet, read once from the first bytes of its payload (core/media/flv/packet-info.ts). */
export interface PacketInfo {
  readonly kind: MediaKind;
  /** undefined for data, and for codecs that no FLV specification names. */
  readonly codec: Codec | undefined;
  /** A video frame from which decoding can start. Never true for sequence headers, audio or data. */
  readonly keyframe: boolean;
  /**
   * A viewer needs it before anything else: decoder configuration ("sequence header": AVCDecoderConfigurationRecord,
   * AudioSpecificConfig …), and for data the stream's `onMetaData`.
   */
  readonly header: boolean;
  /**
   * It says more about its track than the sequence header does: colour and HDR, loudspeakers (Enhanced RTMP v2, Metadata
   * and MultichannelConfig). Late joiners get it as well, but it sets up no decoder.
   */
  readonly supplement: boolean;
  /** It is a frame. False for headers, data, commands, an end of sequence, and messages without a byte of content. */
  readonly media: boolean;
  /** Enhanced RTMP track id; 0 if the packet is not multitrack. */
  readonly track: number;
}

/**
 * One message, shared by every viewer and never written to.
 *
 * `payload` is the FLV tag body (FLV spec E.4.1), which is the RTMP message payload as well, byte for byte.
 */
export class MediaPacket implements PacketInfo {
  /** Shared by all packets that it fits. */
  readonly info: PacketInfo;
  /** Decoding time in milliseconds on the stream's own timeline: unwrapped, so it may pass 2^32. */
  readonly timestamp: number;
  readonly payload: Buffer;

  constructor(info: PacketInfo, timestamp: number, payload: Buffer) {
    this.info = info;
    this.timestamp = timestamp;
    this.payload = payload;
  }

  get kind(): MediaKind {
    return this.info.kind;
  }

  get codec(): Codec | undefined {
    return this.info.codec;
  }

  get keyframe(): boolean {
    return this.info.keyframe;
  }

  get header(): boolean {
    return this.info.header;
  }

  get supplement(): boolean {
    return this.info.supplement;
  }

  get media(): boolean {
    return this.info.media;
  }

  get track(): number {
    return this.info.track;
  }
}
