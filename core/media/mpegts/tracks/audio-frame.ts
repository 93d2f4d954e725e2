// The duration of the frames of one audio message, by their own headers. A message usually holds one, sometimes more.
import { parseAc3SyncFrame } from '../../ac3/index.ts';
import { parseMp3FrameHeader } from '../../mp3/index.ts';

export interface FrameLength {
  readonly samples: number;
  /** Samples per second, above 0. */
  readonly frequency: number;
}

/** Frames of one message that are counted; no encoder sends more. */
const MAX_FRAMES = 64;

/** MPEG audio of any layer; undefined if the data do not begin with a frame. */
export function measureMpegAudio(data: Buffer): FrameLength | undefined {
  return sumFrames(data, (bytes) => {
    const frame = parseMp3FrameHeader(bytes);
    return frame && { ...frame, frequency: frame.samplingFrequency };
  });
}

/** AC-3 and E-AC-3; dependent substreams take no time of their own. undefined if the data do not begin with a frame. */
export function measureAc3(data: Buffer): FrameLength | undefined {
  return sumFrames(data, (bytes) => {
    const frame = parseAc3SyncFrame(bytes);
    return (
      frame && { ...frame, frequency: frame.samplingFrequency, samples: frame.dependent ? 0 : frame.samples }
    );
  });
}

interface Frame extends FrameLength {
  /** undefined if only the next header tells. */
  readonly frameLength: number | undefined;
}

function sumFrames(data: Buffer, parse: (bytes: Buffer) => Frame | undefined): FrameLength | undefined {
  const first = parse(data);
  if (first === undefined || first.samples <= 0) return undefined;
  let { samples } = first;
  let offset = first.frameLength ?? data.length;
  for (let count = 1; count < MAX_FRAMES && offset < data.length; count++) {
    const frame = parse(data.subarray(offset));
    if (frame?.frequency !== first.frequency) break;
    samples += frame.samples;
    offset += Math.max(1, frame.frameLength ?? data.length);
  }
  return { samples, frequency: first.frequency };
}
