// The VP8 and VP9 sequence header of FLV and MP4 (VP codec ISOBMFF binding, "vpcC").
import { ByteReader } from '../bytes.ts';

export interface VpCodecConfigurationRecord {
  readonly profile: number;
  /** Ten times the level: 31 is 3.1; 0 if unknown. */
  readonly level: number;
  readonly bitDepth: number;
  /** 0 and 1 4:2:0 (siting differs), 2 4:2:2, 3 4:4:4. */
  readonly chromaSubsampling: number;
  readonly fullRange: boolean;
  readonly colourPrimaries: number;
  readonly transferCharacteristics: number;
  readonly matrixCoefficients: number;
}

/** Version 1 and flags of the box; ffmpeg and OBS leave them in front of the record. */
const BOX_HEAD = 0x01000000;

/** Reads the record, with or without the four bytes of the box in front. Throws LVG_MEDIA if it is cut short. */
export function parseVpCodecConfigurationRecord(bytes: Buffer): VpCodecConfigurationRecord {
  const input = new ByteReader(bytes, 'LVG_MEDIA', 'VPCodecConfigurationRecord');
  // As a record these four bytes would mean a depth of 0 bits, so they cannot be one.
  if (input.u32() !== BOX_HEAD) input.offset = 0;
  const profile = input.u8();
  const level = input.u8();
  const format = input.u8();
  return {
    profile,
    level,
    bitDepth: format >> 4,
    chromaSubsampling: (format >> 1) & 0x07,
    fullRange: (format & 1) !== 0,
    colourPrimaries: input.u8(),
    transferCharacteristics: input.u8(),
    matrixCoefficients: input.u8(),
  };
}

/** `vp09.00.31.08` (VP codec ISOBMFF binding, "Codecs Parameter String"), in its short form. */
export function vp9CodecString(record: VpCodecConfigurationRecord): string {
  const parts = [record.profile, record.level, record.bitDepth].map((part) => String(part).padStart(2, '0'));
  return `vp09.${parts.join('.')}`;
}
