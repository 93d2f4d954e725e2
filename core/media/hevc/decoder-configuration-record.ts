// The HEVC sequence header (ISO/IEC 14496-15 clause 8.3.3.1, "hvcC").
import { BitReader } from '../bit-reader.ts';
import { ByteReader } from '../bytes.ts';
import { LivegoError } from '../../errors.ts';
import { removeEmulationPrevention } from '../nal-unit.ts';
import { HEVC_NAL } from './nal-type.ts';
import { hevcProfileString, readHevcProfile, type HevcProfile } from './profile-tier-level.ts';
import { parseHevcSps } from './sps.ts';

export interface HevcNalArray {
  readonly nalUnitType: number;
  /** All units of the type are here, none in the stream. */
  readonly complete: boolean;
  readonly nalUnits: readonly Buffer[];
}

export interface HevcDecoderConfigurationRecord {
  readonly profile: HevcProfile;
  readonly chromaFormatIdc: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Frames a second; undefined if the record does not say. */
  readonly averageFrameRate: number | undefined;
  /** Bytes of the length before each NAL unit: 1, 2 or 4. */
  readonly lengthSize: number;
  /** Everything in the order of the record, SEI included. */
  readonly arrays: readonly HevcNalArray[];
  /** NAL units, header included. */
  readonly vps: readonly Buffer[];
  readonly sps: readonly Buffer[];
  readonly pps: readonly Buffer[];
}

const FIXED_BYTES = 23;

/** Throws LVG_MEDIA if it is cut short. The parameter sets are views. */
export function parseHevcDecoderConfigurationRecord(bytes: Buffer): HevcDecoderConfigurationRecord {
  const input = new ByteReader(bytes, 'LVG_MEDIA', 'HEVCDecoderConfigurationRecord');
  const fixed = new BitReader(input.slice(FIXED_BYTES), 'HEVCDecoderConfigurationRecord');
  // Drafts of the standard, which old encoders follow, wrote version 0 with the same layout.
  fixed.skip(8);
  const profile = readHevcProfile(fixed);
  // min_spatial_segmentation_idc and parallelismType with their reserved bits
  fixed.skip(16 + 8);
  const chromaFormatIdc = fixed.bits(8) & 0x03;
  const bitDepthLuma = (fixed.bits(8) & 0x07) + 8;
  const bitDepthChroma = (fixed.bits(8) & 0x07) + 8;
  // In frames per 256 seconds.
  const averageFrameRate = fixed.bits(16) / 256 || undefined;
  const lengthSize = (fixed.bits(8) & 0x03) + 1;
  const arrays = readArrays(input, fixed.bits(8));
  const unitsOf = (type: number): Buffer[] =>
    arrays.filter((array) => array.nalUnitType === type).flatMap((array) => array.nalUnits);
  return {
    profile,
    chromaFormatIdc,
    bitDepthLuma,
    bitDepthChroma,
    averageFrameRate,
    lengthSize,
    arrays,
    vps: unitsOf(HEVC_NAL.vps),
    sps: unitsOf(HEVC_NAL.sps),
    pps: unitsOf(HEVC_NAL.pps),
  };
}

function readArrays(input: ByteReader, count: number): HevcNalArray[] {
  const arrays: HevcNalArray[] = [];
  for (let index = 0; index < count; index++) {
    const head = input.u8();
    const unitCount = input.u16();
    input.expect(unitCount, 2);
    const nalUnits: Buffer[] = [];
    for (let unit = 0; unit < unitCount; unit++) nalUnits.push(input.slice(input.u16()));
    arrays.push({ nalUnitType: head & 0x3f, complete: (head & 0x80) !== 0, nalUnits });
  }
  return arrays;
}

/** Parameter sets with their NAL unit headers. */
export interface HevcParameterSets {
  readonly vps: readonly Buffer[];
  readonly sps: readonly Buffer[];
  readonly pps: readonly Buffer[];
}

/** A record for NAL units with lengths of four bytes. Throws LVG_MEDIA without a whole SPS. */
export function buildHevcDecoderConfigurationRecord({ vps, sps, pps }: HevcParameterSets): Buffer {
  const [first] = sps;
  if (first === undefined) throw new LivegoError('LVG_MEDIA', 'an HEVC stream without an SPS');
  const { chromaFormatIdc, bitDepthLuma, bitDepthChroma } = parseHevcSps(first);
  const arrays: [type: number, units: readonly Buffer[]][] = [
    [HEVC_NAL.vps, vps],
    [HEVC_NAL.sps, sps],
    [HEVC_NAL.pps, pps],
  ];
  // sps_max_sub_layers_minus1, sps_temporal_id_nesting_flag
  const layers = ((first[2]! >> 1) & 0x07) + 1;
  const nested = first[2]! & 0x01;
  // The general profile, tier and level: twelve bytes, behind the NAL unit's header and the sub-layers.
  const profile = removeEmulationPrevention(first).subarray(3, 15);
  const head = Buffer.concat([
    Buffer.of(1),
    profile,
    // min_spatial_segmentation_idc, parallelismType, chroma and depths, each with reserved bits of 1.
    Buffer.of(0xf0, 0, 0xfc, 0xfc | chromaFormatIdc, 0xf8 | (bitDepthLuma - 8), 0xf8 | (bitDepthChroma - 8)),
    // avgFrameRate is not known; then layers, nesting, and lengths of four bytes.
    Buffer.of(0, 0, (layers << 3) | (nested << 2) | 0x03, arrays.length),
  ]);
  return Buffer.concat([head, ...arrays.flatMap(([type, units]) => buildArray(type, units))]);
}

function buildArray(type: number, units: readonly Buffer[]): Buffer[] {
  const lengths = units.flatMap((unit) => [Buffer.of(unit.length >> 8, unit.length & 0xff), unit]);
  return [Buffer.of(0x80 | type, units.length >> 8, units.length & 0xff), ...lengths];
}

/** `hvc1.1.6.L93.B0` (ISO/IEC 14496-15 clause E.3). */
export function hevcCodecString(record: HevcDecoderConfigurationRecord): string {
  return `hvc1.${hevcProfileString(record.profile)}`;
}
