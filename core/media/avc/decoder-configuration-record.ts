// The AVC sequence header (ISO/IEC 14496-15 clause 5.3.3.1, "avcC").
import { LivegoError } from '../../errors.ts';
import { ByteReader } from '../bytes.ts';

export interface AvcDecoderConfigurationRecord {
  readonly profileIndication: number;
  readonly profileCompatibility: number;
  readonly levelIndication: number;
  /** Bytes of the length before each NAL unit: 1, 2 or 4 (3 is not allowed, but read). */
  readonly lengthSize: number;
  /** NAL units, header included. */
  readonly sps: readonly Buffer[];
  readonly pps: readonly Buffer[];
  readonly spsExtensions: readonly Buffer[];
}

/** Profiles whose record continues with chroma format, bit depths and SPS extensions. */
const EXTENDED_PROFILES: ReadonlySet<number> = new Set([100, 110, 122, 144, 244, 44, 83, 86, 118, 128]);
const MAX_SPS = 31;
const MAX_PPS = 255;
const MAX_NAL_BYTES = 0xffff;

/**
 * Throws LVG_MEDIA if it is cut short. The tail of the high profiles may be missing, since many encoders leave it out.
 * The parameter sets are views.
 */
export function parseAvcDecoderConfigurationRecord(bytes: Buffer): AvcDecoderConfigurationRecord {
  const input = new ByteReader(bytes, 'LVG_MEDIA', 'AVCDecoderConfigurationRecord');
  const version = input.u8();
  if (version !== 1) throw input.fault(`configurationVersion is ${version}, not 1`);
  const profileIndication = input.u8();
  const profileCompatibility = input.u8();
  const levelIndication = input.u8();
  const lengthSize = (input.u8() & 0x03) + 1;
  const sps = readParameterSets(input, input.u8() & 0x1f);
  const pps = readParameterSets(input, input.u8());
  const spsExtensions = EXTENDED_PROFILES.has(profileIndication) ? readExtensions(input) : [];
  return { profileIndication, profileCompatibility, levelIndication, lengthSize, sps, pps, spsExtensions };
}

function readParameterSets(input: ByteReader, count: number): Buffer[] {
  const units: Buffer[] = [];
  for (let index = 0; index < count; index++) units.push(input.slice(input.u16()));
  return units;
}

// chroma_format, bit_depth_luma_minus8, bit_depth_chroma_minus8: the SPS says the same.
function readExtensions(input: ByteReader): Buffer[] {
  if (input.remaining < 4) return [];
  input.skip(3);
  const count = input.u8();
  return input.remaining < count * 2 ? [] : readParameterSets(input, count);
}

/**
 * A record for NAL units with lengths of four bytes. `tail` is chroma format and bit depths, which the high profiles
 * carry (parseAvcSps gives them). Throws LVG_MEDIA without a whole SPS.
 */
export function buildAvcDecoderConfigurationRecord(
  sps: readonly Buffer[],
  pps: readonly Buffer[],
  tail?: { readonly chromaFormatIdc: number; readonly bitDepthLuma: number; readonly bitDepthChroma: number },
): Buffer {
  const [first] = sps;
  if (first === undefined || first.length < 4)
    throw new LivegoError('LVG_MEDIA', 'an AVC stream without an SPS');
  checkCounts(sps, pps);
  const head = Buffer.from([
    1,
    first.readUInt8(1),
    first.readUInt8(2),
    first.readUInt8(3),
    0xff,
    0xe0 | sps.length,
  ]);
  const parts = [head, ...sps.flatMap(withLength), Buffer.of(pps.length), ...pps.flatMap(withLength)];
  if (tail !== undefined && EXTENDED_PROFILES.has(first.readUInt8(1))) {
    const { chromaFormatIdc, bitDepthLuma, bitDepthChroma } = tail;
    parts.push(Buffer.of(0xfc | chromaFormatIdc, 0xf8 | (bitDepthLuma - 8), 0xf8 | (bitDepthChroma - 8), 0));
  }
  return Buffer.concat(parts);
}

function checkCounts(sps: readonly Buffer[], pps: readonly Buffer[]): void {
  const tooLong = [...sps, ...pps].some((unit) => unit.length > MAX_NAL_BYTES);
  if (sps.length > MAX_SPS || pps.length > MAX_PPS || tooLong) {
    throw new LivegoError(
      'LVG_MEDIA',
      'more or longer parameter sets than an AVCDecoderConfigurationRecord holds',
    );
  }
}

function withLength(unit: Buffer): Buffer[] {
  return [Buffer.of(unit.length >> 8, unit.length & 0xff), unit];
}

/** `avc1.64001f` (RFC 6381 clause 3.3): three bytes of the first SPS, which is right even where the record is not. */
export function avcCodecString(record: AvcDecoderConfigurationRecord): string {
  const sps = record.sps[0];
  const bytes =
    sps !== undefined && sps.length >= 4
      ? sps.subarray(1, 4)
      : Buffer.of(record.profileIndication, record.profileCompatibility, record.levelIndication);
  return `avc1.${bytes.toString('hex')}`;
}
