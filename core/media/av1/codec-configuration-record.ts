// The AV1 sequence header of FLV and MP4 (AV1 ISOBMFF binding clause 2.3, "av1C").
import { ByteReader } from '../bytes.ts';
import { AV1_OBU, readObus } from './obu.ts';
import { parseAv1SequenceHeader, type Av1SequenceHeader } from './sequence-header.ts';

export interface Av1CodecConfigurationRecord {
  readonly seqProfile: number;
  readonly seqLevelIdx: number;
  readonly tier: 'main' | 'high';
  readonly bitDepth: 8 | 10 | 12;
  readonly monochrome: boolean;
  readonly chromaSubsamplingX: 0 | 1;
  readonly chromaSubsamplingY: 0 | 1;
  readonly chromaSamplePosition: number;
  /** A view; may be empty. */
  readonly configObus: Buffer;
  /** From configObus, if it is there. */
  readonly sequenceHeader: Av1SequenceHeader | undefined;
}

/** Throws LVG_MEDIA if it is cut short or not of version 1. */
export function parseAv1CodecConfigurationRecord(bytes: Buffer): Av1CodecConfigurationRecord {
  const input = new ByteReader(bytes, 'LVG_MEDIA', 'AV1CodecConfigurationRecord');
  const version = input.u8();
  if (version !== 0x81) throw input.fault(`marker and version are 0x${version.toString(16)}, not 0x81`);
  const profile = input.u8();
  const flags = input.u8();
  input.skip(1);
  const configObus = input.slice(input.remaining);
  const sequenceHeaderObu = readObus(configObus).find((obu) => obu.type === AV1_OBU.sequenceHeader);
  return {
    seqProfile: profile >> 5,
    seqLevelIdx: profile & 0x1f,
    tier: (flags & 0x80) === 0 ? 'main' : 'high',
    bitDepth: (flags & 0x40) === 0 ? 8 : (flags & 0x20) === 0 ? 10 : 12,
    monochrome: (flags & 0x10) !== 0,
    chromaSubsamplingX: (flags & 0x08) === 0 ? 0 : 1,
    chromaSubsamplingY: (flags & 0x04) === 0 ? 0 : 1,
    chromaSamplePosition: flags & 0x03,
    configObus,
    sequenceHeader: sequenceHeaderObu && parseAv1SequenceHeader(sequenceHeaderObu.payload),
  };
}

/** `av01.0.04M.08` (AV1 ISOBMFF binding clause 5), in its short form. */
export function av1CodecString(record: Av1CodecConfigurationRecord): string {
  const level = String(record.seqLevelIdx).padStart(2, '0');
  const bitDepth = String(record.bitDepth).padStart(2, '0');
  return `av01.${record.seqProfile}.${level}${record.tier === 'main' ? 'M' : 'H'}.${bitDepth}`;
}
