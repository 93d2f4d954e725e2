// One stream: its packets go to sinks, to fan-outs of viewers and into the GOP cache.
//
// The room holds streams, their timeline and headers, and the hub that finds them by name. Writes: core/delivery. Clients: core/session.
import type { EndCause } from '../end-cause.ts';
import type { FanOutSource, JoinPosition } from '../delivery/fan-out.ts';
import { FanOuts } from '../delivery/fan-outs.ts';
import { SHORT_WINDOW_MS, type FlushScheduler } from '../delivery/merging/flush-scheduler.ts';
import { GopCache, gopLimits } from '../delivery/gop-cache.ts';
import { PacketRhythm } from '../delivery/merging/packet-rhythm.ts';
import type { Viewer } from '../delivery/viewer.ts';
import type { PacedReader } from '../intake/paced-reader.ts';
import type { Logger } from '../log/log.ts';
import type { AnnouncedTracks } from '../media/flv/announced-tracks.ts';
import { MediaPacket, type PacketInfo } from '../media/packet.ts';
import type { PacketFormat } from '../media/packet-format.ts';
import type { AppOptions } from '../options/options.ts';
import { ClockBreak } from './clock-break.ts';
import { NamedStream } from './named-stream.ts';
import { PacketCounts } from './packets/packet-counts.ts';
import { PacketFilters, type PacketFilter } from './packets/packet-filters.ts';
import type { Publisher, PublisherView } from './publisher.ts';
import { Reception } from './reception.ts';
import type { DiscontinuityReason, Sink, StartPosition } from './sink.ts';
import { SinkList } from './sink-list.ts';
import { backlogFor, KeyframeStart } from './sink-start.ts';
import { StreamHeaders, type StreamTracks } from './stream-headers.ts';
import {
  StreamView,
  type GopFigures,
  type StreamCounters,
  type StreamFacts,
  type StreamIdentity,
  type StreamState,
  type StreamTiming,
} from './stream-view.ts';

/** Upper bound of the time between two reads of a publisher's connection; a disconnect is noticed this late. */
const MAX_REST_MS = 400;

export class Stream extends NamedStream implements StreamFacts, FanOutSource {
  readonly gop: GopCache;
  readonly rhythm = new PacketRhythm();
  readonly view: StreamView = new StreamView(this);
  readonly #scheduler: FlushScheduler;
  readonly #headers: StreamHeaders;
  readonly #sinks: SinkList;
  readonly #fanOuts: FanOuts;
  #options: AppOptions;
  #publisher: Publisher | undefined;
  #reader: PacedReader | undefined;
  #state: StreamState = 'live';
  /** Stream time of the present publisher's first packet. */
  #beganAt: number | undefined;
  readonly #counts = new PacketCounts();
  readonly #reception: Reception;
  readonly #filters: PacketFilters;

  constructor(identity: StreamIdentity, options: AppOptions, scheduler: FlushScheduler, log: Logger) {
    super(identity);
    this.#options = options;
    this.#scheduler = scheduler;
    this.#headers = new StreamHeaders(this.displayKey, log);
    this.#sinks = new SinkList(this.displayKey, log);
    this.#filters = new PacketFilters(this.displayKey, log);
    this.#fanOuts = new FanOuts(this, scheduler, log);
    const clockBreak = new ClockBreak(this.displayKey, log, this.#counts, this.#sinks);
    this.#reception = new Reception(this, clockBreak, log, (packet) => this.#take(packet));
    this.gop = new GopCache(gopLimits(options));
  }

  get state(): StreamState {
    return this.#state;
  }

  get publisher(): PublisherView | undefined {
    return this.#publisher?.view;
  }

  get options(): AppOptions {
    return this.#options;
  }

  get headers(): readonly MediaPacket[] {
    return this.#headers.packets;
  }

  get headersVersion(): number {
    return this.#headers.version;
  }

  get tracks(): StreamTracks {
    return this.#headers.tracks;
  }

  get expectedTracks(): AnnouncedTracks {
    const { highest } = this.#reception;
    return this.#headers.expectedTracks(highest - (this.#beganAt ?? highest));
  }

  get counters(): StreamCounters {
    return this.#counts.all;
  }

  get timing(): StreamTiming {
    return this.#counts.timing;
  }

  get gopFigures(): GopFigures {
    return { packets: this.gop.length, bytes: this.gop.bytes };
  }

  get viewerCount(): number {
    return this.localViewerCount + this.residence.viewersElsewhere;
  }

  get localViewerCount(): number {
    return this.#fanOuts.viewerCount;
  }

  get highestTimestamp(): number {
    return this.#reception.highest;
  }

  /** The reader of the publisher's connection, if its protocol leaves the reading to core. */
  get reader(): PacedReader | undefined {
    return this.#reader;
  }

  /** How long the publisher's connection may be left unread, in milliseconds. Turns that are shorter cost more than they save. */
  get restMs(): number {
    const windowMs = this.#watched ? this.#windowMs : MAX_REST_MS;
    return windowMs < SHORT_WINDOW_MS ? 0 : Math.min(windowMs, MAX_REST_MS);
  }

  // The time that packets lay unread counts as part of the window.
  get mergeWindowMs(): number {
    return this.packetsHaveWaited ? 0 : Math.max(0, this.#windowMs - (this.#reader?.pausedMs ?? 0));
  }

  isPublishedBy(publisher: Publisher): boolean {
    return this.#publisher === publisher;
  }

  /**
   * Takes one message of the publisher's own clock.
   * @param timestamp - raw, uint32 ms
   * @param payload - FLV tag body; kept, not copied, so the caller must not reuse it
   */
  receive(info: PacketInfo, timestamp: number, payload: Buffer): void {
    this.#reception.receive(info, timestamp, payload);
  }

  /** Takes a packet that is in stream time already: one of another stream's, or of a mirror's original. */
  write(packet: MediaPacket): void {
    this.#reception.pass(packet.timestamp);
    this.#take(packet);
  }

  /** The next packets do not continue the earlier ones. */
  discontinuity(reason: DiscontinuityReason = 'source'): void {
    if (reason === 'publisher') {
      this.#headers.reset();
      this.#reception.reset();
      this.#beganAt = this.#reception.highest;
    }
    if (reason !== 'jump') {
      this.#reception.restart();
      this.gop.clear();
    }
    this.#sinks.discontinuity(reason);
    if (reason !== 'jump') this.#fanOuts.restart();
  }

  /** Adds a sink. Returns a function that removes it. */
  attach(sink: Sink, from: StartPosition = 'gop'): () => void {
    if (!this.#watched) this.#reader?.wake();
    if (from === 'next-keyframe') return this.#sinks.add(new KeyframeStart(sink, this), []);
    return this.#sinks.add(sink, backlogFor(from, this, this.#reception.highest));
  }

  /** Changes all packets from now on. Joiners get none that came before. Returns a function that removes the filter. */
  alter(filter: PacketFilter): () => void {
    this.gop.clear();
    return this.#filters.add(filter);
  }

  /** Adds a viewer: it gets headers and the GOP cache at once, or else starts with the next keyframe. */
  join(viewer: Viewer, format: PacketFormat, start: JoinPosition = 'gop'): void {
    if (!this.#watched) this.#reader?.wake();
    this.#fanOuts.join(viewer, format, start);
  }

  leave(viewer: Viewer, format: PacketFormat): void {
    this.#fanOuts.leave(viewer, format);
  }

  /**
   * Counts a viewer that is sent no packets: it fetches files, or has paused. Returns a function that makes it leave.
   * @param ended - the stream has ended
   */
  countViewer(ended: (cause: EndCause) => void): () => void {
    return this.#fanOuts.countIdle(ended);
  }

  /** From now on this reader decides when the publisher's connection is read; undefined: none does. */
  readWith(reader: PacedReader | undefined): void {
    this.#reader = reader;
  }

  /** A publisher takes the stream over, the first or a later one. */
  begin(publisher: Publisher): void {
    this.#reader = undefined;
    const first = this.#publisher === undefined && this.#state === 'live';
    this.#publisher = publisher;
    this.#state = 'live';
    if (!first) this.discontinuity('publisher');
  }

  /** The publisher disconnected or is replaced; viewers and sinks wait. Returns it. */
  pause(): Publisher | undefined {
    const publisher = this.#publisher;
    this.#state = 'paused';
    this.#publisher = undefined;
    this.hold();
    return publisher;
  }

  /** The publisher's source has disconnected: viewers and sinks wait, and packets may follow. */
  hold(): void {
    this.#reception.release();
    this.gop.clear();
    this.#fanOuts.flush();
    this.#sinks.pause();
  }

  /** Tells viewers and sinks. Returns the publisher, if the stream still had one. */
  end(cause: EndCause): Publisher | undefined {
    const publisher = this.#publisher;
    this.#reception.release();
    this.#state = 'ended';
    this.#publisher = undefined;
    this.#sinks.end(cause);
    this.#fanOuts.end(cause);
    this.gop.clear();
    return publisher;
  }

  /** New options apply at once: the cache is trimmed, limits and windows are used from the next packet on. */
  configure(options: AppOptions): void {
    this.#options = options;
    this.#reader?.wake();
    this.gop.configure(gopLimits(options));
    this.#fanOuts.configure(options.slowViewer);
  }

  /** Called about once a second. @param hold - counts what waits for viewers; returns how much is too much */
  everySecond(now: number, limitMs: number, hold: (bytes: number) => number): void {
    this.#reception.release();
    this.#fanOuts.closeStalled(now, limitMs);
    this.#fanOuts.releaseUnused();
    const excess = hold(this.#fanOuts.heldBytes);
    if (excess > 0) this.#fanOuts.shed(excess);
  }

  get #watched(): boolean {
    return this.#sinks.size > 0 || this.#fanOuts.size > 0;
  }

  get #windowMs(): number {
    return this.#scheduler.windowMs(this.#options.mergeWriteMs);
  }

  #take(packet: MediaPacket): void {
    if (!packet.media) return this.#takeHeader(packet);
    this.#beganAt ??= packet.timestamp;
    this.#deliver(packet);
  }

  // A header is kept while the stream lives, so it must not hold on to a whole read from the publisher's connection.
  #takeHeader({ info, timestamp, payload }: MediaPacket): void {
    this.#deliver(new MediaPacket(info, timestamp, Buffer.from(payload)));
  }

  #deliver(received: MediaPacket): void {
    this.#counts.count(received);
    const packet = this.#filters.isEmpty ? received : this.#filters.apply(received);
    if (packet) this.#distribute(packet);
  }

  // A sink or viewer that is added while a packet is delivered has the packet from the cache or the headers already.
  #distribute(packet: MediaPacket): void {
    const sinks = this.#sinks.present;
    this.#headers.noteTrack(packet);
    this.rhythm.note(packet);
    this.gop.push(packet, this.#headers.packets);
    this.#fanOuts.push(packet);
    if (packet.header || packet.supplement) this.#headers.keep(packet);
    this.#sinks.write(packet, sinks);
  }
}
