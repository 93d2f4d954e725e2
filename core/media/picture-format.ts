// The parts of a sequence parameter set that AVC and HEVC write alike: the format of the samples and the cropped size.
import type { BitReader } from './bit-reader.ts';
import type { SampleAspectRatio } from './vui.ts';

export interface PictureFormat {
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormatIdc: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Samples to be shown, i.e. after cropping. */
  readonly width: number;
  readonly height: number;
  /** Frames a second by VUI timing; undefined if it says nothing. */
  readonly frameRate: number | undefined;
  readonly sampleAspectRatio: SampleAspectRatio;
}

/** chroma_format_idc, and the luma samples of one chroma sample (H.264 and H.265 table 6-1), the unit of cropping. */
export interface ChromaFormat {
  readonly chromaFormatIdc: number;
  readonly cropX: number;
  readonly cropY: number;
}

/** Reads chroma_format_idc and separate_colour_plane_flag. */
export function readChromaFormat(input: BitReader): ChromaFormat {
  const chromaFormatIdc = input.ueUpTo(3, 'chroma_format_idc');
  // separate_colour_plane_flag has no influence: 4:4:4 is cropped by single samples either way.
  if (chromaFormatIdc === 3) input.skip(1);
  return {
    chromaFormatIdc,
    cropX: chromaFormatIdc === 1 || chromaFormatIdc === 2 ? 2 : 1,
    cropY: chromaFormatIdc === 1 ? 2 : 1,
  };
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Reads the cropping rectangle (AVC) or the conformance window (HEVC), and applies it to the coded size. */
export function readCroppedSize(
  input: BitReader,
  coded: PictureSize,
  { cropX, cropY }: Pick<ChromaFormat, 'cropX' | 'cropY'>,
): PictureSize {
  if (!input.flag()) return coded;
  const [left, right, top, bottom] = [input.ue(), input.ue(), input.ue(), input.ue()];
  const width = coded.width - (left + right) * cropX;
  const height = coded.height - (top + bottom) * cropY;
  if (width <= 0 || height <= 0) throw input.fault('the frame is cropped to nothing');
  return { width, height };
}
