// The two tables of an HEVC SPS whose length is known only by reading them.
import type { BitReader } from '../bit-reader.ts';

/** scaling_list_data (H.265 clause 7.3.4). */
export function skipScalingListData(input: BitReader): void {
  for (let sizeId = 0; sizeId < 4; sizeId++) {
    const step = sizeId === 3 ? 3 : 1;
    for (let matrixId = 0; matrixId < 6; matrixId += step) skipScalingList(input, sizeId);
  }
}

function skipScalingList(input: BitReader, sizeId: number): void {
  const predicted = !input.flag();
  if (predicted) {
    input.ue();
    return;
  }
  const coefficients = Math.min(64, 1 << (4 + (sizeId << 1)));
  if (sizeId > 1) input.se();
  for (let index = 0; index < coefficients; index++) input.se();
}

const MAX_SHORT_TERM_SETS = 64;
const MAX_PICTURES = 16;

/** num_short_term_ref_pic_sets and the sets (clause 7.3.7); a set may be coded by its difference from the one before. */
export function skipShortTermRefPicSets(input: BitReader): void {
  const count = input.ueUpTo(MAX_SHORT_TERM_SETS, 'num_short_term_ref_pic_sets');
  let deltaPocs = 0;
  for (let index = 0; index < count; index++) {
    const predicted = index > 0 && input.flag();
    deltaPocs = predicted ? readPredictedSet(input, deltaPocs) : readExplicitSet(input);
  }
}

function readExplicitSet(input: BitReader): number {
  const negative = input.ueUpTo(MAX_PICTURES, 'num_negative_pics');
  const positive = input.ueUpTo(MAX_PICTURES, 'num_positive_pics');
  for (let index = 0; index < negative + positive; index++) {
    input.ue();
    input.skip(1);
  }
  return negative + positive;
}

// Both functions return the number of pictures in the set, on which the length of the next set depends.
function readPredictedSet(input: BitReader, previousDeltaPocs: number): number {
  // delta_rps_sign
  input.skip(1);
  input.ue();
  let deltaPocs = 0;
  for (let index = 0; index <= previousDeltaPocs; index++) {
    const usedByCurrent = input.flag();
    if (usedByCurrent || input.flag()) deltaPocs++;
  }
  return deltaPocs;
}
