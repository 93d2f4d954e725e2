// The sequence header OBU of AV1 (AV1 specification clause 5.5.1), up to the size of the frames.
import { BitReader } from '../bit-reader.ts';
import { readTickRate } from '../vui.ts';

export interface Av1SequenceHeader {
  readonly seqProfile: number;
  readonly width: number;
  readonly height: number;
  /** Frames a second; undefined if their intervals vary, or if nothing is said. */
  readonly frameRate: number | undefined;
}

/** Reads the payload of an OBU of type 1. Throws LVG_MEDIA if it is cut short. */
export function parseAv1SequenceHeader(payload: Buffer): Av1SequenceHeader {
  const input = new BitReader(payload, 'AV1 sequence header');
  const seqProfile = input.bits(3);
  // still_picture
  input.skip(1);
  const reduced = input.flag();
  let frameRate: number | undefined;
  if (reduced) input.skip(5);
  else frameRate = readTimingAndOperatingPoints(input);
  const widthBits = input.bits(4) + 1;
  const heightBits = input.bits(4) + 1;
  return { seqProfile, width: input.bits(widthBits) + 1, height: input.bits(heightBits) + 1, frameRate };
}

function readTimingAndOperatingPoints(input: BitReader): number | undefined {
  const timed = input.flag();
  const frameRate = timed ? readFrameRate(input) : undefined;
  const delayBits = timed && input.flag() ? readDelayBits(input) : undefined;
  const displayDelays = input.flag();
  const operatingPoints = input.bits(5) + 1;
  for (let point = 0; point < operatingPoints; point++) skipOperatingPoint(input, delayBits, displayDelays);
  return frameRate;
}

// timing_info: the time of one tick, and the ticks of one frame if their number is constant.
function readFrameRate(input: BitReader): number | undefined {
  const tickRate = readTickRate(input);
  if (!input.flag()) return undefined;
  const ticksPerFrame = input.ue() + 1;
  return tickRate && tickRate / ticksPerFrame;
}

// decoder_model_info
function readDelayBits(input: BitReader): number {
  const delayBits = input.bits(5) + 1;
  input.skip(32 + 5 + 5);
  return delayBits;
}

function skipOperatingPoint(input: BitReader, delayBits: number | undefined, displayDelays: boolean): void {
  input.skip(12);
  const level = input.bits(5);
  if (level > 7) input.skip(1);
  if (delayBits !== undefined && input.flag()) input.skip(delayBits * 2 + 1);
  if (displayDelays && input.flag()) input.skip(4);
}
