// Packets of a stream into finished segments: which packets, where they are cut, when they were.
import type { Logger } from '../../../core/log.ts';
import {
  Segmenter,
  type SegmentCut,
  type SegmenterOptions,
  type StreamTracks,
} from '../../../core/media/hls/index.ts';
import { isCarriedByTs, SegmentMuxer } from '../../../core/media/mpegts/index.ts';
import type { MediaPacket } from '../../../core/media/packet.ts';
import type { Sink } from '../../../core/stream/sink.ts';
import type { HlsOptions } from '../schema.ts';

export interface FinishedSegment {
  readonly bytes: Buffer;
  readonly durationMs: number;
  readonly independent: boolean;
  readonly discontinuity: boolean;
  /** Wall clock time of its first frame. */
  readonly startedAt: Date;
}

/** A transport stream needs about this many bytes for each of the payload, low bit rates included. */
const TS_OVERHEAD = 2;
/** A stream that has shown nothing we can carry for so long will not. */
const PATIENCE_MS = 2000;
/** Audio packets kept until the first keyframe comes. */
const MAX_EARLY = 64;
/** How long before that keyframe they may be: encoders of sound are quicker than those of video. */
const EARLY_MS = 250;
/** The wall clock of segments follows their durations, unless it would be further off than this. */
const CLOCK_TOLERANCE_MS = 1000;

export class SegmentMaker implements Sink {
  readonly #label: string;
  readonly #now: () => number;
  readonly #deliver: (segment: FinishedSegment) => void;
  readonly #segmenter: Segmenter;
  readonly #muxer: SegmentMuxer;
  #log: Logger;
  #video: MediaPacket | undefined;
  #audio: MediaPacket | undefined;
  #tracksVersion = 0;
  #discontinuity = false;
  #paused = false;
  /** A frame is in a segment, since the last interruption. */
  #begun = false;
  #early: readonly MediaPacket[] = [];
  #nextStart: number | undefined;
  #carried = false;
  #refused = new Set<string>();
  #refusedSince: number | undefined;
  #hopeless = false;
  #malformed = 0;
  #limitNoted = false;

  /** @param label the stream's key, for the log */
  constructor(
    label: string,
    options: HlsOptions,
    log: Logger,
    now: () => number,
    deliver: (segment: FinishedSegment) => void,
  ) {
    this.#label = label;
    this.#log = log;
    this.#now = now;
    this.#deliver = deliver;
    this.#segmenter = new Segmenter(segmenterOptions(options));
    this.#muxer = new SegmentMuxer({ maxSegmentBytes: options.limits.maxSegmentBytes * TS_OVERHEAD });
  }

  /** The newest headers of the tracks that are carried. */
  get tracks(): StreamTracks {
    return {
      ...(this.#video && { video: this.#video }),
      ...(this.#audio && { audio: this.#audio }),
    };
  }

  /** Changes when `tracks` does. */
  get tracksVersion(): number {
    return this.#tracksVersion;
  }

  /** Why there will be no segments; undefined while there may be. */
  get refusal(): string | undefined {
    return this.#hopeless
      ? `${this.#label} has nothing that HLS can carry here (${[...this.#refused].join(', ')})`
      : undefined;
  }

  configure(options: HlsOptions, log: Logger): void {
    this.#log = log;
    this.#segmenter.configure(segmenterOptions(options));
  }

  write(packet: MediaPacket): void {
    if (packet.kind === 'data' || packet.track !== 0) return;
    if (!isCarriedByTs(packet.codec)) return this.#refuse(packet);
    this.#carried = true;
    this.#hopeless = false;
    this.#noteTrack(packet);
    const decision = this.#segmenter.decide(packet);
    if (decision === 'skip') return this.#keepEarly(packet);
    if (decision !== 'append') this.#cut(decision);
    this.#push(packet);
    if (!packet.header) this.#pushEarly(packet);
  }

  // The first keyframe may come behind sound of the same moment, which is to be heard.
  #keepEarly(packet: MediaPacket): void {
    if (!this.#begun && packet.kind === 'audio') this.#early = [...this.#early, packet].slice(-MAX_EARLY);
  }

  #pushEarly({ timestamp }: MediaPacket): void {
    if (this.#begun) return;
    this.#begun = true;
    for (const packet of this.#early) if (packet.timestamp >= timestamp - EARLY_MS) this.#push(packet);
    this.#early = [];
  }

  #push(packet: MediaPacket): void {
    try {
      this.#muxer.push(packet);
    } catch (error) {
      if (this.#malformed++ === 0)
        this.#log.warn({ err: error, stream: this.#label }, 'a malformed packet is left out of HLS segments');
    }
  }

  /** After a pause another publisher follows, otherwise the present one with another clock. */
  discontinuity(): void {
    if (this.#paused) {
      this.#paused = false;
      return;
    }
    const cut = this.#segmenter.interrupt();
    if (cut) this.#cut(cut);
    this.#breakOff();
  }

  /** Viewers get what there is of the segment at once. */
  pause(): void {
    this.finish();
    this.#paused = true;
  }

  /** Ends the segment under construction; whatever follows is another stream. */
  finish(): void {
    const cut = this.#segmenter.end();
    if (cut) this.#cut(cut);
    this.#breakOff();
    this.#paused = false;
    this.#video = undefined;
    this.#audio = undefined;
    this.#carried = false;
    this.#hopeless = false;
    this.#refused = new Set();
    this.#refusedSince = undefined;
    this.#malformed = 0;
    this.#limitNoted = false;
  }

  #breakOff(): void {
    this.#muxer.cut('discontinuity');
    this.#discontinuity = true;
    this.#nextStart = undefined;
    this.#begun = false;
    this.#early = [];
  }

  #cut(cut: SegmentCut): void {
    const bytes = this.#muxer.cut(cut.discontinuity ? 'discontinuity' : 'continue');
    if ((cut.reason === 'no-keyframe' || cut.reason === 'bytes') && !this.#limitNoted) this.#noteLimit(cut);
    if (bytes) {
      this.#deliver({
        bytes,
        durationMs: cut.durationMs,
        independent: cut.independent,
        discontinuity: this.#discontinuity,
        startedAt: this.#startOf(cut),
      });
      this.#discontinuity = false;
    }
    if (cut.discontinuity) {
      this.#discontinuity = true;
      this.#nextStart = undefined;
    }
  }

  #startOf({ durationMs }: SegmentCut): Date {
    const arrived = this.#now() - durationMs;
    const expected = this.#nextStart ?? arrived;
    const start = Math.abs(arrived - expected) <= CLOCK_TOLERANCE_MS ? expected : arrived;
    this.#nextStart = start + durationMs;
    return new Date(start);
  }

  #noteTrack(packet: MediaPacket): void {
    const present = packet.kind === 'video' ? this.#video : this.#audio;
    // A codec without a sequence header is named by its first packet.
    if (present?.codec === packet.codec && !packet.header) return;
    if (packet.kind === 'video') {
      if (!packet.header) return;
      this.#video = packet;
    } else {
      if (packet.codec === 'aac' && !packet.header) return;
      this.#audio = packet;
    }
    this.#tracksVersion++;
  }

  #refuse(packet: MediaPacket): void {
    const what = `${packet.codec ?? 'unknown'} ${packet.kind}`;
    this.#refusedSince ??= packet.timestamp;
    if (!this.#carried && packet.timestamp - this.#refusedSince >= PATIENCE_MS) this.#hopeless = true;
    if (this.#refused.has(what)) return;
    this.#refused.add(what);
    this.#log.warn(
      { stream: this.#label, codec: packet.codec },
      `${this.#label}: HLS segments (MPEG-TS) cannot carry ${what}; they are made without it`,
    );
  }

  #noteLimit({ reason }: SegmentCut): void {
    this.#limitNoted = true;
    const [limit, option] =
      reason === 'bytes'
        ? ['so many bytes', 'limits.maxSegmentBytes']
        : ['so long', 'limits.maxSegmentSeconds'];
    this.#log.warn(
      { stream: this.#label },
      `${this.#label} sends no keyframe for ${limit} that HLS segments are cut without one (${option}); set the encoder to one every 2 s`,
    );
  }
}

function segmenterOptions(options: HlsOptions): SegmenterOptions {
  return {
    segmentSeconds: options.segmentSeconds,
    maxSegmentSeconds: Math.max(options.limits.maxSegmentSeconds, options.segmentSeconds),
    maxSegmentBytes: options.limits.maxSegmentBytes,
  };
}
