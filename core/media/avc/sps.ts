// The sequence parameter set of AVC (H.264 clause 7.3.2.1.1, VUI in clause E.1.1).
import { BitReader } from '../bit-reader.ts';
import { removeEmulationPrevention } from '../nal-unit.ts';
import { readVuiHead, SQUARE_SAMPLES, type SampleAspectRatio } from '../sample-aspect-ratio.ts';

export interface AvcSps {
  readonly profileIdc: number;
  /** constraint_set0_flag … constraint_set5_flag and two reserved bits. */
  readonly constraintFlags: number;
  readonly levelIdc: number;
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormatIdc: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Samples to be shown, i.e. after cropping. */
  readonly width: number;
  readonly height: number;
  /** Frames a second by VUI timing; undefined when it says nothing. */
  readonly frameRate: number | undefined;
  readonly interlaced: boolean;
  readonly sampleAspectRatio: SampleAspectRatio;
}

const NAL_HEADER_BYTES = 1;
/** Profiles with chroma format, bit depths and scaling matrices in their SPS. */
const HIGH_PROFILES: ReadonlySet<number> = new Set([
  100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135,
]);
/** No level allows more macroblocks to a side (level 6.2: 1055). */
const MAX_SIDE_MACROBLOCKS = 1055;

/** Reads a NAL unit of type 7, header included. Throws LVG_MEDIA when it is malformed. */
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

interface Format {
  readonly chromaFormatIdc: number;
  readonly separateColourPlanes: boolean;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
}

const EIGHT_BITS_420: Format = {
  chromaFormatIdc: 1,
  separateColourPlanes: false,
  bitDepthLuma: 8,
  bitDepthChroma: 8,
};

function readFormat(input: BitReader): Format {
  const chromaFormatIdc = input.ueUpTo(3, 'chroma_format_idc');
  const separateColourPlanes = chromaFormatIdc === 3 && input.flag();
  const bitDepthLuma = 8 + input.ueUpTo(6, 'bit_depth_luma_minus8');
  const bitDepthChroma = 8 + input.ueUpTo(6, 'bit_depth_chroma_minus8');
  // qpprime_y_zero_transform_bypass_flag
  input.skip(1);
  if (input.flag()) skipScalingMatrix(input, chromaFormatIdc === 3 ? 12 : 8);
  return { chromaFormatIdc, separateColourPlanes, bitDepthLuma, bitDepthChroma };
}

function skipScalingMatrix(input: BitReader, lists: number): void {
  for (let list = 0; list < lists; list++) {
    if (input.flag()) skipScalingList(input, list < 6 ? 16 : 64);
  }
}

// Clause 7.3.2.1.1.1: a next scale of 0 says that the rest is the same.
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

// Table 6-1: samples of chroma for one of luma; a crop unit is one chroma sample, in frames or in fields (7.4.2.1.1).
function readPictureSize(input: BitReader, format: Format): Pick<AvcSps, 'width' | 'height' | 'interlaced'> {
  const widthInMacroblocks = input.ueUpTo(MAX_SIDE_MACROBLOCKS - 1, 'pic_width_in_mbs_minus1') + 1;
  const heightInMapUnits = input.ueUpTo(MAX_SIDE_MACROBLOCKS - 1, 'pic_height_in_map_units_minus1') + 1;
  const framesOnly = input.flag();
  if (!framesOnly) input.skip(1);
  // direct_8x8_inference_flag
  input.skip(1);
  const [left, right, top, bottom] = input.flag()
    ? [input.ue(), input.ue(), input.ue(), input.ue()]
    : [0, 0, 0, 0];
  const subsampled = !format.separateColourPlanes;
  const { chromaFormatIdc } = format;
  const cropX = subsampled && (chromaFormatIdc === 1 || chromaFormatIdc === 2) ? 2 : 1;
  const fields = framesOnly ? 1 : 2;
  const cropY = (subsampled && chromaFormatIdc === 1 ? 2 : 1) * fields;
  const width = widthInMacroblocks * 16 - (left + right) * cropX;
  const height = heightInMapUnits * 16 * fields - (top + bottom) * cropY;
  if (width <= 0 || height <= 0) throw input.fault('the frame is cropped to nothing');
  return { width, height, interlaced: !framesOnly };
}

type Vui = Pick<AvcSps, 'frameRate' | 'sampleAspectRatio'>;

const NO_VUI: Vui = { frameRate: undefined, sampleAspectRatio: SQUARE_SAMPLES };

function readVui(input: BitReader): Vui {
  const sampleAspectRatio = readVuiHead(input);
  return { sampleAspectRatio, frameRate: input.flag() ? readFrameRate(input) : undefined };
}

// A tick is one field, so a frame takes two (clause E.2.1, num_units_in_tick).
function readFrameRate(input: BitReader): number | undefined {
  const unitsInTick = input.bits(32);
  const timeScale = input.bits(32);
  return unitsInTick === 0 || timeScale === 0 ? undefined : timeScale / (2 * unitsInTick);
}
