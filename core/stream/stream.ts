// One stream: what its publisher sends goes to sinks, to viewers and into the GOP cache.
import type { Logger } from '../log.ts';
import type { AppOptions } from '../options.ts';
import { announcedTracks, NOTHING_ANNOUNCED, type AnnouncedTracks } from '../media/flv/announced-tracks.ts';
import { FanOut } from '../delivery/fan-out.ts';
import type { FlushScheduler } from '../delivery/flush-scheduler.ts';
import { GopCache, restamp, type GopLimits } from '../delivery/gop-cache.ts';
import {
  MediaPacket,
  type AudioCodec,
  type MediaKind,
  type PacketInfo,
  type VideoCodec,
} from '../media/packet.ts';
import type { PacketFormat } from '../media/packet-format.ts';
import type { EndCause, Session } from '../session/session.ts';
import type { Replay, Sink } from './sink.ts';
import type { PacedReader } from '../intake/paced-reader.ts';
import { Timeline } from './timeline.ts';
import type { Viewer } from '../delivery/viewer.ts';

/**
 * - `live`: a publisher sends.
 * - `paused`: it went away; viewers are kept in case it returns.
 * - `ended`: over for good; a new publisher of the name gets a new stream.
 */
export type StreamState = 'live' | 'paused' | 'ended';

/** Figures of one stream since it began. Bytes are payload bytes as received. */
export interface StreamCounters {
  readonly audioBytes: number;
  readonly videoBytes: number;
  readonly dataBytes: number;
  readonly packets: number;
  readonly keyframes: number;
  readonly timestampJumps: number;
}

/** A track that is announced but has not come after this much stream time is not waited for. */
const ANNOUNCEMENT_TRUST_MS = 2000;

/** A publisher is never left alone for longer: so late its end is seen, and so long it seems to be silent. */
const MAX_TURN_MS = 400;

export interface StreamTracks {
  readonly video: VideoCodec | undefined;
  readonly audio: AudioCodec | undefined;
}

export class Stream {
  readonly app: string;
  readonly name: string;
  readonly startedAt: Date = new Date();
  readonly gop: GopCache;
  readonly #log: Logger;
  readonly #scheduler: FlushScheduler;
  readonly #timeline = new Timeline();
  #options: AppOptions;
  #publisher: Session | undefined;
  #reading: PacedReader | undefined;
  #state: StreamState = 'live';
  #sinks: readonly Sink[] = [];
  #fanOuts: readonly FanOut[] = [];
  /** Viewers who fetch files and are sent no packets. */
  #attending = 0;
  #headers: readonly MediaPacket[] = [];
  #headersVersion = 0;
  #headersRefused = 0;
  #video: VideoCodec | undefined;
  #audio: AudioCodec | undefined;
  #announced: AnnouncedTracks = NOTHING_ANNOUNCED;
  /** Stream time at which the present publisher began. */
  #beganAt: number | undefined;
  readonly #counters = {
    audioBytes: 0,
    videoBytes: 0,
    dataBytes: 0,
    packets: 0,
    keyframes: 0,
    timestampJumps: 0,
  };

  constructor(app: string, name: string, options: AppOptions, scheduler: FlushScheduler, log: Logger) {
    this.app = app;
    this.name = name;
    this.#options = options;
    this.#scheduler = scheduler;
    this.#log = log;
    this.gop = new GopCache(gopLimits(options));
  }

  get key(): string {
    return `${this.app}/${this.name}`;
  }

  get state(): StreamState {
    return this.#state;
  }

  get publisher(): Session | undefined {
    return this.#publisher;
  }

  get options(): AppOptions {
    return this.#options;
  }

  /** Metadata and the newest sequence header of each track, in the order a player wants them. */
  get headers(): readonly MediaPacket[] {
    return this.#headers;
  }

  get headersVersion(): number {
    return this.#headersVersion;
  }

  /** What the stream has carried so far. A track is known from its first packet on. */
  get tracks(): StreamTracks {
    return { video: this.#video, audio: this.#audio };
  }

  /**
   * The tracks a viewer can count on: those that have come, and in the stream's first moments those that its metadata
   * announces. Later an announcement is not believed any more: some publishers announce audio and never send it.
   */
  get expectedTracks(): AnnouncedTracks {
    const young = this.#timeline.highest - (this.#beganAt ?? this.#timeline.highest) < ANNOUNCEMENT_TRUST_MS;
    const announced = young ? this.#announced : NOTHING_ANNOUNCED;
    return {
      video: this.#video !== undefined || announced.video,
      audio: this.#audio !== undefined || announced.audio,
    };
  }

  get counters(): StreamCounters {
    return { ...this.#counters };
  }

  /** How the publisher's connection is read, if its protocol leaves that to us. */
  get reading(): PacedReader | undefined {
    return this.#reading;
  }

  /** How long the publisher's connection may be left alone between two reads, in milliseconds. */
  get readTurnMs(): number {
    return this.#watched ? Math.min(this.windowMs, MAX_TURN_MS) : MAX_TURN_MS;
  }

  get #watched(): boolean {
    return this.#sinks.length > 0 || this.#fanOuts.length > 0;
  }

  get windowMs(): number {
    return this.#scheduler.windowMs(this.#options.mergeWriteMs);
  }

  // What has waited to be read has waited with its company.
  get mergeWindowMs(): number {
    return Math.max(0, this.windowMs - (this.#reading?.pausedMs ?? 0));
  }

  get viewerCount(): number {
    let count = this.#attending;
    for (const fanOut of this.#fanOuts) count += fanOut.size;
    return count;
  }

  /**
   * Takes one message from the publisher.
   * @param timestamp - raw, uint32 ms
   * @param payload - FLV tag body; kept, not copied, so the caller must not reuse it
   */
  publish(description: PacketInfo, timestamp: number, payload: Buffer): void {
    if (description.header || description.kind === 'data') {
      // Kept for as long as the stream lives, it must not hold on to a whole read from the publisher's connection.
      const own = Buffer.from(payload);
      const packet = new MediaPacket(description, this.#timeline.place(timestamp), own);
      this.#deliver(packet);
      this.#keepHeader(packet);
      return;
    }
    const mapped = this.#timeline.map(timestamp);
    this.#beganAt ??= mapped.timestamp;
    if (mapped.jumped) this.#jump(description, timestamp);
    this.#deliver(new MediaPacket(description, mapped.timestamp, payload));
  }

  /** Adds a sink; what it gets first is up to `replay`. Returns what removes it. */
  attach(sink: Sink, replay: Replay = 'gop'): () => void {
    if (!this.#watched) this.#reading?.wake();
    const remove = (): void => this.#detach(sink);
    for (const packet of this.#replay(replay))
      if (!this.#guard(sink, () => sink.write(packet))) return remove;
    this.#sinks = [...this.#sinks, sink];
    return remove;
  }

  /** Adds a viewer: it gets headers and the GOP cache at once, or else starts with the next keyframe. */
  join(viewer: Viewer, format: PacketFormat, backlog: 'gop' | 'none' = 'gop'): void {
    if (!this.#watched) this.#reading?.wake();
    let fanOut = this.#fanOuts.find((each) => each.format === format);
    if (!fanOut) {
      fanOut = new FanOut(format, this, this.#scheduler);
      this.#fanOuts = [...this.#fanOuts, fanOut];
    }
    fanOut.join(viewer, backlog);
  }

  leave(viewer: Viewer, format: PacketFormat): void {
    const fanOut = this.#fanOuts.find((each) => each.format === format);
    fanOut?.leave(viewer);
    if (fanOut?.size === 0) this.#fanOuts = this.#fanOuts.filter((each) => each !== fanOut);
  }

  /** Counts a viewer who fetches files instead of being sent packets. Returns what makes it leave. */
  attend(): () => void {
    this.#attending++;
    let present = true;
    return () => {
      if (present) this.#attending--;
      present = false;
    };
  }

  /** The publisher's connection is read in turns from now on; undefined: it is not. */
  readWith(reading: PacedReader | undefined): void {
    this.#reading = reading;
  }

  /** A publisher takes the stream over, the first or a later one. */
  begin(publisher: Session): void {
    this.#reading = undefined;
    const first = this.#publisher === undefined && this.#state === 'live';
    this.#publisher = publisher;
    this.#state = 'live';
    if (!first) this.#restart();
  }

  /** The publisher went away; viewers and sinks wait for it. */
  pause(): void {
    this.#state = 'paused';
    this.#publisher = undefined;
    this.gop.clear();
    for (const fanOut of this.#fanOuts) fanOut.flush();
    for (const sink of this.#sinks) this.#guard(sink, () => sink.pause?.());
  }

  end(cause: EndCause): void {
    this.#state = 'ended';
    this.#publisher = undefined;
    for (const sink of this.#sinks) this.#guard(sink, () => sink.end?.(cause));
    this.#sinks = [];
    for (const fanOut of this.#fanOuts) fanOut.end(cause);
    this.gop.clear();
  }

  /** New options hold at once: the cache adapts, limits and windows apply from the next packet on. */
  configure(options: AppOptions): void {
    this.#options = options;
    this.#reading?.wake();
    this.gop.configure(gopLimits(options));
    for (const fanOut of this.#fanOuts)
      for (const viewer of fanOut.viewers()) viewer.configure(options.slowViewer);
  }

  closeStalledViewers(now: number, limitMs: number): void {
    for (const fanOut of this.#fanOuts) fanOut.closeStalled(now, limitMs);
  }

  #deliver(packet: MediaPacket): void {
    this.#count(packet);
    this.gop.push(packet, this.#headers);
    const sinks = this.#sinks;
    for (let index = 0; index < sinks.length; index++) this.#writeTo(sinks[index]!, packet);
    const fanOuts = this.#fanOuts;
    for (let index = 0; index < fanOuts.length; index++) fanOuts[index]!.push(packet);
  }

  // No closure per packet, unlike #guard.
  #writeTo(sink: Sink, packet: MediaPacket): void {
    try {
      sink.write(packet);
    } catch (error) {
      this.#dropFaulty(sink, error);
    }
  }

  #guard(sink: Sink, call: () => void): boolean {
    try {
      call();
      return true;
    } catch (error) {
      this.#dropFaulty(sink, error);
      return false;
    }
  }

  #dropFaulty(sink: Sink, error: unknown): void {
    this.#log.error(
      { err: error, stream: this.key },
      'a sink threw and was detached; the stream goes on without it',
    );
    this.#detach(sink);
  }

  #detach(sink: Sink): void {
    this.#sinks = this.#sinks.filter((each) => each !== sink);
  }

  #replay(replay: Replay): readonly MediaPacket[] {
    if (replay === 'gop' && this.gop.length > 0) return [...this.gop.headers(), ...this.gop.read()];
    return replay === 'none' ? [] : restamp(this.#headers, this.#timeline.highest);
  }

  #restart(): void {
    this.#timeline.restart();
    this.gop.clear();
    this.#headers = [];
    this.#headersRefused = 0;
    this.#headersVersion++;
    this.#video = undefined;
    this.#audio = undefined;
    this.#announced = NOTHING_ANNOUNCED;
    this.#beganAt = this.#timeline.highest;
    for (const sink of this.#sinks) this.#guard(sink, () => sink.discontinuity?.());
    for (const fanOut of this.#fanOuts) fanOut.restart();
  }

  #jump(description: PacketInfo, timestamp: number): void {
    this.#counters.timestampJumps++;
    this.#log.warn(
      { stream: this.key, kind: description.kind, timestamp },
      'the publisher’s timestamps jumped; the stream goes on without a gap',
    );
    for (const sink of this.#sinks) this.#guard(sink, () => sink.discontinuity?.());
  }

  #count(packet: MediaPacket): void {
    const counters = this.#counters;
    counters.packets++;
    if (packet.kind === 'video') {
      counters.videoBytes += packet.payload.length;
      if (packet.keyframe) counters.keyframes++;
      this.#video ??= packet.codec as VideoCodec | undefined;
    } else if (packet.kind === 'audio') {
      counters.audioBytes += packet.payload.length;
      this.#audio ??= packet.codec as AudioCodec | undefined;
    } else counters.dataBytes += packet.payload.length;
  }

  #keepHeader(packet: MediaPacket): void {
    if (!packet.header) return;
    const same = (each: MediaPacket) => each.kind === packet.kind && each.track === packet.track;
    const old = this.#headers.find(same);
    if (old?.payload.equals(packet.payload)) return;
    if (packet.kind === 'data') this.#announced = announcedTracks(packet.payload);
    if (packet.kind === 'video' && packet.track === 0) this.#video = packet.codec as VideoCodec;
    if (packet.kind === 'audio' && packet.track === 0) this.#audio = packet.codec as AudioCodec;
    const rest = this.#headers.filter((each) => !same(each));
    if (rest.reduce((sum, each) => sum + each.payload.length, packet.payload.length) > MAX_HEADERS_BYTES) {
      return this.#refuseHeader(packet);
    }
    this.#headers = [...rest, packet].toSorted((one, other) => RANK[one.kind] - RANK[other.kind]);
    this.#headersVersion++;
  }

  // Told once for each publisher, who could else fill the log.
  #refuseHeader({ kind, track }: MediaPacket): void {
    if (this.#headersRefused++ > 0) return;
    this.#log.warn(
      { stream: this.key, kind, track },
      `the publisher’s headers pass ${MAX_HEADERS_BYTES} bytes; late joiners go without the newest`,
    );
  }
}

/** Metadata and sequence headers of all tracks together; real ones have a few kilobytes. */
const MAX_HEADERS_BYTES = 1024 * 1024;

const RANK: Readonly<Record<MediaKind, number>> = { data: 0, video: 1, audio: 2 };

function gopLimits(options: AppOptions): GopLimits {
  return { groups: options.gop_num, bytes: options.gopMaxBytes, milliseconds: options.gopMaxMs };
}
