// The clock of one track: where its packets are by the publisher's clock (raw, uint32 ms) and by the stream's.
//
//              a step within the usual          a step beyond it
//   on its clock ◀────────────────── on its clock ─────────────────▶ suspect
//        ▲                                                           │   │
//        │ the next packet continues the clock: it was an outlier    │   │ the next packet continues the suspect:
//        └───────────────────────────────────────────────────────────┘   │ the publisher's clock has changed
//        ▲                                                               ▼
//        └──────────────── the clock before comes back ────────── on a new clock, whose time continues without a hole
import type { MediaKind } from '../media/packet.ts';

/** Steps that are always usual: a track jitters by tenths of a second, and drops frames for up to a second. */
const MIN_BACKWARD_MS = 100;
const MIN_FORWARD_MS = 1000;
/** Steps that are never usual. */
const MAX_BACKWARD_MS = 10_000;
const MAX_FORWARD_MS = 60_000;
/** After a step back of no more than this, the clock is the same: the track is on it again when its time has caught up. */
const CORRECTION_MS = 1000;
/** A suspect is put this long after the packet before it, or one step of the track if that is shorter or known. */
const DEFAULT_STEP_MS = 40;
const MAX_SUSPECT_STEP_MS = 250;
/** A track that is further behind the others has paused: its suspect is put beside them. */
const PAUSE_MS = 5000;
/** Share of the longest recent step that is forgotten with each shorter one. */
const FORGETTING = 1 / 32;

export class TrackClock {
  readonly kind: MediaKind;
  readonly track: number;
  #started = false;
  /** The last packet on the clock. */
  #raw = 0;
  #time = 0;
  /** The time given out last: a suspect's, perhaps. */
  #given = 0;
  #lastStep = 0;
  /** The longest recent step, and the steps that are usual by it. */
  #longestStep = 0;
  #backwardLimit = MIN_BACKWARD_MS;
  #forwardLimit = MIN_FORWARD_MS;
  /** A packet out of the usual that is not confirmed yet. */
  #suspected = false;
  #suspectRaw = 0;
  #suspectTime = 0;
  /** The clock before the present one, until the change is certain. */
  #hasFormer = false;
  #formerRaw = 0;
  #formerTime = 0;

  constructor(kind: MediaKind, track: number) {
    this.kind = kind;
    this.track = track;
  }

  get started(): boolean {
    return this.#started;
  }

  /** The time of the last packet on the clock. */
  get time(): number {
    return this.#time;
  }

  /** The time given out last. */
  get given(): number {
    return this.#given;
  }

  get suspected(): boolean {
    return this.#suspected;
  }

  /** From the last packet to `raw`, by the publisher's clock; over the wrap, too. */
  stepTo(raw: number): number {
    return (raw - this.#raw) | 0;
  }

  /** Stream time of `raw` by this clock. */
  timeOf(raw: number): number {
    return this.#time + this.stepTo(raw);
  }

  /** Stream time of `raw` if the suspect is right. */
  suspectTimeOf(raw: number): number {
    return this.#suspectTime + ((raw - this.#suspectRaw) | 0);
  }

  /** Whether the step to `raw` is one that the track makes. */
  expects(raw: number): boolean {
    const step = this.stepTo(raw);
    return step >= -this.#backwardLimit && step <= this.#forwardLimit;
  }

  /** Whether `raw` continues the suspect. A track with two long steps in a row is sparse, not disturbed. */
  confirms(raw: number): boolean {
    if (!this.#suspected) return false;
    const step = (raw - this.#suspectRaw) | 0;
    const gap = this.stepTo(this.#suspectRaw);
    const sparse = gap > 0 && gap <= MAX_FORWARD_MS ? Math.min(2 * gap, MAX_FORWARD_MS) : 0;
    return step >= -this.#backwardLimit && step <= Math.max(this.#forwardLimit, sparse);
  }

  /** Whether `raw` continues the clock before the present one. */
  returns(raw: number): boolean {
    return this.#hasFormer && Math.abs(this.#formerTimeOf(raw) - this.#given) <= MIN_FORWARD_MS;
  }

  start(raw: number, time: number): number {
    this.#started = true;
    this.#suspected = false;
    this.#hasFormer = false;
    this.#lastStep = 0;
    this.#noteLongest(0);
    return this.#set(raw, time);
  }

  stop(): void {
    this.#started = false;
    this.#suspected = false;
  }

  /** Takes a packet on the clock. Returns its time: behind that of an outlier, not before it. */
  advance(raw: number): number {
    const step = this.stepTo(raw);
    if (step > 0) this.#noteStep(step);
    return this.resume(raw);
  }

  /** Takes a packet on the clock after a pause, which says nothing about the track's steps. */
  resume(raw: number): number {
    const least = this.#suspected ? this.#given : Number.NEGATIVE_INFINITY;
    this.#suspected = false;
    const time = this.#set(raw, this.timeOf(raw));
    this.#given = Math.max(time, least);
    return this.#given;
  }

  /** Takes a packet that is not on the clock, for the time being one step after the last one. */
  suspect(raw: number, present: number): number {
    const step = this.#lastStep === 0 ? DEFAULT_STEP_MS : Math.min(this.#lastStep, MAX_SUSPECT_STEP_MS);
    this.#given = present - this.#given > PAUSE_MS ? present : this.#given + step;
    this.#suspected = true;
    this.#suspectRaw = raw;
    this.#suspectTime = this.#given;
    return this.#given;
  }

  /** The suspect was right: `raw` follows it. Returns the time of `raw`. */
  confirm(raw: number): number {
    const gap = this.stepTo(this.#suspectRaw);
    if (gap < 0 && gap >= -CORRECTION_MS) return (this.#given = this.suspectTimeOf(raw));
    this.#suspected = false;
    this.#keepFormer();
    this.#set(this.#suspectRaw, this.#suspectTime);
    return this.advance(raw);
  }

  /** Moves to another track's clock, by which `raw` is at `time`. */
  adopt(raw: number, time: number): number {
    this.#suspected = false;
    this.#keepFormer();
    return this.#set(raw, Math.max(time, this.#given));
  }

  /** Moves back to the clock before the present one. */
  goBack(raw: number): number {
    this.#hasFormer = false;
    this.#suspected = false;
    const given = this.#given;
    this.#set(raw, this.#formerTimeOf(raw));
    this.#given = Math.max(this.#time, given);
    return this.#given;
  }

  /** The change of clocks is certain. */
  forgetFormer(): void {
    this.#hasFormer = false;
  }

  #set(raw: number, time: number): number {
    this.#raw = raw;
    this.#time = time;
    this.#given = time;
    return time;
  }

  #noteStep(step: number): void {
    this.#lastStep = step;
    const longest = this.#longestStep;
    if (step !== longest)
      this.#noteLongest(step > longest ? step : longest - Math.ceil((longest - step) * FORGETTING));
  }

  #noteLongest(step: number): void {
    this.#longestStep = step;
    this.#backwardLimit = Math.min(Math.max(step, MIN_BACKWARD_MS), MAX_BACKWARD_MS);
    this.#forwardLimit = Math.min(Math.max(2 * step, MIN_FORWARD_MS), MAX_FORWARD_MS);
  }

  #keepFormer(): void {
    if (this.#hasFormer) return;
    this.#hasFormer = true;
    this.#formerRaw = this.#raw;
    this.#formerTime = this.#time;
  }

  #formerTimeOf(raw: number): number {
    return this.#formerTime + ((raw - this.#formerRaw) | 0);
  }
}
