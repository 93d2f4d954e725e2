// Streams as plugins see them, read-only.
import type { AnnouncedTracks } from '../media/flv/announced-tracks.ts';
import type { MediaPacket } from '../media/packet.ts';
import type { AppOptions } from '../options/options.ts';
import type { PublisherView } from './publisher.ts';
import type { StreamTracks } from './stream-headers.ts';

/**
 * - `live`: it has a publisher.
 * - `paused`: the publisher disconnected; viewers are kept in case it returns.
 * - `ended`: a new publisher of the name gets a new stream.
 *
 *            publisher disconnects         keepAfterUnpublishMs are over, removal, shutdown
 *     live ─────────────────────▶ paused ───────────────────────────────────────▶ ended
 *      │ ▲                          │                                                ▲
 *      │ └─── a publisher begins ───┘                                                │
 *      └── publisher disconnects, and viewers are not kept; removal, shutdown ───────┘
 */
export type StreamState = 'live' | 'paused' | 'ended';

/** `local`: its publisher is connected to this process. `mirror`: it is a copy of a stream in another process. */
export type StreamOrigin = 'local' | 'mirror';

/** Figures of one stream since it began. Bytes are payload bytes as received. */
export interface StreamCounters {
  readonly audioBytes: number;
  readonly videoBytes: number;
  readonly dataBytes: number;
  readonly packets: number;
  readonly keyframes: number;
  readonly timestampJumps: number;
}

/**
 * When packets of the first video and audio track came. Timestamps are stream time in milliseconds; undefined before the
 * first.
 */
export interface StreamTiming {
  readonly videoFrames: number;
  readonly audioFrames: number;
  readonly videoTimestamp: number | undefined;
  readonly audioTimestamp: number | undefined;
  readonly keyframeTimestamp: number | undefined;
  /** From the last keyframe but one to the last. */
  readonly gopMs: number | undefined;
  readonly gopFrames: number | undefined;
  /** Frames that are shown later than they are decoded: there are B-frames. */
  readonly reorderedFrames: number;
}

/** The GOP cache at present. */
export interface GopFigures {
  readonly packets: number;
  readonly bytes: number;
}

/** What distinguishes a stream from all others. */
export type StreamIdentity = Pick<StreamFacts, 'app' | 'name' | 'displayKey' | 'origin' | 'firstSequence'>;

export interface StreamFacts {
  /** `live/movie` */
  readonly key: string;
  /** For logs and answers: `live/movie`, or `live/***` where the name may be a secret. */
  readonly displayKey: string;
  readonly app: string;
  readonly name: string;
  readonly origin: StreamOrigin;
  /**
   * The first of the numbers that count parts of the stream (segments): the clock's seconds at its start, and higher than
   * the first number of any earlier stream of this name.
   */
  readonly firstSequence: number;
  readonly startedAt: Date;
  readonly state: StreamState;
  /** Undefined while the stream waits for its publisher to return. */
  readonly publisher: PublisherView | undefined;
  readonly tracks: StreamTracks;
  /** The tracks that a viewer can count on. In the first moments they include those that metadata announces. */
  readonly expectedTracks: AnnouncedTracks;
  /** Metadata and the newest sequence header of each track, in the order a player wants them. */
  readonly headers: readonly MediaPacket[];
  readonly counters: StreamCounters;
  readonly timing: StreamTiming;
  /** Viewers of every protocol, in all workers. Deliveries do not count. */
  readonly viewerCount: number;
  /** Those of this worker. */
  readonly localViewerCount: number;
  readonly gopFigures: GopFigures;
  /** The options of its application at present. */
  readonly options: AppOptions;
}

export class StreamView implements StreamFacts {
  readonly #stream: StreamFacts;

  constructor(stream: StreamFacts) {
    this.#stream = stream;
  }

  get key(): string {
    return this.#stream.key;
  }

  get displayKey(): string {
    return this.#stream.displayKey;
  }

  get app(): string {
    return this.#stream.app;
  }

  get name(): string {
    return this.#stream.name;
  }

  get origin(): StreamOrigin {
    return this.#stream.origin;
  }

  get firstSequence(): number {
    return this.#stream.firstSequence;
  }

  get startedAt(): Date {
    return this.#stream.startedAt;
  }

  get state(): StreamState {
    return this.#stream.state;
  }

  get publisher(): PublisherView | undefined {
    return this.#stream.publisher;
  }

  get tracks(): StreamTracks {
    return this.#stream.tracks;
  }

  get expectedTracks(): AnnouncedTracks {
    return this.#stream.expectedTracks;
  }

  get headers(): readonly MediaPacket[] {
    return this.#stream.headers;
  }

  get counters(): StreamCounters {
    return this.#stream.counters;
  }

  get timing(): StreamTiming {
    return this.#stream.timing;
  }

  get viewerCount(): number {
    return this.#stream.viewerCount;
  }

  get localViewerCount(): number {
    return this.#stream.localViewerCount;
  }

  get gopFigures(): GopFigures {
    return this.#stream.gopFigures;
  }

  get options(): AppOptions {
    return this.#stream.options;
  }
}
