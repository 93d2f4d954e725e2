// The sequence parameter set of HEVC (H.265 clause 7.3.2.2.1, VUI in clause E.2.1).
import { BitReader } from '../bit-reader.ts';
import { removeEmulationPrevention } from '../nal-unit.ts';
import { readVuiHead, SQUARE_SAMPLES, type SampleAspectRatio } from '../sample-aspect-ratio.ts';
import { readHevcProfile, skipSubLayers, type HevcProfile } from './profile-tier-level.ts';
import { skipScalingListData, skipShortTermRefPicSets } from './sps-tables.ts';

export interface HevcSps {
  readonly profile: HevcProfile;
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormatIdc: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Samples inside the conformance window. */
  readonly width: number;
  readonly height: number;
  /** Frames a second by VUI timing; undefined when it says nothing. */
  readonly frameRate: number | undefined;
  readonly sampleAspectRatio: SampleAspectRatio;
}

const NAL_HEADER_BYTES = 2;
/** No level allows a longer side (level 6.2: 16888). */
const MAX_SIDE = 16_888;

/** Reads a NAL unit of type 33 of the base layer, header included. Throws LVG_MEDIA when it is malformed. */
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
  const chromaFormatIdc = input.ueUpTo(3, 'chroma_format_idc');
  const separateColourPlanes = chromaFormatIdc === 3 && input.flag();
  const codedWidth = input.ueUpTo(MAX_SIDE, 'pic_width_in_luma_samples');
  const codedHeight = input.ueUpTo(MAX_SIDE, 'pic_height_in_luma_samples');
  const [left, right, top, bottom] = input.flag()
    ? [input.ue(), input.ue(), input.ue(), input.ue()]
    : [0, 0, 0, 0];
  // Offsets are in chroma samples (table 6-1).
  const cropX = !separateColourPlanes && (chromaFormatIdc === 1 || chromaFormatIdc === 2) ? 2 : 1;
  const cropY = !separateColourPlanes && chromaFormatIdc === 1 ? 2 : 1;
  const width = codedWidth - (left + right) * cropX;
  const height = codedHeight - (top + bottom) * cropY;
  if (width <= 0 || height <= 0) throw input.fault('the conformance window holds nothing');
  const bitDepthLuma = 8 + input.ueUpTo(8, 'bit_depth_luma_minus8');
  const bitDepthChroma = 8 + input.ueUpTo(8, 'bit_depth_chroma_minus8');
  return { chromaFormatIdc, bitDepthLuma, bitDepthChroma, width, height };
}

// All that stands between the picture's size and the VUI; nothing of it interests a server.
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
  return { sampleAspectRatio, frameRate: input.flag() ? readFrameRate(input) : undefined };
}

// Unlike in AVC, a tick is one picture.
function readFrameRate(input: BitReader): number | undefined {
  const unitsInTick = input.bits(32);
  const timeScale = input.bits(32);
  return unitsInTick === 0 || timeScale === 0 ? undefined : timeScale / unitsInTick;
}
