// The progress of one track through the segments: its codec, its sequence header, its timestamps, and the moments at
// which it breaks with its past.
import type { Codec, MediaPacket } from '../packet.ts';
import { decoderSetup } from './decoder-setup.ts';

/** Limits within which timestamps count as continuous. Milliseconds. */
export interface ContinuityLimits {
  readonly maxForwardMs: number;
  readonly maxBackwardMs: number;
}

/** Why a track has broken with its past: another codec or header, or timestamps elsewhere. */
export type TrackBreak = 'change' | 'jump';

/** How far apart audio and video of one moment may be. */
const INTERLEAVE_MS = 1000;

/** One track of a stream. Feed it every packet of the track, also those that no segment gets. */
export class TrackProgress {
  /** `announced`: there was a sequence header. `running`: there was a frame, and the next one can be compared with it. */
  #presence: 'absent' | 'announced' | 'running' = 'absent';
  #codec: Codec | undefined;
  #header: Buffer | undefined;
  /** The part of the header that sets up a decoder. */
  #setup: Buffer | undefined;
  /** Timestamp of the last frame. */
  #last = 0;
  /** Set while frames wait for a cut; `since` is the timestamp of the first of them. */
  #break: { readonly cause: TrackBreak; readonly since: number } | undefined;
  /** Set after the other track has jumped, until this one has followed: the timestamp at which the other one arrived. */
  #followingSince: number | undefined;
  /** Timestamp and duration of the last frame that a segment got. */
  #lastTaken: number | undefined;
  #frameMs = 0;

  get running(): boolean {
    return this.#presence === 'running';
  }

  /** Whether the stream has the track, as far as is known. */
  get present(): boolean {
    return this.#presence !== 'absent';
  }

  /** Set while frames of the track wait for a cut. */
  get broken(): TrackBreak | undefined {
    return this.#break?.cause;
  }

  /** End of the frames in the segment; undefined if there are none. */
  get end(): number | undefined {
    return this.#lastTaken === undefined ? undefined : this.#lastTaken + this.#frameMs;
  }

  /** A sequence header has come. */
  get configured(): boolean {
    return this.#header !== undefined;
  }

  /** The source says that it has the track, of which nothing has come yet. */
  announce(): void {
    if (!this.present) this.#presence = 'announced';
  }

  /** The source does not have the track, unless something of it has come. */
  withdraw(): void {
    if (!this.running && !this.configured) this.#presence = 'absent';
  }

  /**
   * Takes a sequence header. Another one than before breaks the track.
   * @param filled - segments have frames of the header before, also if the source has sent none: silence
   */
  noteHeader(packet: MediaPacket, filled = false): void {
    const repeated = this.#header?.equals(packet.payload) === true;
    const setup = repeated ? this.#setup : decoderSetup(packet);
    const changed = this.#setup !== undefined && setup !== undefined && !this.#setup.equals(setup);
    const used = this.running || (filled && this.configured);
    if (used && (changed || packet.codec !== this.#codec)) this.#breakAt(packet.timestamp, 'change');
    this.announce();
    this.#header = packet.payload;
    this.#setup = setup;
    this.#codec = packet.codec;
  }

  /**
   * Takes a frame. Another codec or a step beyond the limits breaks the track; a longer step up to the other track's
   * present is a pause. Returns the milliseconds since the frame before, as far as they count as continuous.
   */
  noteFrame(packet: MediaPacket, limits: ContinuityLimits, other: TrackProgress): number {
    const { timestamp, codec } = packet;
    const step = this.running ? timestamp - this.#last : 0;
    const known = this.running || this.configured;
    if (known && codec !== this.#codec) this.#breakAt(timestamp, 'change');
    else if (this.#followingSince === undefined && !isContinuous(step, limits)) {
      const paused = step > 0 && other.running && Math.abs(timestamp - other.#last) <= INTERLEAVE_MS;
      if (!paused) this.#breakAt(timestamp, 'jump');
    }
    this.#presence = 'running';
    this.#last = timestamp;
    this.#codec = codec;
    return Math.min(Math.max(step, 0), limits.maxForwardMs);
  }

  /** A segment got the frame. */
  noteTaken(timestamp: number): void {
    if (this.#lastTaken !== undefined && timestamp > this.#lastTaken)
      this.#frameMs = timestamp - this.#lastTaken;
    this.#lastTaken = Math.max(timestamp, this.#lastTaken ?? timestamp);
  }

  /** How long frames have been waiting for a cut, in milliseconds. */
  waitedMs(timestamp: number): number {
    return this.#break === undefined ? 0 : Math.abs(timestamp - this.#break.since);
  }

  /** Frames of a track that the segments so far are without wait for a cut. */
  join(timestamp: number): void {
    this.#breakAt(timestamp, 'change');
  }

  /** The other track has jumped to `timestamp`, and this one is expected to do the same: that is no break. */
  follow(timestamp: number): void {
    this.#followingSince = timestamp;
  }

  /**
   * Whether this track has yet to follow the other one. It has followed once its time is near the other's. It no longer
   * has to once the other has continued for longer than the two are ever apart.
   */
  stillFollows(timestamp: number, other: TrackProgress): boolean {
    if (this.#followingSince === undefined) return false;
    const here = Math.abs(timestamp - other.#last) < INTERLEAVE_MS;
    const waited = other.#last - this.#followingSince >= INTERLEAVE_MS;
    if (here || waited) this.#followingSince = undefined;
    return this.#followingSince !== undefined;
  }

  /** A segment on a new timeline begins. */
  mend(): void {
    this.#break = undefined;
    this.#followingSince = undefined;
    this.#lastTaken = undefined;
  }

  /** The track continues after an interruption, at times that are not yet known. */
  interrupt(): void {
    this.mend();
    if (this.running) this.#presence = 'announced';
  }

  /** The stream has ended; the next one is unrelated. */
  reset(): void {
    this.mend();
    this.#presence = 'absent';
    this.#header = undefined;
    this.#setup = undefined;
    this.#codec = undefined;
  }

  #breakAt(timestamp: number, cause: TrackBreak): void {
    // A jump while frames wait restarts the wait: the time waited is measured on one timeline.
    const since = this.#break === undefined || cause === 'jump' ? timestamp : this.#break.since;
    this.#break = { cause: this.#break?.cause ?? cause, since };
  }
}

function isContinuous(step: number, { maxForwardMs, maxBackwardMs }: ContinuityLimits): boolean {
  return step <= maxForwardMs && step >= -maxBackwardMs;
}
