// The segments and playlists of one stream name. They outlive publishers, reloads and, for a while, the stream, so that
// numbers continue and players find the tail.
//
//          begin           finish now: its publisher announced the end, or HLS is off for it
//   new ──────────▶ live ────────────────────────────────────────────▶ ended, playlist closed ──▶ dropped
//                   ▲  │                                                    ▲
//             begin │  │ finish later: its publisher broke off              │ publisherGraceSeconds
//                   │  └──────────────────▶ ended, playlist open ───────────┘
//                   └──────────────────────────────┘
import { randomBytes } from 'node:crypto';
import { Waiters, type Denial, type StartPosition, type StreamView } from 'livego';
import type { CachedBody } from 'livego/http';
import type { PlaylistVariant, WindowResumption } from 'livego/media';
import { Changes } from './elsewhere/changes.ts';
import { PLAIN_FORM, StreamPlaylists, type PlaylistForm } from './playlists/stream-playlists.ts';
import type { HlsOptions } from './schema.ts';
import { TAIL_MS } from './segments/segment-files.ts';
import type { NumberedFile } from './requests/url.ts';
import type { PresentationHost, PresentationOwner } from './presentation-owner.ts';
import type { ServedFile, ServedPresentation } from './served-presentation.ts';
import type { HandedWindow } from './segments/handed-window.ts';
import { SegmentMaker } from './segments/segment-maker.ts';
import { SegmentStore } from './segments/segment-store.ts';

type Life =
  | { readonly is: 'new' }
  | { readonly is: 'live'; readonly stream: StreamView }
  /** With an open playlist players wait for the publisher to return. `at` is in monotonic milliseconds. */
  | { readonly is: 'ended'; readonly at: number; readonly playlist: 'open' | 'closed' }
  | { readonly is: 'dropped' };

export class Presentation implements ServedPresentation {
  readonly key: string;
  readonly segments: SegmentStore;
  readonly changes: Changes;
  readonly #nonce = randomBytes(6).toString('base64url');
  readonly #playlists: StreamPlaylists;
  readonly #waiters = new Waiters();
  readonly #maker: SegmentMaker;
  readonly #host: Pick<PresentationHost, 'changed'>;
  #owner: PresentationOwner;
  #life: Life = { is: 'new' };
  /** While segments are being made. */
  #detach: (() => void) | undefined;
  /** The session of the publisher that sends the packets. */
  #session: string | undefined;
  #demandedAt = Number.NEGATIVE_INFINITY;

  /** @param resume - where an earlier presentation of the same name stopped */
  constructor(
    stream: StreamView,
    owner: PresentationOwner,
    host: PresentationHost,
    resume: WindowResumption | undefined,
  ) {
    const { app, name, key, displayKey, firstSequence } = stream;
    this.key = key;
    this.changes = new Changes(this.#nonce);
    this.#host = host;
    this.#owner = owner;
    const earlierDiscontinuities = (): number => this.segments.earlierDiscontinuities;
    const { counters } = host;
    this.#playlists = new StreamPlaylists(stream, { counters, earlierDiscontinuities, nonce: this.#nonce });
    this.segments = new SegmentStore(key, owner.options, owner.log, {
      ...host,
      resume,
      resumeElsewhere: host.resumeElsewhere(key),
      firstSequence,
      now: () => this.#owner.now(),
      hold: (change) => this.#owner.hold(this.key, change),
      onOpen: () => this.#renew(),
      onFile: (file) => this.#owner.fileEnd({ app, name, ...file }),
    });
    this.#maker = new SegmentMaker(displayKey, owner.options, owner.log, {
      add: (segment) => {
        this.#playlists.describe(this.#maker.headers, this.#owner.log);
        this.segments.add({ ...segment, session: this.#session });
        this.#renew();
      },
      grow: (bytes) => this.segments.holdOpen(bytes),
    });
  }

  get owner(): PresentationOwner {
    return this.#owner;
  }

  get options(): HlsOptions {
    return this.#owner.options;
  }

  /** The stream that is live or may return. */
  get stream(): StreamView | undefined {
    return this.#life.is === 'live' ? this.#life.stream : undefined;
  }

  /** Whether a playlist can be served. */
  get ready(): boolean {
    return (this.segments.window?.segments.length ?? 0) > 0;
  }

  /** Whether segments are being made. */
  get active(): boolean {
    return this.#detach !== undefined;
  }

  /** Why there will be no segments. */
  get refusal(): string | undefined {
    return this.#maker.refusal;
  }

  /** Monotonic milliseconds; undefined while the stream has not ended. */
  get endedAt(): number | undefined {
    return this.#life.is === 'ended' ? this.#life.at : undefined;
  }

  /** It has ended, and players wait for its publisher to return. */
  get awaitsPublisher(): boolean {
    return this.#life.is === 'ended' && this.#life.playlist === 'open';
  }

  get ended(): boolean {
    return this.#life.is === 'ended' || this.#life.is === 'dropped';
  }

  /** Whether players have had the time to fetch the tail. */
  isOver(now: number): boolean {
    if (this.endedAt === undefined || this.options.keepAfterEnd) return false;
    const { window, listedMs } = this.segments;
    if (window?.available.length === 0 && this.options.path === '') return true;
    return now - this.endedAt >= this.options.publisherGraceSeconds * 1000 + listedMs + TAIL_MS;
  }

  /** Seconds. */
  get targetDuration(): number {
    return this.segments.window?.targetDuration ?? Math.max(1, Math.round(this.options.segmentSeconds));
  }

  /** Belongs to another instance from now on. The segment under construction continues, by the new options. */
  moveTo(owner: PresentationOwner): void {
    this.#owner = owner;
    this.#maker.configure(owner.options, owner.log);
    this.segments.configure(owner.options);
    this.#renew();
  }

  /**
   * A stream of the name starts, is met in mid-stream, or meets the instance that has taken over.
   *
   * @param segments - `later`: made from `start` on, or from when a viewer asks
   */
  begin(stream: StreamView, segments: 'now' | 'later' = 'now'): void {
    const before = this.#life;
    const continues = this.stream === stream && this.active;
    const returns = before.is === 'ended' && before.playlist === 'open';
    this.#stopMaking();
    if (before.is !== 'new' && !continues && !returns) this.#restart();
    this.#life = { is: 'live', stream };
    this.#session = stream.publisher?.id;
    if (continues) this.#attach(stream, 'live');
    else if (segments === 'now') this.start();
    this.#wake();
  }

  /** Another publisher has the stream. */
  notePublisher(session: string): void {
    this.#session = session;
    this.#host.changed(this.key);
  }

  /** Makes segments of the stream, from its cached groups on, unless there are no viewers for them. */
  start(): void {
    const { stream } = this;
    if (!stream || this.active) return;
    if (!this.options.onDemand || this.#isDemanded()) this.#attach(stream, 'gop');
  }

  /** A viewer has requested something. */
  demand(): void {
    this.#demandedAt = this.#owner.now();
    const { stream } = this;
    if (!stream || this.active) return;
    // A player cannot start with segments from before the rest.
    this.#restart();
    this.#attach(stream, 'gop');
  }

  /** Stops making segments that no viewer requests. Called about once a second. */
  restIfIdle(): void {
    if (this.refusal !== undefined) this.#wake();
    if (!this.options.onDemand || !this.active || this.#isDemanded()) return;
    this.#stopMaking();
    this.#maker.finish();
  }

  /**
   * The stream has ended.
   *
   * @param end - when players find the end of the playlist; `later`: if the publisher does not return in time
   */
  finish(end: 'now' | 'later' = 'now'): void {
    if (this.#life.is === 'ended' && this.#life.playlist === 'closed') return;
    this.#stopMaking();
    this.#maker.finish();
    const waits = end === 'later' && this.options.publisherGraceSeconds > 0;
    this.#life = { is: 'ended', at: this.endedAt ?? this.#owner.now(), playlist: waits ? 'open' : 'closed' };
    if (!waits) this.segments.end();
    this.#renew();
  }

  /** Ends the playlist of a publisher that did not return. Called about once a second. */
  endIfAbandoned(now: number): void {
    if (this.#life.is !== 'ended' || this.#life.playlist === 'closed') return;
    if (now - this.#life.at >= this.options.publisherGraceSeconds * 1000) this.finish();
  }

  /** Forgets everything, and removes the files. */
  drop(): void {
    this.finish();
    this.#forget(this.options.keepAfterEnd ? 'keep' : 'remove');
  }

  /** Another worker goes on with the segments and their files: an open playlist stays open. Forgets everything. */
  leave(): HandedWindow | undefined {
    const continues = this.awaitsPublisher || this.stream !== undefined;
    this.#stopMaking();
    this.#maker.finish();
    const handed = this.segments.handOver(continues ? 'continues' : 'is-over');
    this.#forget('keep');
    return handed;
  }

  #forget(files: 'keep' | 'remove'): void {
    this.#life = { is: 'dropped' };
    this.segments.remove(files);
    this.#wake();
  }

  /** Resolves when a playlist can be served or never will be, after `limitMs`, or when the signal aborts. */
  async untilReady(limitMs: number, signal: AbortSignal): Promise<void> {
    if (!this.ready && this.refusal === undefined) await this.#waiters.wait(limitMs, signal);
  }

  get reachMs(): number {
    return this.stream ? this.segments.reachMs : Infinity;
  }

  async untilChange(limitMs: number, signal: AbortSignal): Promise<void> {
    await this.#waiters.wait(limitMs, signal);
  }

  /** Throws unless it is `ready`. */
  playlist(form: PlaylistForm): CachedBody {
    return this.#playlists.media(form, this.segments.window!);
  }

  /** The entry of a master playlist that leads to a media playlist. Throws unless it is `ready`. */
  variant(mediaUri: string): PlaylistVariant {
    this.#playlists.describe(this.#maker.headers, this.#owner.log);
    return this.#playlists.variant(mediaUri, this.segments.window!);
  }

  file(file: NumberedFile): ServedFile | Denial | undefined {
    return this.segments.findFile(file, this.#nonce);
  }

  #isDemanded(): boolean {
    return this.#owner.now() - this.#demandedAt < this.options.sessionTimeoutSeconds * 1000;
  }

  #attach(stream: StreamView, from: StartPosition): void {
    this.#detach = this.#owner.attach(stream, this.#maker, from);
    // A GOP cache may hold a whole segment.
    this.#wake();
  }

  #stopMaking(): void {
    this.#detach?.();
    this.#detach = undefined;
  }

  #restart(): void {
    this.#maker.finish();
    this.segments.clear();
    this.#renew();
  }

  #renew(): void {
    this.#playlists.renew();
    if (this.ready && this.#life.is !== 'dropped')
      this.segments.writePlaylist(() => this.#playlists.buildMedia(PLAIN_FORM, this.segments.window!));
    this.#wake();
  }

  #wake(): void {
    this.#host.changed(this.key);
    this.changes.note();
    if (this.ready || this.refusal !== undefined || this.ended) this.#waiters.wake();
  }
}
