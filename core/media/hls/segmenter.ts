// Where one HLS segment ends and the next begins. It only decides: who asks does the cutting.
import type { MediaPacket } from '../packet.ts';
import { TrackProgress, type ContinuityLimits } from './track-progress.ts';

export interface SegmenterOptions {
  /** A segment ends at the first keyframe from here on. Default: 2. */
  readonly segmentSeconds?: number;
  /** A segment ends here without a keyframe. Default: 15, or three segments if that is more. */
  readonly maxSegmentSeconds?: number;
  /** A segment ends at the first packet from here on, counted in payload. Default: 48 MiB. */
  readonly maxSegmentBytes?: number;
  /** A larger step of a track's timestamps is a discontinuity. Default: 10 000. */
  readonly maxForwardMs?: number;
  /** A step back by more than this is a discontinuity, too. Default: 200. */
  readonly maxBackwardMs?: number;
}

/**
 * Why a segment ended. 'keyframe' and 'time' (audio only) are as planned; 'no-keyframe' and 'bytes' hit a limit;
 * 'change' is another codec, sequence header or set of tracks; 'jump' timestamps elsewhere; 'end' the stream's end.
 */
export type CutReason = 'keyframe' | 'time' | 'no-keyframe' | 'bytes' | 'change' | 'jump' | 'end';

/** The segment that ends before the packet, which is the first of the next one. */
export interface SegmentCut {
  readonly reason: CutReason;
  /** Milliseconds, above 0. */
  readonly durationMs: number;
  /** Timestamp of the segment's first packet. */
  readonly startTimestamp: number;
  /** The segment's video begins with a keyframe, or it has none. */
  readonly independent: boolean;
  /** What follows has another timeline, codec or set of tracks: the *next* segment is a discontinuity. */
  readonly discontinuity: boolean;
}

/** 'append' belongs to the segment, 'skip' to none. A cut ends the segment; the packet begins the next. */
export type SegmentDecision = 'append' | 'skip' | SegmentCut;

/** A keyframe may come this much too early: encoders that aim at 2 s send some after 1.98. */
const KEYFRAME_TOLERANCE_MS = 50;

/** How far apart audio and video of one moment may be. */
const INTERLEAVE_MS = 1000;

/**
 * Decides for each packet, in the order of arrival, to which segment it belongs. Give it the packets of one video and
 * one audio track whose codecs the segments can carry, headers included.
 *
 * A segment begins at a keyframe. Frames of a track that has changed or jumped wait (are skipped) until a segment
 * begins in which they make sense; never longer than `maxSegmentSeconds`.
 */
export class Segmenter {
  #segmentMs = 0;
  #maxMs = 0;
  #maxBytes = 0;
  #limits: ContinuityLimits = { maxForwardMs: 0, maxBackwardMs: 0 };
  readonly #video = new TrackProgress();
  readonly #audio = new TrackProgress();
  #open = false;
  #waitingSince: number | undefined;
  #start = 0;
  #bytes = 0;
  /** Undefined until the segment has video. */
  #startsAtKeyframe: boolean | undefined;
  /** Milliseconds of audio since the last video frame, whatever its timestamp was. */
  #audioSinceVideo = 0;
  /** Segments were cut that had no video, since the last discontinuity. */
  #withoutVideo = false;

  constructor(options: SegmenterOptions = {}) {
    this.configure(options);
  }

  /** From now on segments end by these options, the present one too. */
  configure(options: SegmenterOptions): void {
    this.#segmentMs = (options.segmentSeconds ?? 2) * 1000;
    this.#maxMs = Math.max((options.maxSegmentSeconds ?? 15) * 1000, this.#segmentMs);
    if (options.maxSegmentSeconds === undefined) this.#maxMs = Math.max(this.#maxMs, 3 * this.#segmentMs);
    this.#maxBytes = options.maxSegmentBytes ?? 48 * 1024 * 1024;
    this.#limits = {
      maxForwardMs: options.maxForwardMs ?? 10_000,
      maxBackwardMs: options.maxBackwardMs ?? 200,
    };
  }

  /** Where the packet belongs. Headers are always appended: they are no part of a segment, but the muxer needs them. */
  decide(packet: MediaPacket): SegmentDecision {
    if (packet.kind === 'data') return 'skip';
    const track = packet.kind === 'video' ? this.#video : this.#audio;
    if (packet.header) {
      track.noteHeader(packet);
      return 'append';
    }
    const step = track.noteFrame(packet, this.#limits);
    this.#audioSinceVideo = packet.kind === 'video' ? 0 : this.#audioSinceVideo + step;
    const decision = this.#open ? this.#decideInSegment(packet, track) : this.#decideBefore(packet);
    if (decision !== 'skip') this.#take(packet, track);
    return decision;
  }

  /** The stream has ended: its last segment, undefined when there is none. Whatever follows is a new beginning. */
  end(): SegmentCut | undefined {
    const cut = this.#close('end');
    this.#video.reset();
    this.#audio.reset();
    return cut;
  }

  /** The same tracks go on with other times: the segment before that, undefined when there is none. */
  interrupt(): SegmentCut | undefined {
    const cut = this.#close('jump');
    this.#video.rest();
    this.#audio.rest();
    return cut;
  }

  #close(reason: 'end' | 'jump'): SegmentCut | undefined {
    const cut = this.#open ? this.#cut(reason, this.#endOfFrames(), 'discontinuity') : undefined;
    this.#open = false;
    this.#waitingSince = undefined;
    return cut;
  }

  #decideBefore(packet: MediaPacket): SegmentDecision {
    this.#waitingSince ??= packet.timestamp;
    const waited = Math.abs(packet.timestamp - this.#waitingSince);
    const ready = packet.keyframe || !this.#video.known || waited >= this.#maxMs;
    if (!ready) return 'skip';
    this.#video.mend();
    this.#audio.mend();
    this.#begin(packet.timestamp);
    return 'append';
  }

  #decideInSegment(packet: MediaPacket, track: TrackProgress): SegmentDecision {
    const { timestamp } = packet;
    const elapsed = timestamp - this.#start;
    if (this.#isStillElsewhere(timestamp, track)) return 'skip';
    const broken = this.#video.broken ?? this.#audio.broken;
    if (broken !== undefined && this.#isTurn(packet)) return this.#cutOver(broken, packet, track);
    if (track.broken !== undefined) {
      const waited = Math.abs(timestamp - track.brokenAt) >= this.#maxMs;
      return waited ? this.#cutOver(track.broken, packet, track) : 'skip';
    }
    if (packet.kind === 'video' && track.end === undefined) {
      // Video joins. Players that know the stream as audio only have to be told.
      if (packet.keyframe && this.#withoutVideo) return this.#cutOver('change', packet, track);
      if (!packet.keyframe && elapsed < this.#maxMs) return 'skip';
    }
    const reason = this.#plannedCut(packet, elapsed);
    return reason === undefined ? 'append' : this.#cutAt(reason, timestamp);
  }

  /** Whether a new timeline can begin with this packet and lose nothing. */
  #isTurn(packet: MediaPacket): boolean {
    return this.#videoIsAlive() ? packet.keyframe : packet.kind === 'audio';
  }

  /** After a jump of the other track: whether this one has yet to follow. */
  #isStillElsewhere(timestamp: number, track: TrackProgress): boolean {
    if (track.settlingSince === undefined) return false;
    const other = track === this.#video ? this.#audio : this.#video;
    const here = Math.abs(timestamp - other.last) < INTERLEAVE_MS;
    const waited = other.last - track.settlingSince >= INTERLEAVE_MS;
    if (here || waited) track.settlingSince = undefined;
    return track.settlingSince !== undefined;
  }

  #plannedCut(packet: MediaPacket, elapsed: number): CutReason | undefined {
    if (this.#bytes >= this.#maxBytes) return 'bytes';
    // One track decides, lest two whose times differ widely cut at every packet.
    const leads = (packet.kind === 'video') === this.#videoIsAlive();
    if (!leads) return undefined;
    if (packet.keyframe && elapsed + KEYFRAME_TOLERANCE_MS >= this.#segmentMs) return 'keyframe';
    if (packet.kind === 'audio' && elapsed >= this.#segmentMs) return 'time';
    return Math.abs(elapsed) >= this.#maxMs ? 'no-keyframe' : undefined;
  }

  /** Video that has said nothing for the longest segment there may be does not hold up the audio. */
  #videoIsAlive(): boolean {
    return this.#video.seen && this.#audioSinceVideo < this.#maxMs;
  }

  #cutAt(reason: CutReason, timestamp: number): SegmentCut {
    const cut = this.#cut(reason, timestamp, 'continue');
    this.#begin(timestamp);
    return cut;
  }

  #cutOver(reason: CutReason, packet: MediaPacket, track: TrackProgress): SegmentCut {
    // Only after a jump has the first frame of the next segment nothing to say about the end of this one.
    const end = reason === 'jump' ? this.#endOfFrames() : packet.timestamp;
    const cut = this.#cut(reason, end, 'discontinuity');
    const other = track === this.#video ? this.#audio : this.#video;
    const follows = reason === 'jump' && track.broken === 'jump' && other.broken === undefined && other.seen;
    this.#video.mend();
    this.#audio.mend();
    if (follows) other.settlingSince = packet.timestamp;
    this.#begin(packet.timestamp);
    return cut;
  }

  #cut(reason: CutReason, endTimestamp: number, next: 'continue' | 'discontinuity'): SegmentCut {
    const hasVideo = this.#startsAtKeyframe !== undefined;
    this.#withoutVideo = next === 'continue' && (this.#withoutVideo || !hasVideo);
    return {
      reason,
      durationMs: Math.min(Math.max(1, endTimestamp - this.#start), this.#maxMs + this.#limits.maxForwardMs),
      startTimestamp: this.#start,
      independent: this.#startsAtKeyframe ?? true,
      discontinuity: next === 'discontinuity',
    };
  }

  #endOfFrames(): number {
    return Math.max(this.#video.end ?? this.#start, this.#audio.end ?? this.#start);
  }

  #begin(timestamp: number): void {
    this.#open = true;
    this.#start = timestamp;
    this.#bytes = 0;
    this.#startsAtKeyframe = undefined;
  }

  #take(packet: MediaPacket, track: TrackProgress): void {
    track.noteTaken(packet.timestamp);
    this.#bytes += packet.payload.length;
    if (packet.kind === 'video') this.#startsAtKeyframe ??= packet.keyframe;
  }
}
