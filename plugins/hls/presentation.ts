// What HLS knows of one stream name: its segments and playlists. Outlives publishers, reloads and, for a while, the
// stream, so that numbers go on and players find the tail.
import { randomBytes } from 'node:crypto';
import type { FinishedFile } from '../../core/plugin/hooks.ts';
import type { Logger } from '../../core/log.ts';
import type { WindowResumption, WindowSegment } from '../../core/media/hls/index.ts';
import type { Replay, Sink } from '../../core/stream/sink.ts';
import type { Stream } from '../../core/stream/stream.ts';
import { missingHeadStart, type FirstPlaylist } from './playlists/startup-delay.ts';
import type { CachedBody } from '../../core/http/cached-body.ts';
import type { HlsOptions } from './schema.ts';
import type { FileSystemAccess } from './segments/segment-files.ts';
import { SegmentMaker, type FinishedSegment } from './segments/segment-maker.ts';
import { SegmentStore, type HlsCounters, type SegmentData } from './segments/segment-store.ts';
import { StreamPlaylists, type PlaylistKind } from './playlists/stream-playlists.ts';
import { Waiters } from './playlists/waiters.ts';

/** The application's instance that a presentation belongs to at present. */
export interface PresentationOwner {
  readonly options: HlsOptions;
  readonly log: Logger;
  /** Wall clock, in milliseconds. */
  now(): number;
  attach(stream: Stream, sink: Sink, replay: Replay): () => void;
  fileEnd(file: Omit<FinishedFile, 'plugin'>): void;
}

/** Players that are behind get this long to fetch the tail of an ended stream, beside its duration. */
const TAIL_MS = 30_000;

export class Presentation {
  readonly key: string;
  readonly #nonce = randomBytes(6).toString('base64url');
  readonly #store: SegmentStore;
  readonly #playlists: StreamPlaylists;
  readonly #waiters = new Waiters();
  readonly #maker: SegmentMaker;
  #owner: PresentationOwner;
  #begun = false;
  #stream: Stream | undefined;
  /** Of the last stream: its last file may be finished after it has ended. */
  #source: { readonly app: string; readonly name: string } | undefined;
  #detach: (() => void) | undefined;
  #demandedAt = Number.NEGATIVE_INFINITY;
  #endedAt: number | undefined;
  /** The stream has ended, and the playlist stays open for its publisher to return. */
  #abandoned = false;
  #dropped = false;

  /** @param resume where a presentation of the same name stopped that is no longer there */
  constructor(
    key: string,
    owner: PresentationOwner,
    counters: HlsCounters,
    files: FileSystemAccess,
    earlierDiscontinuities: number,
    resume: WindowResumption | undefined,
  ) {
    this.key = key;
    this.#owner = owner;
    this.#playlists = new StreamPlaylists(key, earlierDiscontinuities, this.#nonce);
    this.#store = new SegmentStore(key, owner.options, owner.log, {
      counters,
      files,
      resume,
      now: () => this.#owner.now(),
      onOpen: () => this.#grown(),
      onFile: (file) => {
        if (this.#source) this.#owner.fileEnd({ ...this.#source, ...file });
      },
    });
    this.#maker = new SegmentMaker(
      key,
      owner.options,
      owner.log,
      () => this.#owner.now(),
      (segment) => this.#take(segment),
    );
  }

  get owner(): PresentationOwner {
    return this.#owner;
  }

  get options(): HlsOptions {
    return this.#owner.options;
  }

  /** The stream that is live or may go on. */
  get stream(): Stream | undefined {
    return this.#stream;
  }

  /** Whether a playlist can be served. */
  get ready(): boolean {
    return (this.#store.window?.segments.length ?? 0) > 0;
  }

  /** Whether segments are being made. */
  get active(): boolean {
    return this.#detach !== undefined;
  }

  /** Why there will be no segments. */
  get refusal(): string | undefined {
    return this.#maker.refusal;
  }

  /** How many playlists were built: requests cost none. */
  get playlistsBuilt(): number {
    return this.#playlists.built;
  }

  /** Bytes of segments in memory. */
  get memoryBytes(): number {
    return this.#store.memoryBytes;
  }

  /** Operations that the disk has yet to do. */
  get filesWaiting(): number {
    return this.#store.waiting;
  }

  /** Wall clock at which the stream ended; undefined while it has not. */
  get endedAt(): number | undefined {
    return this.#endedAt;
  }

  /** Whether nobody can want the tail any more. */
  isOver(now: number): boolean {
    if (this.#endedAt === undefined) return false;
    const tail = this.#store.window?.segments.reduce((sum, { durationMs }) => sum + durationMs, 0) ?? 0;
    const openMs = this.options.endAfterSeconds * 1000;
    return !this.options.keepAfterEnd && now - this.#endedAt >= openMs + tail + TAIL_MS;
  }

  /** Where a later presentation of the same name has to go on. */
  get resumption(): WindowResumption | undefined {
    return this.#store.window?.resumption;
  }

  /** Seconds. */
  get targetDuration(): number {
    return this.#store.window?.targetDuration ?? Math.max(1, Math.round(this.options.segmentSeconds));
  }

  /** Another instance takes over. What is under construction goes on, by the new options. */
  adopt(owner: PresentationOwner): void {
    this.#owner = owner;
    this.#maker.configure(owner.options, owner.log);
    this.#store.configure(owner.options);
    this.#renew();
  }

  /**
   * A stream of the name begins, is met in mid-stream, or meets the instance that has taken over.
   *
   * @param segments 'later': made from `start` on, or from when a viewer asks
   */
  begin(stream: Stream, segments: 'now' | 'later' = 'now'): void {
    const goesOn = this.#stream === stream && this.active;
    this.#detach?.();
    this.#detach = undefined;
    if (!goesOn && !this.#abandoned) this.#startAfresh();
    this.#abandoned = false;
    this.#stream = stream;
    this.#source = { app: stream.app, name: stream.name };
    this.#endedAt = undefined;
    if (goesOn) this.#attach('none');
    else if (segments === 'now') this.start();
    this.#wake();
  }

  /** Makes segments of the stream, from its cached groups on, unless nobody wants any. */
  start(): void {
    if (this.active || !this.#stream) return;
    if (!this.options.onDemand || this.#isDemanded()) this.#attach('gop');
  }

  /** A viewer has asked for something. */
  demand(): void {
    this.#demandedAt = this.#owner.now();
    if (this.active || !this.#stream) return;
    // What was there before the rest is no beginning for anybody.
    this.#startAfresh();
    this.#attach('gop');
  }

  /** Stops making segments that nobody wants; called now and then. */
  restIfIdle(): void {
    if (this.refusal !== undefined) this.#wake();
    if (!this.options.onDemand || !this.active || this.#isDemanded()) return;
    this.#detach?.();
    this.#detach = undefined;
    this.#maker.finish();
  }

  /**
   * The stream is over.
   *
   * @param end when players find the end of the playlist; 'later': if nobody publishes again in `endAfterSeconds`
   */
  finish(end: 'now' | 'later' = 'now'): void {
    this.#detach?.();
    this.#detach = undefined;
    this.#stream = undefined;
    this.#maker.finish();
    this.#endedAt ??= this.#owner.now();
    this.#abandoned = end === 'later' && this.options.endAfterSeconds > 0;
    if (!this.#abandoned) this.#store.end();
    this.#grown();
  }

  /** Ends the playlist whose publisher did not return; called now and then. */
  endIfAbandoned(): void {
    const { endAfterSeconds } = this.options;
    const since = this.#owner.now() - (this.#endedAt ?? 0);
    if (this.#abandoned && since >= endAfterSeconds * 1000) this.finish();
  }

  /** Forgets everything, files included. */
  drop(): void {
    if (this.#stream || this.#abandoned) this.finish();
    this.#dropped = true;
    this.#store.remove(this.options.keepAfterEnd ? 'keep' : 'remove');
    this.#wake();
  }

  /** Resolves when the disk has everything. */
  settled(): Promise<void> {
    return this.#store.settled();
  }

  /** Resolves when a playlist can be served or never will be, after `limitMs`, or when the signal aborts. */
  async untilReady(limitMs: number, signal: AbortSignal): Promise<void> {
    if (!this.ready && this.refusal === undefined) await this.#waiters.wait(limitMs, signal);
  }

  /** Milliseconds that a viewer who begins now has to wait for its playlist: see `head-start.ts`. */
  missingHeadStart(playlist: FirstPlaylist): number {
    if (!this.#stream) return 0;
    const { reachMs } = this.#store;
    const limitMs = this.options.headStartSeconds * 1000;
    return missingHeadStart(playlist, { targetDurationMs: this.targetDuration * 1000, reachMs }, limitMs);
  }

  /** Resolves when a viewer has waited for long enough, or its signal aborts. */
  async untilHeadStart(playlist: FirstPlaylist, signal: AbortSignal): Promise<void> {
    let missing: number;
    while (!signal.aborted && (missing = this.missingHeadStart(playlist)) > 0)
      await this.#waiters.wait(missing, signal);
  }

  /** Throws when it is not `ready`. */
  playlist(kind: PlaylistKind): CachedBody {
    return this.#playlists.media(kind, this.#store.window!);
  }

  /** A master playlist that leads to a media playlist. Throws when it is not `ready`. */
  master(mediaUri: string): string {
    this.#playlists.describe(this.#maker, this.#owner.log);
    return this.#playlists.master(mediaUri, this.#store.window!);
  }

  find(sequence: number): WindowSegment<SegmentData> | undefined {
    return this.#store.window?.find(sequence);
  }

  /** A tag for the segment, the same as long as its bytes are. */
  etagOf(segment: WindowSegment<SegmentData>): string {
    return `"${segment.sequence}-${segment.byteLength.toString(36)}-${this.#nonce}"`;
  }

  findKey(id: number): Buffer | undefined {
    return this.#store.findKey(id);
  }

  #isDemanded(): boolean {
    return this.#owner.now() - this.#demandedAt < this.options.sessionTimeoutSeconds * 1000;
  }

  #attach(replay: Replay): void {
    if (!this.#stream) return;
    this.#detach = this.#owner.attach(this.#stream, this.#maker, replay);
    // A GOP cache may hold a whole segment, which the replay has completed by now.
    this.#wake();
  }

  #startAfresh(): void {
    if (this.#begun) {
      this.#maker.finish();
      this.#store.clear();
      this.#renew();
    }
    this.#begun = true;
  }

  #take(segment: FinishedSegment): void {
    this.#playlists.describe(this.#maker, this.#owner.log);
    this.#store.add(segment);
    this.#grown();
  }

  #grown(): void {
    this.#renew();
    this.#wake();
  }

  #renew(): void {
    this.#playlists.renew();
    if (this.ready && !this.#dropped)
      this.#store.writePlaylist(() => this.#playlists.buildMedia('plain', this.#store.window!));
  }

  #wake(): void {
    if (!this.ready && this.refusal === undefined && !this.#dropped && this.#endedAt === undefined) return;
    this.#waiters.wake();
  }
}
