// The wall clock of segments: EXT-X-PROGRAM-DATE-TIME.

/** Start times follow the durations of segments, unless they would be further off than this. */
const TOLERANCE_MS = 1000;

export class SegmentClock {
  #nextStart: number | undefined;

  /** When a segment started that is complete now. */
  startOf(durationMs: number): Date {
    const arrived = Date.now() - durationMs;
    const expected = this.#nextStart ?? arrived;
    const start = Math.abs(arrived - expected) <= TOLERANCE_MS ? expected : arrived;
    this.#nextStart = start + durationMs;
    return new Date(start);
  }

  /** The next segment does not follow the one before. */
  restart(): void {
    this.#nextStart = undefined;
  }
}
