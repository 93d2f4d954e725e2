// Shape of a sample, as VUI parameters tell it (H.264 table E-1, H.265 table E.1).
import type { BitReader } from './bit-reader.ts';

/** Width and height of one sample; 1:1 is a square. */
export type SampleAspectRatio = readonly [width: number, height: number];

const EXTENDED_SAR = 255;

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

export const SQUARE_SAMPLES: SampleAspectRatio = [1, 1];

/** Reads aspect_ratio_idc and what follows. What is unspecified or reserved counts as square. */
export function readSampleAspectRatio(input: BitReader): SampleAspectRatio {
  const idc = input.bits(8);
  if (idc !== EXTENDED_SAR) return RATIOS[idc] ?? SQUARE_SAMPLES;
  const width = input.bits(16);
  const height = input.bits(16);
  return width === 0 || height === 0 ? SQUARE_SAMPLES : [width, height];
}
