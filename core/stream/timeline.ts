// A publisher's 32-bit clock becomes the stream's endless one.
import type { MediaKind, PacketInfo } from '../media/packet.ts';
import { TrackClock } from './track-clock.ts';

/** A track may start this far from the others, and keeps that distance; one that is further off is brought to them. */
const MAX_APART_MS = 5000;
/** A track that paused continues at the others' time; its packets may be ahead of theirs by this. */
const INTERLEAVE_MS = 1000;
/** A header or data message further from the media around it than this has no time of its own, but a 0 or a relic. */
const HEADER_LIMIT_MS = 1000;
/** Another publisher's first packet is put this long after the last one: about one frame. */
const SEAM_MS = 40;
/** Steps of the publisher's clock beyond these are another clock, if it lasts, and not a gap in the present one. */
const BACKWARD_LIMIT_MS = 10_000;
const FORWARD_LIMIT_MS = 60_000;
/** A clock has changed for good when it has run on for this long. */
const LASTING_MS = 1000;
/** Encoders that have just started set their clocks: a change in this time is no break. */
const YOUNG_MS = 2000;
const NEVER = Number.POSITIVE_INFINITY;

/**
 * - `jump`: the publisher's clock has changed for good. The stream's time continues without a hole.
 * - `apart`: the track's clock is far from the others', and the track was brought to them.
 */
export type TimelineEvent = 'jump' | 'apart';

/** The track of a packet. */
export type TrackOf = Pick<PacketInfo, 'kind' | 'track'>;

/**
 * Maps raw timestamps (uint32 ms, RTMP 1.0 section 5.3.1.1; they wrap after 49.7 days) to unwrapped milliseconds.
 *
 * Each track is judged by its own steps, and one packet out of line never moves a clock. Tracks share one offset unless
 * the publisher's clocks of them are far apart, so audio and video stay in step. A well-behaved publisher's timestamps
 * pass unchanged; after a jump, or when another publisher takes over, they continue where the old ones ended.
 */
export class Timeline {
  #highest = 0;
  #state: 'new' | 'running' | 'seam' = 'new';
  /** Time of the publisher's first packet. */
  #first = 0;
  readonly #video = new TrackClock('video', 0);
  readonly #audio = new TrackClock('audio', 0);
  #clocks: readonly TrackClock[] = [this.#video, this.#audio];
  /** That of the last media packet. */
  #last: TrackClock = this.#video;
  /** When a clock changed to another one that may last. */
  #changedAt = NEVER;
  #event: TimelineEvent | undefined;

  /** The highest timestamp given out. */
  get highest(): number {
    return this.#highest;
  }

  /** What the last packet that was mapped has brought to light. */
  get event(): TimelineEvent | undefined {
    return this.#event;
  }

  /** Another publisher follows: its first media packet continues after the highest timestamp given out. */
  restart(): void {
    if (this.#state === 'running') this.#state = 'seam';
  }

  /** Maps the timestamp of a media packet. */
  map({ kind, track }: TrackOf, raw: number): number {
    this.#event = undefined;
    const clock = this.#clockOf(kind, track);
    if (this.#state !== 'running') this.#begin(clock, raw);
    const mapped = clock.started ? this.#continue(clock, raw) : this.#join(clock, raw);
    const timestamp = Math.max(0, mapped);
    this.#last = clock;
    if (timestamp > this.#highest) this.#highest = timestamp;
    if (timestamp - LASTING_MS >= this.#changedAt) this.#settle();
    return timestamp;
  }

  /**
   * Maps the timestamp of a message without media, which many publishers leave at 0 throughout: it never moves a clock,
   * and one that is far off is put at the present instead.
   */
  place({ kind, track }: TrackOf, raw: number): number {
    if (this.#state === 'new') return raw;
    if (this.#state === 'seam') return this.#highest;
    const own = kind === 'data' ? this.#last : this.#clockOf(kind, track);
    const clock = own.started ? own : this.#last;
    const step = clock.stepTo(raw);
    const near = Math.abs(step) <= HEADER_LIMIT_MS;
    return near ? Math.max(0, clock.timeOf(raw)) : this.#highest;
  }

  /** Notes a timestamp that is in stream time already. A raw timestamp that follows continues after it. */
  pass(timestamp: number): void {
    if (timestamp > this.#highest) this.#highest = timestamp;
    this.#state = 'seam';
  }

  #clockOf(kind: MediaKind, track: number): TrackClock {
    if (track === 0) return kind === 'video' ? this.#video : this.#audio;
    const clocks = this.#clocks;
    for (let index = 0; index < clocks.length; index++) {
      const clock = clocks[index]!;
      if (clock.track === track && clock.kind === kind) return clock;
    }
    const added = new TrackClock(kind, track);
    this.#clocks = [...clocks, added];
    return added;
  }

  /** The publisher's first packet. */
  #begin(clock: TrackClock, raw: number): void {
    for (const each of this.#clocks) each.stop();
    this.#first = this.#state === 'seam' ? this.#highest + SEAM_MS : raw;
    this.#changedAt = NEVER;
    this.#state = 'running';
    this.#highest = Math.max(this.#highest, this.#first);
    clock.start(raw, this.#first);
  }

  #continue(clock: TrackClock, raw: number): number {
    if (clock.expects(raw)) return clock.advance(raw);
    const time = clock.timeOf(raw);
    if (time > clock.time && time <= this.#highest + INTERLEAVE_MS) return clock.resume(raw);
    if (clock.returns(raw)) {
      this.#changedAt = NEVER;
      return clock.goBack(raw);
    }
    if (clock.confirms(raw)) {
      this.#noteChange(clock.stepTo(raw));
      return clock.confirm(raw);
    }
    const shared = this.#sharedTime(clock, raw);
    if (shared === undefined) return clock.suspect(raw, this.#highest);
    this.#noteChange(clock.stepTo(raw));
    return clock.adopt(raw, shared);
  }

  /** The first packet of a track beside others. */
  #join(clock: TrackClock, raw: number): number {
    for (const other of this.#clocks) {
      if (!other.started) continue;
      if (Math.abs(other.timeOf(raw) - this.#highest) <= MAX_APART_MS)
        return clock.start(raw, other.timeOf(raw));
      if (other.suspected && Math.abs(other.suspectTimeOf(raw) - this.#highest) <= MAX_APART_MS)
        return clock.start(raw, other.suspectTimeOf(raw));
    }
    this.#event = 'apart';
    return clock.start(raw, this.#highest);
  }

  /** The time of `raw` by another track that has moved to a clock by which this track would continue. */
  #sharedTime(clock: TrackClock, raw: number): number | undefined {
    for (const other of this.#clocks) {
      if (other === clock || !other.started) continue;
      if (this.#fits(clock, raw, other.timeOf(raw))) return other.timeOf(raw);
      if (other.suspected && this.#fits(clock, raw, other.suspectTimeOf(raw)))
        return other.suspectTimeOf(raw);
    }
    return undefined;
  }

  #fits(clock: TrackClock, raw: number, time: number): boolean {
    const { given } = clock;
    const continues = time >= given - INTERLEAVE_MS && time <= Math.max(given, this.#highest) + INTERLEAVE_MS;
    return continues && Math.abs(time - clock.timeOf(raw)) > INTERLEAVE_MS;
  }

  #noteChange(step: number): void {
    if (step <= FORWARD_LIMIT_MS && step >= -BACKWARD_LIMIT_MS) return;
    if (this.#highest - this.#first >= YOUNG_MS) this.#changedAt = Math.min(this.#changedAt, this.#highest);
  }

  /** A change of clocks is certain. */
  #settle(): void {
    this.#changedAt = NEVER;
    this.#event = 'jump';
    for (const clock of this.#clocks) clock.forgetFormer();
  }
}
