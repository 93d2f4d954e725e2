// Time that passes only while the process runs.
//
// A process that was stopped, whose machine was paused, or whose event loop was held has read nothing in that time: a peer
// that seems silent may have sent all along. So the stop is not counted against any deadline. A clock of this kind has to be
// looked at regularly (`beat`); a beat that comes late shows a stop.

/** A beat may be late by this much: busy loops are. */
const TOLERANCE_MS = 250;

export class RunningTime {
  readonly #beatMs: number;
  #beatAt = performance.now();
  #value = this.#beatAt;
  #latest = this.#beatAt;
  /** Of a late beat: counted at the next one, so that everything that has arrived is read before any deadline ends. */
  #owedMs = 0;

  /** @param beatMs - how often `beat` is called */
  constructor(beatMs: number) {
    this.#beatMs = beatMs;
  }

  /** Milliseconds. Never runs backwards; stands still from the moment when a beat is overdue. */
  now(): number {
    const elapsed = performance.now() - this.#beatAt;
    if (elapsed <= this.#beatMs + TOLERANCE_MS) this.#latest = Math.max(this.#latest, this.#value + elapsed);
    return this.#latest;
  }

  /** Returns whether the beat was late. */
  beat(): 'late' | 'on-time' {
    const at = performance.now();
    const elapsed = at - this.#beatAt;
    const late = elapsed > this.#beatMs + TOLERANCE_MS;
    // A loop that is always late still has a time that passes.
    const counted = this.#owedMs + (late ? 0 : elapsed);
    this.#owedMs = late ? this.#beatMs : 0;
    this.#value = Math.max(this.#latest, this.#value + counted);
    this.#latest = this.#value;
    this.#beatAt = at;
    return late ? 'late' : 'on-time';
  }
}
