// The sequence header OBU of AV1 (AV1 specification clause 5.5.1), as far as the size of the frames.
import { BitReader } from '../bit-reader.ts';

export interface Av1SequenceHeader {
  readonly seqProfile: number;
  readonly width: number;
  readonly height: number;
  /** Frames a second; undefined when they do not come at even intervals, or nothing is said. */
  readonly frameRate: number | undefined;
}

/** Reads the payload of an OBU of type 1. Throws LVG_MEDIA when it is cut short. */
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

// timing_info: the time of one tick, and the ticks of one frame when they are always as many.
function readFrameRate(input: BitReader): number | undefined {
  const unitsInTick = input.bits(32);
  const timeScale = input.bits(32);
  if (!input.flag()) return undefined;
  const ticksPerFrame = input.ue() + 1;
  return unitsInTick === 0 || timeScale === 0 ? undefined : timeScale / unitsInTick / ticksPerFrame;
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
