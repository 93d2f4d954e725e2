// Packets of a stream into finished segments: which packets, where they are cut, when they were.
import type { Logger, Sink } from 'livego';
import {
  isCarriedByTs,
  Segmenter,
  SegmentMuxer,
  type MediaPacket,
  type SegmentCut,
  type SegmenterOptions,
  type TrackHeaders,
} from 'livego/media';
import type { HlsOptions } from '../schema.ts';
import { LateTracks } from './late-tracks.ts';
import { SegmentClock } from './segment-clock.ts';
import { SourceTracks } from './source-tracks.ts';
import { StillPicture } from './still-picture.ts';

export interface FinishedSegment {
  readonly bytes: Buffer;
  readonly durationMs: number;
  readonly independent: boolean;
  readonly discontinuity: boolean;
  /** Wall clock of its first frame. */
  readonly startedAt: Date;
}

/**
 * - `waiting`: no frame is in a segment since the last interruption. Audio from before the first keyframe is kept.
 * - `running`: frames are in a segment.
 * - `paused`: the publisher has stopped; a `discontinuity` follows if one returns.
 */
type Phase =
  | { readonly is: 'waiting'; readonly early: readonly MediaPacket[] }
  | { readonly is: 'running' }
  | { readonly is: 'paused' };

/** A transport stream needs at most about this many bytes for each of the payload, low bit rates included. */
const TS_OVERHEAD = 2;
/** Audio packets that are kept until the first keyframe comes. */
const MAX_EARLY = 64;
/** How long before that keyframe they may be: audio encoders are quicker than video encoders. */
const EARLY_MS = 250;

const WAITING: Phase = { is: 'waiting', early: [] };

/** The memory of the segment under construction is told in steps of this. */
const GROWTH_BYTES = 256 * 1024;

export interface SegmentReceiver {
  add(segment: FinishedSegment): void;
  /** The segment under construction has so many bytes now. */
  grow(bytes: number): void;
}

export class SegmentMaker implements Sink {
  readonly #label: string;
  readonly #receiver: SegmentReceiver;
  #toldBytes = 0;
  readonly #segmenter: Segmenter;
  readonly #muxer: SegmentMuxer;
  readonly #clock = new SegmentClock();
  #log: Logger;
  #options: HlsOptions;
  #source = new SourceTracks();
  #late = new LateTracks();
  #still = new StillPicture();
  #phase: Phase = WAITING;
  /** The next segment does not continue the one before. */
  #breaks = false;
  /** Faults of the publisher that the log has told of. */
  #told = new Set<'malformed' | 'limit' | 'still'>();

  /** @param label - names the stream in the log */
  constructor(label: string, options: HlsOptions, log: Logger, receiver: SegmentReceiver) {
    this.#label = label;
    this.#options = options;
    this.#log = log;
    this.#receiver = receiver;
    this.#segmenter = new Segmenter(segmenterOptions(options));
    this.#muxer = new SegmentMuxer({ maxSegmentBytes: options.limits.maxSegmentBytes * TS_OVERHEAD });
  }

  /** The newest headers of the tracks that are carried; another object when they change. */
  get headers(): TrackHeaders {
    return this.#source.headers;
  }

  /** Why there will be no segments; undefined while there may be some. */
  get refusal(): string | undefined {
    return this.#source.refusal;
  }

  configure(options: HlsOptions, log: Logger): void {
    this.#options = options;
    this.#log = log;
    this.#segmenter.configure(segmenterOptions(options));
  }

  write(packet: MediaPacket): void {
    if (packet.kind === 'data') return this.#noteData(packet);
    if (packet.track !== 0) return;
    this.#late.settle(packet.kind);
    if (!isCarriedByTs(packet.codec)) return this.#leaveOut(packet);
    if (packet.kind === 'video' && !this.#still.admits(packet)) return;
    if (packet.media) this.#standInBeside(packet);
    this.#take(packet);
  }

  #take(packet: MediaPacket): void {
    this.#source.carry(packet);
    if (this.#phase.is === 'paused') this.#phase = WAITING;
    const decision = this.#segmenter.decide(packet);
    if (decision === 'skip') return this.#keepEarly(packet);
    if (decision !== 'append') this.#cut(decision);
    this.#push(packet);
    if (!packet.header) this.#run(packet);
  }

  /** After a pause another publisher follows, otherwise the present one with another clock. */
  discontinuity(): void {
    if (this.#phase.is === 'paused') {
      this.#phase = WAITING;
      return;
    }
    const cut = this.#segmenter.interrupt();
    if (cut) this.#cut(cut);
    this.#breakOff();
  }

  /** Viewers get what there is of the segment at once. */
  pause(): void {
    this.finish();
    this.#phase = { is: 'paused' };
  }

  /** Ends the segment under construction; what follows is another stream. */
  finish(): void {
    const cut = this.#segmenter.end();
    if (cut) this.#cut(cut);
    this.#breakOff();
    this.#muxer.release();
    this.#source = new SourceTracks();
    this.#late = new LateTracks();
    this.#still = new StillPicture();
    this.#told = new Set();
  }

  #noteData({ payload }: MediaPacket): void {
    this.#late.noteMetadata(payload);
  }

  /** Puts what is needed in place of the other track before a packet. */
  #standInBeside(packet: MediaPacket): void {
    if (packet.kind === 'audio') {
      if (this.#phase.is === 'running' || this.#still.standing) this.#showStillBeside(packet);
      else this.#beginBlackBefore(packet);
    } else if (this.#phase.is === 'running') {
      const header = this.#late.silenceBefore(packet, this.#options);
      if (header) this.#take(header);
      if (header) this.#muxer.expectAudio();
    }
  }

  #beginBlackBefore(sound: MediaPacket): void {
    this.#segmenter.expectVideo(this.#late.expectsVideo(this.#options));
    const black = this.#late.blackBefore(sound, this.#options);
    if (!black) return;
    this.#take(black.header);
    this.#still.begin(black.keyframe);
    this.#take(black.keyframe);
  }

  #showStillBeside({ timestamp }: MediaPacket): void {
    const still = this.#still.dueBeside(timestamp, longestSegmentMs(this.#options));
    if (!still) return;
    this.#take(still);
    if (this.#told.has('still')) return;
    this.#told.add('still');
    this.#log.warn(
      { stream: this.#label },
      `${this.#label} sends sound without a picture; its HLS segments show a still until one comes`,
    );
  }

  // The first keyframe may come behind audio of the same moment, which is to be heard.
  #keepEarly(packet: MediaPacket): void {
    if (this.#phase.is !== 'waiting' || packet.kind !== 'audio') return;
    this.#phase = { is: 'waiting', early: [...this.#phase.early, packet].slice(-MAX_EARLY) };
  }

  #run({ timestamp }: MediaPacket): void {
    if (this.#phase.is !== 'waiting') return;
    const { early } = this.#phase;
    this.#phase = { is: 'running' };
    for (const packet of early) if (packet.timestamp >= timestamp - EARLY_MS) this.#push(packet);
  }

  #push(packet: MediaPacket): void {
    try {
      this.#muxer.push(packet);
      this.#tellGrowth();
    } catch (error) {
      if (this.#told.has('malformed')) return;
      this.#told.add('malformed');
      this.#log.warn({ err: error, stream: this.#label }, 'a malformed packet is left out of HLS segments');
    }
  }

  #tellGrowth(): void {
    const bytes = this.#muxer.byteLength;
    if (bytes >= this.#toldBytes && bytes - this.#toldBytes < GROWTH_BYTES) return;
    this.#toldBytes = bytes;
    this.#receiver.grow(bytes);
  }

  #breakOff(): void {
    this.#muxer.cut('discontinuity');
    this.#clock.restart();
    this.#breaks = true;
    this.#phase = WAITING;
  }

  #cut(cut: SegmentCut): void {
    const { durationMs, independent } = cut;
    const bytes = this.#muxer.cut(cut.discontinuity ? 'discontinuity' : 'continue');
    if (cut.reason === 'no-keyframe' || cut.reason === 'bytes') this.#tellLimit(cut.reason);
    if (bytes) {
      const startedAt = this.#clock.startOf(durationMs);
      this.#tellGrowth();
      this.#receiver.add({ bytes, durationMs, independent, discontinuity: this.#breaks, startedAt });
      this.#breaks = false;
    }
    if (!cut.discontinuity) return;
    this.#breaks = true;
    this.#clock.restart();
  }

  #leaveOut(packet: MediaPacket): void {
    const what = this.#source.leaveOut(packet);
    if (what === undefined) return;
    this.#log.warn(
      { stream: this.#label, codec: packet.codec },
      `${this.#label}: HLS segments (MPEG-TS) cannot carry ${what}; they are made without it`,
    );
  }

  #tellLimit(reason: 'no-keyframe' | 'bytes'): void {
    if (this.#told.has('limit')) return;
    this.#told.add('limit');
    const option = reason === 'bytes' ? 'limits.maxSegmentBytes' : 'limits.maxSegmentSeconds';
    this.#log.warn(
      { stream: this.#label },
      `${this.#label} sends no keyframe before its HLS segments reach a limit; they are cut without one (${option}); set the encoder to one every 2 s`,
    );
  }
}

function segmenterOptions(options: HlsOptions): SegmenterOptions {
  const { segmentSeconds, limits } = options;
  return {
    segmentSeconds,
    maxSegmentSeconds: longestSegmentMs(options) / 1000,
    maxSegmentBytes: limits.maxSegmentBytes,
  };
}

function longestSegmentMs({ segmentSeconds, limits }: HlsOptions): number {
  return Math.max(limits.maxSegmentSeconds, segmentSeconds) * 1000;
}
