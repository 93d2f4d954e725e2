// Where one HLS segment ends and the next begins. It only decides; the caller cuts.
import type { MediaPacket } from '../packet.ts';
import { canBeSilent } from '../mpegts/index.ts';
import { OpenSegment } from './open-segment.ts';
import { TrackProgress, type ContinuityLimits } from './track-progress.ts';

export interface SegmenterOptions {
  /** A segment ends at the first keyframe after this time. Default: 2. */
  readonly segmentSeconds?: number;
  /** A segment ends after this time without a keyframe. Default: 15, or three segments if that is more. */
  readonly maxSegmentSeconds?: number;
  /** A segment ends at the first packet after this much payload. Default: 48 MiB. */
  readonly maxSegmentBytes?: number;
  /** A larger step of a track's timestamps is a discontinuity. Default: 10 000. */
  readonly maxForwardMs?: number;
  /** A step back by more than this is a discontinuity, too. Default: 10 000. */
  readonly maxBackwardMs?: number;
}

/**
 * Why a segment ended. 'keyframe' and 'time' (audio only) are as planned; 'no-keyframe' and 'bytes' reached a limit;
 * 'change' is another codec, sequence header or set of tracks; 'jump' is timestamps elsewhere; 'end' is the stream's end.
 */
export type CutReason = PlannedReason | 'change' | 'jump' | 'end';

/** The stream continues behind such a cut as before it. */
type PlannedReason = 'keyframe' | 'time' | 'no-keyframe' | 'bytes';

/** The segment that ends before the packet, which is the first of the next one. */
export interface SegmentCut {
  readonly reason: CutReason;
  /** Milliseconds, above 0. */
  readonly durationMs: number;
  /** Timestamp of the segment's first packet. */
  readonly startTimestamp: number;
  /** The segment's video begins with a keyframe, or it has none. */
  readonly independent: boolean;
  /** The *next* segment has another timeline, codec or set of tracks: it is a discontinuity. */
  readonly discontinuity: boolean;
}

/** 'append' belongs to the segment, 'skip' to none. A cut ends the segment; the packet begins the next. */
export type SegmentDecision = 'append' | 'skip' | SegmentCut;

/** How long a segment waits for video that is announced and has not even sent a sequence header. */
const ANNOUNCED_VIDEO_MS = 5000;

/** A keyframe may arrive this much too early: encoders that aim at 2 s send some after 1.98. */
const KEYFRAME_TOLERANCE_MS = 50;

/**
 * Decides for each packet, in the order of arrival, to which segment it belongs. Give it the packets of one video and
 * one audio track whose codecs the segments can carry, headers included.
 *
 * A segment begins at a keyframe. Frames of a track that has changed or jumped are skipped until a segment begins to
 * which they belong, for `maxSegmentSeconds` at most.
 */
export class Segmenter {
  #segmentMs = 0;
  #maxMs = 0;
  #maxBytes = 0;
  #limits: ContinuityLimits = { maxForwardMs: 0, maxBackwardMs: 0 };
  readonly #video = new TrackProgress();
  readonly #audio = new TrackProgress();
  /** Undefined while packets are skipped because no segment can begin yet. */
  #segment: OpenSegment | undefined;
  /** Timestamp of the first packet that was skipped since the last segment. */
  #waitingSince: number | undefined;
  /** Milliseconds of audio since the last video frame, whatever its timestamp was. */
  #audioSinceVideo = 0;
  /** Segments without video, or without audio, were cut since the last discontinuity. */
  #withoutVideo = false;
  #withoutAudio = false;
  /** Segments have audio even while there is none: silence. */
  #silenceFillsIn = false;

  constructor(options: SegmenterOptions = {}) {
    this.configure(options);
  }

  /** Applies options to the present segment and all later ones. */
  configure(options: SegmenterOptions): void {
    this.#segmentMs = (options.segmentSeconds ?? 2) * 1000;
    this.#maxMs = Math.max((options.maxSegmentSeconds ?? 15) * 1000, this.#segmentMs);
    if (options.maxSegmentSeconds === undefined) this.#maxMs = Math.max(this.#maxMs, 3 * this.#segmentMs);
    this.#maxBytes = options.maxSegmentBytes ?? 48 * 1024 * 1024;
    this.#limits = {
      maxForwardMs: options.maxForwardMs ?? 10_000,
      maxBackwardMs: options.maxBackwardMs ?? 10_000,
    };
  }

  /** Where the packet belongs. Headers are always appended: they are no part of a segment, but the muxer needs them. */
  decide(packet: MediaPacket): SegmentDecision {
    if (packet.kind === 'data' || (!packet.header && !packet.media)) return 'skip';
    const track = packet.kind === 'video' ? this.#video : this.#audio;
    if (packet.header) {
      track.noteHeader(packet, packet.kind === 'audio' && this.#silenceFillsIn && this.#inMidstream);
      if (packet.kind === 'audio') this.#silenceFillsIn = canBeSilent(packet);
      return 'append';
    }
    const step = track.noteFrame(packet, this.#limits, this.#otherThan(track));
    this.#audioSinceVideo = packet.kind === 'video' ? 0 : this.#audioSinceVideo + step;
    const segment = this.#segment;
    const decision =
      segment === undefined ? this.#decideBefore(packet) : this.#decideWithin(segment, packet, track);
    if (decision === 'skip') return decision;
    track.noteTaken(packet.timestamp);
    this.#segment?.take(packet);
    return decision;
  }

  /** Whether the source announces video that may yet come: the first segment waits for it, if only for some seconds. */
  expectVideo(expected: boolean): void {
    if (expected) this.#video.announce();
    else this.#video.withdraw();
  }

  /** The stream has ended: its last segment, undefined if there is none. Packets that follow are a new beginning. */
  end(): SegmentCut | undefined {
    const cut = this.#close('end');
    this.#video.reset();
    this.#audio.reset();
    return cut;
  }

  /** The same tracks continue at other times: the segment before that, undefined if there is none. */
  interrupt(): SegmentCut | undefined {
    const cut = this.#close('jump');
    this.#video.interrupt();
    this.#audio.interrupt();
    return cut;
  }

  #close(reason: 'end' | 'jump'): SegmentCut | undefined {
    const segment = this.#segment;
    this.#segment = undefined;
    this.#waitingSince = undefined;
    if (segment === undefined) return undefined;
    return this.#cut(segment, reason, this.#endOfFrames(segment));
  }

  #decideBefore(packet: MediaPacket): SegmentDecision {
    this.#waitingSince ??= packet.timestamp;
    const waited = Math.abs(packet.timestamp - this.#waitingSince);
    const patience = this.#video.configured ? this.#maxMs : Math.min(ANNOUNCED_VIDEO_MS, this.#maxMs);
    const ready = packet.keyframe || !this.#video.present || waited >= patience;
    if (!ready) return 'skip';
    this.#video.mend();
    this.#audio.mend();
    this.#segment = new OpenSegment(packet.timestamp);
    return 'append';
  }

  #decideWithin(segment: OpenSegment, packet: MediaPacket, track: TrackProgress): SegmentDecision {
    const { timestamp } = packet;
    if (track.stillFollows(timestamp, this.#otherThan(track))) return 'skip';
    // Audio joins, with the next keyframe. Players that know the stream as video only have to be told.
    if (packet.kind === 'audio' && this.#withoutAudio && track.end === undefined) track.join(timestamp);
    const broken = this.#video.broken ?? this.#audio.broken;
    if (broken !== undefined && this.#canTurn(packet)) return this.#cutOver(segment, broken, packet);
    if (track.broken !== undefined) {
      const waited = track.waitedMs(timestamp) >= this.#maxMs;
      return waited ? this.#cutOver(segment, track.broken, packet) : 'skip';
    }
    if (packet.kind === 'video' && track.end === undefined) {
      // Video joins. Players that know the stream as audio only have to be told.
      if (packet.keyframe && this.#withoutVideo) return this.#cutOver(segment, 'change', packet);
      if (!packet.keyframe && timestamp - segment.start < this.#maxMs) return 'skip';
    }
    const reason = this.#plannedCut(segment, packet);
    if (reason === undefined) return 'append';
    // Video begins behind a segment that has none of it: it joins.
    if (reason === 'keyframe' && !segment.hasVideo) return this.#cutOver(segment, 'change', packet);
    this.#segment = new OpenSegment(timestamp);
    return this.#cut(segment, reason, timestamp);
  }

  /** Whether a new timeline can begin with this packet and lose nothing. */
  #canTurn(packet: MediaPacket): boolean {
    return this.#videoIsAlive() ? packet.keyframe : packet.kind === 'audio';
  }

  #plannedCut(segment: OpenSegment, packet: MediaPacket): PlannedReason | undefined {
    if (segment.bytes >= this.#maxBytes) return 'bytes';
    // One track decides: two whose times differ widely would cut at every packet.
    const leads = (packet.kind === 'video') === this.#videoIsAlive();
    if (!leads) return undefined;
    const elapsed = packet.timestamp - segment.start;
    if (packet.keyframe && elapsed + KEYFRAME_TOLERANCE_MS >= this.#segmentMs) return 'keyframe';
    if (packet.kind === 'audio' && elapsed >= this.#segmentMs) return 'time';
    return Math.abs(elapsed) >= this.#maxMs ? 'no-keyframe' : undefined;
  }

  /** Segments have video, beside which silence may stand. */
  get #inMidstream(): boolean {
    return this.#segment?.hasVideo === true;
  }

  /** Video without a frame for as long as the longest segment does not hold up the audio. */
  #videoIsAlive(): boolean {
    return this.#video.running && this.#audioSinceVideo < this.#maxMs;
  }

  /** Cuts before a packet that begins a new timeline. */
  #cutOver(segment: OpenSegment, reason: 'change' | 'jump', packet: MediaPacket): SegmentCut {
    // The first frame of the next segment tells the end of this one, except after a jump.
    const end = reason === 'jump' ? this.#endOfFrames(segment) : packet.timestamp;
    const cut = this.#cut(segment, reason, end);
    const track = packet.kind === 'video' ? this.#video : this.#audio;
    const other = this.#otherThan(track);
    const follows =
      reason === 'jump' && track.broken === 'jump' && other.broken === undefined && other.running;
    this.#video.mend();
    this.#audio.mend();
    if (follows) other.follow(packet.timestamp);
    this.#segment = new OpenSegment(packet.timestamp);
    return cut;
  }

  #cut(segment: OpenSegment, reason: CutReason, endTimestamp: number): SegmentCut {
    const discontinuity = reason === 'change' || reason === 'jump' || reason === 'end';
    this.#withoutVideo = !discontinuity && (this.#withoutVideo || !segment.hasVideo);
    const audible = segment.hasAudio || (segment.hasVideo && this.#silenceFillsIn);
    this.#withoutAudio = !discontinuity && (this.#withoutAudio || !audible);
    const durationMs = Math.max(1, endTimestamp - segment.start);
    return {
      reason,
      durationMs: Math.min(durationMs, this.#maxMs + this.#limits.maxForwardMs),
      startTimestamp: segment.start,
      independent: segment.independent,
      discontinuity,
    };
  }

  #endOfFrames({ start }: OpenSegment): number {
    return Math.max(this.#video.end ?? start, this.#audio.end ?? start);
  }

  #otherThan(track: TrackProgress): TrackProgress {
    return track === this.#video ? this.#audio : this.#video;
  }
}
