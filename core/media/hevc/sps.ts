// The sequence parameter set of HEVC (H.265 clause 7.3.2.2.1, VUI in clause E.2.1).
import { BitReader } from '../bit-reader.ts';
import { removeEmulationPrevention } from '../nal-unit.ts';
import { readChromaFormat, readCroppedSize, type PictureFormat } from '../picture-format.ts';
import { readTickRate, readVuiHead, SQUARE_SAMPLES } from '../vui.ts';
import { readHevcProfile, skipSubLayers, type HevcProfile } from './profile-tier-level.ts';
import { skipScalingListData, skipShortTermRefPicSets } from './sps-tables.ts';

export interface HevcSps extends PictureFormat {
  readonly profile: HevcProfile;
}

const NAL_HEADER_BYTES = 2;
/** No level allows a longer side (level 6.2: 16888). */
const MAX_SIDE = 16_888;

/** Reads a NAL unit of type 33 of the base layer, header included. Throws LVG_MEDIA if it is malformed. */
export function parseHevcSps(nalUnit: Buffer): HevcSps {
  const input = new BitReader(removeEmulationPrevention(nalUnit.subarray(NAL_HEADER_BYTES)), 'HEVC SPS');
  input.skip(4);
  const maxSubLayersMinus1 = input.bits(3);
  input.skip(1);
  const profile = readHevcProfile(input);
  skipSubLayers(input, maxSubLayersMinus1);
  input.ueUpTo(15, 'sps_seq_parameter_set_id');
  const picture = readPicture(input);
  skipCodingTools(input, maxSubLayersMinus1);
  const vui = input.flag() ? readVui(input) : NO_VUI;
  return { profile, ...picture, ...vui };
}

type Picture = Pick<HevcSps, 'chromaFormatIdc' | 'bitDepthLuma' | 'bitDepthChroma' | 'width' | 'height'>;

function readPicture(input: BitReader): Picture {
  const chroma = readChromaFormat(input);
  const width = input.ueUpTo(MAX_SIDE, 'pic_width_in_luma_samples');
  const height = input.ueUpTo(MAX_SIDE, 'pic_height_in_luma_samples');
  const size = readCroppedSize(input, { width, height }, chroma);
  const bitDepthLuma = 8 + input.ueUpTo(8, 'bit_depth_luma_minus8');
  const bitDepthChroma = 8 + input.ueUpTo(8, 'bit_depth_chroma_minus8');
  return { chromaFormatIdc: chroma.chromaFormatIdc, bitDepthLuma, bitDepthChroma, ...size };
}

// Everything between the picture's size and the VUI; a server needs none of it.
function skipCodingTools(input: BitReader, maxSubLayersMinus1: number): void {
  const pocLsbBits = 4 + input.ueUpTo(12, 'log2_max_pic_order_cnt_lsb_minus4');
  const orderingInfos = input.flag() ? maxSubLayersMinus1 + 1 : 1;
  skipUe(input, orderingInfos * 3);
  // Block sizes and transform depths.
  skipUe(input, 6);
  if (input.flag() && input.flag()) skipScalingListData(input);
  // amp_enabled_flag, sample_adaptive_offset_enabled_flag
  input.skip(2);
  if (input.flag()) {
    input.skip(8);
    skipUe(input, 2);
    input.skip(1);
  }
  skipShortTermRefPicSets(input);
  if (input.flag()) {
    const count = input.ueUpTo(32, 'num_long_term_ref_pics_sps');
    input.skip(count * (pocLsbBits + 1));
  }
  // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
  input.skip(2);
}

function skipUe(input: BitReader, count: number): void {
  for (let index = 0; index < count; index++) input.ue();
}

type Vui = Pick<HevcSps, 'frameRate' | 'sampleAspectRatio'>;

const NO_VUI: Vui = { frameRate: undefined, sampleAspectRatio: SQUARE_SAMPLES };

function readVui(input: BitReader): Vui {
  const sampleAspectRatio = readVuiHead(input);
  // neutral_chroma_indication_flag, field_seq_flag, frame_field_info_present_flag
  input.skip(3);
  if (input.flag()) skipUe(input, 4);
  // Unlike in AVC, a tick is one picture.
  return { sampleAspectRatio, frameRate: input.flag() ? readTickRate(input) : undefined };
}
