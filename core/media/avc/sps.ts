// The sequence parameter set of AVC (H.264 clause 7.3.2.1.1, VUI in clause E.1.1).
import { BitReader } from '../bit-reader.ts';
import { removeEmulationPrevention } from '../nal-unit.ts';
import { readChromaFormat, readCroppedSize } from '../picture-format.ts';
import type { ChromaFormat, PictureFormat } from '../picture-format.ts';
import { readTickRate, readVuiHead, SQUARE_SAMPLES } from '../vui.ts';

export interface AvcSps extends PictureFormat {
  readonly profileIdc: number;
  /** constraint_set0_flag … constraint_set5_flag and two reserved bits. */
  readonly constraintFlags: number;
  readonly levelIdc: number;
  readonly interlaced: boolean;
}

const NAL_HEADER_BYTES = 1;
/** Profiles with chroma format, bit depths and scaling matrices in their SPS. */
const HIGH_PROFILES: ReadonlySet<number> = new Set([
  100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135,
]);
/** No level allows more macroblocks to a side (level 6.2: 1055). */
const MAX_SIDE_MACROBLOCKS = 1055;

/** Reads a NAL unit of type 7, header included. Throws LVG_MEDIA if it is malformed. */
export function parseAvcSps(nalUnit: Buffer): AvcSps {
  const input = new BitReader(removeEmulationPrevention(nalUnit.subarray(NAL_HEADER_BYTES)), 'AVC SPS');
  const profileIdc = input.bits(8);
  const constraintFlags = input.bits(8);
  const levelIdc = input.bits(8);
  input.ueUpTo(31, 'seq_parameter_set_id');
  const format = HIGH_PROFILES.has(profileIdc) ? readFormat(input) : EIGHT_BITS_420;
  skipPictureOrder(input);
  input.ue();
  input.skip(1);
  const picture = readPictureSize(input, format);
  const vui = input.flag() ? readVui(input) : NO_VUI;
  const { chromaFormatIdc, bitDepthLuma, bitDepthChroma } = format;
  return {
    profileIdc,
    constraintFlags,
    levelIdc,
    chromaFormatIdc,
    bitDepthLuma,
    bitDepthChroma,
    ...picture,
    ...vui,
  };
}

type Format = ChromaFormat & Pick<AvcSps, 'bitDepthLuma' | 'bitDepthChroma'>;

const EIGHT_BITS_420: Format = {
  chromaFormatIdc: 1,
  cropX: 2,
  cropY: 2,
  bitDepthLuma: 8,
  bitDepthChroma: 8,
};

function readFormat(input: BitReader): Format {
  const chroma = readChromaFormat(input);
  const bitDepthLuma = 8 + input.ueUpTo(6, 'bit_depth_luma_minus8');
  const bitDepthChroma = 8 + input.ueUpTo(6, 'bit_depth_chroma_minus8');
  // qpprime_y_zero_transform_bypass_flag
  input.skip(1);
  if (input.flag()) skipScalingMatrix(input, chroma.chromaFormatIdc === 3 ? 12 : 8);
  return { ...chroma, bitDepthLuma, bitDepthChroma };
}

function skipScalingMatrix(input: BitReader, lists: number): void {
  for (let list = 0; list < lists; list++) {
    if (input.flag()) skipScalingList(input, list < 6 ? 16 : 64);
  }
}

// Clause 7.3.2.1.1.1: a next scale of 0 means that the remaining ones are the same.
function skipScalingList(input: BitReader, size: number): void {
  let last = 8;
  for (let index = 0; index < size; index++) {
    const next = (last + input.se() + 256) % 256;
    if (next === 0) return;
    last = next;
  }
}

function skipPictureOrder(input: BitReader): void {
  input.ueUpTo(12, 'log2_max_frame_num_minus4');
  const type = input.ueUpTo(2, 'pic_order_cnt_type');
  if (type === 0) input.ueUpTo(12, 'log2_max_pic_order_cnt_lsb_minus4');
  if (type !== 1) return;
  input.skip(1);
  input.se();
  input.se();
  const cycle = input.ueUpTo(255, 'num_ref_frames_in_pic_order_cnt_cycle');
  for (let index = 0; index < cycle; index++) input.se();
}

// Heights are in frames or in fields (clause 7.4.2.1.1).
function readPictureSize(input: BitReader, format: Format): Pick<AvcSps, 'width' | 'height' | 'interlaced'> {
  const widthInMacroblocks = input.ueUpTo(MAX_SIDE_MACROBLOCKS - 1, 'pic_width_in_mbs_minus1') + 1;
  const heightInMapUnits = input.ueUpTo(MAX_SIDE_MACROBLOCKS - 1, 'pic_height_in_map_units_minus1') + 1;
  const framesOnly = input.flag();
  if (!framesOnly) input.skip(1);
  // direct_8x8_inference_flag
  input.skip(1);
  const fields = framesOnly ? 1 : 2;
  const coded = { width: widthInMacroblocks * 16, height: heightInMapUnits * 16 * fields };
  const cropUnit = { cropX: format.cropX, cropY: format.cropY * fields };
  return { ...readCroppedSize(input, coded, cropUnit), interlaced: !framesOnly };
}

type Vui = Pick<AvcSps, 'frameRate' | 'sampleAspectRatio'>;

const NO_VUI: Vui = { frameRate: undefined, sampleAspectRatio: SQUARE_SAMPLES };

function readVui(input: BitReader): Vui {
  const sampleAspectRatio = readVuiHead(input);
  const tickRate = input.flag() ? readTickRate(input) : undefined;
  // A tick is one field, so a frame takes two (clause E.2.1, num_units_in_tick).
  return { sampleAspectRatio, frameRate: tickRate && tickRate / 2 };
}
