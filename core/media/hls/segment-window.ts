// The segments that a live playlist shows, and the numbers that stay right while old ones leave it.
import { measureBandwidth, type WindowBandwidth } from './bandwidth.ts';
import type { MediaPlaylist, PlaylistSegment } from './playlist.ts';

/** Segments of an earlier window that a successor keeps: with numbers up to its first one, the oldest first. */
export interface KeptSegments<Data> {
  /** Available, and no longer in the playlist. */
  readonly retained: readonly WindowSegment<Data>[];
  readonly listed: readonly WindowSegment<Data>[];
}

export interface SegmentWindowOptions<Data = unknown> {
  /** Segments in the playlist; more while they are shorter than three target durations together (RFC 8216, 6.2.2). */
  readonly size: number;
  /** Segments that stay available after they have left the playlist. Default: `size`. */
  readonly retain?: number;
  /** Expected duration of a segment in seconds; the target duration is never shorter. */
  readonly segmentSeconds: number;
  /** Number of the first segment. Default: 0, or the next one of `resume`. */
  readonly firstSequence?: number;
  /** The last numbers of an earlier window, to be continued (`SegmentWindow.resumption`). */
  readonly resume?: WindowResumption;
  /** The segments of that window. */
  readonly kept?: KeptSegments<Data>;
}

/** The numbers that a successor continues. */
export interface WindowResumption {
  readonly nextSequence: number;
  /** Discontinuities so far, those included that are still in the playlist. */
  readonly discontinuities: number;
  /** Seconds. It must not become shorter: players rely on it. */
  readonly targetDuration: number;
}

/** A segment with its number and its owner's `data`. */
export interface WindowSegment<Data> extends PlaylistSegment {
  /** Media sequence number. */
  readonly sequence: number;
  readonly byteLength: number;
  readonly data: Data;
}

/** A playlist shorter than three target durations may grow to this many times its size and no further. */
const MAX_GROWTH = 4;
const TARGETS_IN_PLAYLIST = 3;

/** Media and discontinuity sequence are monotonic, as RFC 8216 6.2.2 demands, over republishing and restarts too. */
export class SegmentWindow<Data> implements MediaPlaylist {
  #size: number;
  #retain: number;
  #visible: readonly WindowSegment<Data>[] = [];
  #retained: readonly WindowSegment<Data>[] = [];
  #nextSequence: number;
  #discontinuitySequence: number;
  #targetDuration: number;
  #ended = false;
  #breakPending: boolean;

  constructor(options: SegmentWindowOptions<Data>) {
    const { resume, kept } = options;
    this.#size = Math.max(1, options.size);
    this.#retain = Math.max(0, options.retain ?? options.size);
    this.#nextSequence = Math.max(resume?.nextSequence ?? 0, options.firstSequence ?? 0);
    this.#visible = kept?.listed ?? [];
    this.#retained = kept?.retained ?? [];
    this.#discontinuitySequence = (resume?.discontinuities ?? 0) - countDiscontinuities(this.#visible);
    this.#targetDuration = Math.max(1, Math.round(options.segmentSeconds), resume?.targetDuration ?? 1);
    this.#breakPending = resume !== undefined;
  }

  get segments(): readonly WindowSegment<Data>[] {
    return this.#visible;
  }

  /** Number of the first segment in the playlist; in an empty one, of the segment that will be. */
  get mediaSequence(): number {
    return this.#visible[0]?.sequence ?? this.#nextSequence;
  }

  get discontinuitySequence(): number {
    return this.#discontinuitySequence;
  }

  /** Seconds: the longest duration so far, rounded (RFC 8216, 4.3.3.1). */
  get targetDuration(): number {
    return this.#targetDuration;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Number of the next segment. */
  get nextSequence(): number {
    return this.#nextSequence;
  }

  get resumption(): WindowResumption {
    return {
      nextSequence: this.#nextSequence,
      discontinuities: this.#discontinuitySequence + countDiscontinuities(this.#visible),
      targetDuration: this.#targetDuration,
    };
  }

  get bandwidth(): WindowBandwidth {
    return measureBandwidth(this.#visible, this.#targetDuration * 1000);
  }

  /**
   * Appends a segment and returns those that are no longer available, oldest first. The first segment of a resumed
   * window is a discontinuity, and so is one that follows the end of the playlist.
   */
  add(segment: Omit<WindowSegment<Data>, 'sequence'>): readonly WindowSegment<Data>[] {
    const discontinuity = segment.discontinuity || this.#breakPending;
    this.#breakPending = false;
    this.#ended = false;
    const added = { ...segment, discontinuity, sequence: this.#nextSequence++ };
    this.#visible = [...this.#visible, added];
    this.#targetDuration = Math.max(this.#targetDuration, Math.round(segment.durationMs / 1000));
    this.#hideOldest();
    return this.#expire(this.#retain);
  }

  /** Gives the oldest segment up before its time; the newest stays. Returns it, or undefined if there is none. */
  dropOldest(): WindowSegment<Data> | undefined {
    const [retained, ...others] = this.#retained;
    if (retained && others.length + this.#visible.length > 0) {
      this.#retained = others;
      return retained;
    }
    const [shown, ...rest] = this.#visible;
    if (!shown || rest.length === 0) return undefined;
    if (shown.discontinuity) this.#discontinuitySequence++;
    this.#visible = rest;
    return shown;
  }

  /** No segment follows. Adding one nevertheless opens the playlist again, with a discontinuity. */
  end(): void {
    this.#ended = true;
    this.#breakPending = this.#nextSequence > 0;
  }

  /**
   * Applies other limits from the next segment on. A shorter duration does not shorten the target duration: players rely
   * on it.
   */
  configure(options: Pick<SegmentWindowOptions, 'size' | 'retain' | 'segmentSeconds'>): void {
    this.#size = Math.max(1, options.size);
    this.#retain = Math.max(0, options.retain ?? options.size);
    this.#targetDuration = Math.max(this.#targetDuration, Math.round(options.segmentSeconds));
  }

  /** Empties the playlist, because the next segments are unrelated to it. Its segments stay available. */
  clear(): void {
    for (const segment of this.#visible) if (segment.discontinuity) this.#discontinuitySequence++;
    this.#retained = [...this.#retained, ...this.#visible];
    this.#visible = [];
    this.#ended = false;
    this.#breakPending = this.#nextSequence > 0;
  }

  /** Every segment that is available, oldest first. */
  get available(): readonly WindowSegment<Data>[] {
    return [...this.#retained, ...this.#visible];
  }

  /** An available segment by its number: one in the playlist, or one that has left it recently. */
  find(sequence: number): WindowSegment<Data> | undefined {
    const first = (this.#retained[0] ?? this.#visible[0])?.sequence;
    if (first === undefined) return undefined;
    const index = sequence - first;
    return this.#retained[index] ?? this.#visible[index - this.#retained.length];
  }

  #hideOldest(): void {
    let remaining = this.#visible.reduce((sum, segment) => sum + segment.durationMs, 0);
    let hidden = 0;
    for (const segment of this.#visible) {
      const count = this.#visible.length - hidden;
      remaining -= segment.durationMs;
      const tooShort = remaining < TARGETS_IN_PLAYLIST * this.#targetDuration * 1000;
      if (count <= this.#size || (tooShort && count <= this.#size * MAX_GROWTH)) break;
      // The tag leaves together with the segment that it stands before.
      if (segment.discontinuity) this.#discontinuitySequence++;
      hidden++;
    }
    if (hidden === 0) return;
    this.#retained = [...this.#retained, ...this.#visible.slice(0, hidden)];
    this.#visible = this.#visible.slice(hidden);
  }

  #expire(keep: number): readonly WindowSegment<Data>[] {
    const count = Math.max(0, this.#retained.length - keep);
    const expired = this.#retained.slice(0, count);
    this.#retained = this.#retained.slice(count);
    return expired;
  }
}

function countDiscontinuities(segments: readonly PlaylistSegment[]): number {
  return segments.filter(({ discontinuity }) => discontinuity).length;
}
