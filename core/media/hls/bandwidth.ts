// The bit rates of a playlist (RFC 8216, 4.3.4.2).

/** Bit/s over the segments in the playlist. */
export interface WindowBandwidth {
  /** Of the most expensive run of segments that is about as long as the target duration. */
  readonly peak: number;
  readonly average: number;
}

interface MeasuredSegment {
  readonly byteLength: number;
  readonly durationMs: number;
}

/** Share of the target duration that a run of segments must have, and may not exceed (RFC 8216, 4.1). */
const MIN_SHARE = 0.5;
const MAX_SHARE = 1.5;

/**
 * A segment that is shorter than half the target duration counts together with its neighbours only: at the end of a
 * stream there may be one with a few frames, or one with a keyframe and nothing else.
 */
export function measureBandwidth(segments: readonly MeasuredSegment[], targetMs: number): WindowBandwidth {
  let bytes = 0;
  let milliseconds = 0;
  let peak = 0;
  for (const [index, { byteLength, durationMs }] of segments.entries()) {
    bytes += byteLength;
    milliseconds += durationMs;
    peak = Math.max(peak, peakFrom(segments, index, targetMs));
  }
  const average = milliseconds > 0 ? rate(bytes, milliseconds) : 0;
  return { peak: Math.max(peak, average), average };
}

/** The highest rate of the runs that begin with the segment. */
function peakFrom(segments: readonly MeasuredSegment[], from: number, targetMs: number): number {
  let bytes = 0;
  let milliseconds = 0;
  let peak = 0;
  for (let index = from; index < segments.length; index++) {
    bytes += segments[index]!.byteLength;
    milliseconds += segments[index]!.durationMs;
    if (milliseconds > MAX_SHARE * targetMs) break;
    if (milliseconds >= MIN_SHARE * targetMs) peak = Math.max(peak, rate(bytes, milliseconds));
  }
  return peak;
}

function rate(bytes: number, milliseconds: number): number {
  return (bytes * 8000) / milliseconds;
}
