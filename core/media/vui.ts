// Video usability information, as far as AVC and HEVC write it alike (H.264 clause E.1.1, H.265 clause E.2.1).
import type { BitReader } from './bit-reader.ts';

/** Width and height of one sample; 1:1 is a square. */
export type SampleAspectRatio = readonly [width: number, height: number];

const EXTENDED_SAR = 255;

/** By aspect_ratio_idc (H.264 table E-1, H.265 table E.1); 0 is unspecified. */
const RATIOS: readonly SampleAspectRatio[] = [
  [1, 1],
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
];

/** Also stands for an unspecified shape. */
export const SQUARE_SAMPLES: SampleAspectRatio = [1, 1];

/**
 * Reads the VUI parameters up to the chroma locations. Only the shape of a sample is kept.
 */
export function readVuiHead(input: BitReader): SampleAspectRatio {
  const sampleAspectRatio = input.flag() ? readSampleAspectRatio(input) : SQUARE_SAMPLES;
  // overscan_info_present_flag, overscan_appropriate_flag
  if (input.flag()) input.skip(1);
  // video_signal_type_present_flag: format, range, and the three bytes of colour_description
  if (input.flag()) {
    input.skip(4);
    if (input.flag()) input.skip(24);
  }
  // chroma_loc_info_present_flag: chroma_sample_loc_type of either field
  if (input.flag()) {
    input.ue();
    input.ue();
  }
  return sampleAspectRatio;
}

/** Reads num_units_in_tick and time_scale. Returns ticks a second, undefined if one of them is 0. */
export function readTickRate(input: BitReader): number | undefined {
  const unitsInTick = input.bits(32);
  const timeScale = input.bits(32);
  return unitsInTick === 0 || timeScale === 0 ? undefined : timeScale / unitsInTick;
}

/** Reads aspect_ratio_idc and the ratio behind it. Unspecified and reserved ratios count as square. */
function readSampleAspectRatio(input: BitReader): SampleAspectRatio {
  const idc = input.bits(8);
  if (idc !== EXTENDED_SAR) return RATIOS[idc] ?? SQUARE_SAMPLES;
  const width = input.bits(16);
  const height = input.bits(16);
  return width === 0 || height === 0 ? SQUARE_SAMPLES : [width, height];
}
