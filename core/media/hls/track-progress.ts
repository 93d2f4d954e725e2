// How one track of a stream gets on: its codec, its sequence header, its timestamps, and when it breaks with its past.
import type { Codec, MediaPacket } from '../packet.ts';

/** Limits within which timestamps count as going on. Milliseconds. */
export interface ContinuityLimits {
  readonly maxForwardMs: number;
  readonly maxBackwardMs: number;
}

/** Why a track has broken with its past: another codec or header, or timestamps elsewhere. */
export type TrackBreak = 'change' | 'jump';

/** The state of one track. Feed it every packet of the track, also those that no segment gets. */
export class TrackProgress {
  /** There was a sequence header or a frame. */
  known = false;
  /** There was a frame; `last` is its timestamp. */
  seen = false;
  last = 0;
  /** Set while frames of the track wait for a cut; `brokenAt` is the timestamp of the first of them. */
  broken: TrackBreak | undefined;
  brokenAt = 0;
  /** The other track has jumped, and this one is expected to follow; the timestamp at which the other one came down. */
  settlingSince: number | undefined;
  /** Timestamp and length of the last frame that a segment got. */
  #lastTaken: number | undefined;
  #frameMs = 0;
  #codec: Codec | undefined;
  #header: Buffer | undefined;

  /** Where the frames in the segment end; undefined when there are none. */
  get end(): number | undefined {
    return this.#lastTaken === undefined ? undefined : this.#lastTaken + this.#frameMs;
  }

  noteHeader(packet: MediaPacket): void {
    const changed = this.#header !== undefined && !this.#header.equals(packet.payload);
    if (this.seen && (changed || packet.codec !== this.#codec)) this.#break('change', packet.timestamp);
    this.known = true;
    this.#header = packet.payload;
    this.#codec = packet.codec;
  }

  /** Returns the milliseconds since the frame before, as far as they count as going on. */
  noteFrame(packet: MediaPacket, limits: ContinuityLimits): number {
    const { timestamp, codec } = packet;
    const step = this.seen ? timestamp - this.last : 0;
    if (this.seen) {
      if (codec !== this.#codec) this.#break('change', timestamp);
      else if (
        this.settlingSince === undefined &&
        (step > limits.maxForwardMs || step < -limits.maxBackwardMs)
      ) {
        this.#break('jump', timestamp);
      }
    }
    this.known = true;
    this.seen = true;
    this.last = timestamp;
    this.#codec = codec;
    return Math.min(Math.max(step, 0), limits.maxForwardMs);
  }

  noteTaken(timestamp: number): void {
    if (this.#lastTaken !== undefined && timestamp > this.#lastTaken)
      this.#frameMs = timestamp - this.#lastTaken;
    this.#lastTaken = Math.max(timestamp, this.#lastTaken ?? timestamp);
  }

  /** A segment on a new timeline begins. */
  mend(): void {
    this.broken = undefined;
    this.settlingSince = undefined;
    this.#lastTaken = undefined;
  }

  /** The track goes on after an interruption, at times that are not yet known. */
  rest(): void {
    this.mend();
    this.seen = false;
  }

  /** The stream is over; the next one has nothing to do with it. */
  reset(): void {
    this.mend();
    this.known = false;
    this.seen = false;
    this.#header = undefined;
    this.#codec = undefined;
  }

  #break(cause: TrackBreak, timestamp: number): void {
    // A jump while frames wait starts the wait anew: the time waited is measured on one timeline.
    if (this.broken === undefined || cause === 'jump') this.brokenAt = timestamp;
    this.broken ??= cause;
  }
}
