// All viewers of one stream that share one wire format. This is the hot path of the server.
//
//                 joins inside a run             run flushed, queue empty
//   join ──GOP──▶ late ─────────────▶ behind ───────────────────────────▶ up to date
//    │             ▲                   │   ▲                                │
//    │     keyframe│                   │   └─────── connection is full ─────┘
//    └──no GOP──▶ waiting ◀── lags ────┘
//
// Here packets become writes. Which packets a stream has, and when it starts and ends, is decided in core/stream.
import type { EndCause } from '../end-cause.ts';
import type { Logger } from '../log/log.ts';
import { encodeRun, type PacketFormat } from '../media/packet-format.ts';
import type { MediaPacket } from '../media/packet.ts';
import { Backlog, encodeAccepted, encodeOpening, type BacklogSource } from './backlog.ts';
import { PendingRun, type FlushSource } from './merging/pending-run.ts';
import type { FlushScheduler } from './merging/flush-scheduler.ts';
import { restamp, restampForJoiner } from './gop-cache.ts';
import { canStartAt } from './start-packet.ts';
import { queuedBytes } from './queued-bytes.ts';
import { UpToDateViewers } from './up-to-date-viewers.ts';
import type { Viewer } from './viewer.ts';
import { WaitingViewers } from './waiting-viewers.ts';

/** The part of a stream that a fan-out reads. */
export interface FanOutSource extends BacklogSource, FlushSource {
  /** The stream's name in logs. */
  readonly displayKey: string;
  /** Current metadata and sequence headers. */
  readonly headers: readonly MediaPacket[];
  /** Counts changes of `headers`. */
  readonly headersVersion: number;
}

/** The start of a viewer: headers and the GOP cache, or the next keyframe. */
export type JoinPosition = 'gop' | 'next-keyframe';

/** A viewer that takes part in the pending run from a position on. */
interface LateViewer {
  readonly viewer: Viewer;
  readonly from: number;
}

/**
 * Collects packets for a window, encodes the run once into one buffer, and gives that buffer to every viewer.
 *
 * A viewer is in one of four lists: viewers that are up to date get the whole run; so do those that are `behind`, but into
 * a queue of their own; `late` ones have just begun and get it from a position on; `waiting` ones get nothing until a
 * keyframe comes and they can take it. Lists are settled before anything is written: outputs are plugins', and viewers
 * may join and leave while they are written to.
 *
 * A format is a plugin's as well. If it throws, this fan-out's viewers are closed, and other fan-outs continue.
 */
export class FanOut {
  readonly format: PacketFormat;
  readonly #source: FanOutSource;
  readonly #scheduler: FlushScheduler;
  readonly #log: Logger;
  readonly #upToDate = new UpToDateViewers();
  #behind: readonly Viewer[] = [];
  #late: readonly LateViewer[] = [];
  readonly #waiting = new WaitingViewers();
  #deliveries = 0;
  readonly #pending: PendingRun;
  readonly backlog = new Backlog();

  constructor(format: PacketFormat, source: FanOutSource, scheduler: FlushScheduler, log: Logger) {
    this.format = format;
    this.#source = source;
    this.#scheduler = scheduler;
    this.#pending = new PendingRun(this, source, scheduler);
    this.#log = log;
  }

  /** Viewers and deliveries. */
  get size(): number {
    return this.#playing + this.#waiting.size;
  }

  get viewerCount(): number {
    return this.size - this.#deliveries;
  }

  /** Viewers and deliveries that get the next packet. */
  get #playing(): number {
    return this.#upToDate.size + this.#behind.length + this.#late.length;
  }

  *viewers(): Generator<Viewer> {
    yield* this.#upToDate;
    yield* this.#behind;
    for (const { viewer } of this.#late) yield viewer;
    yield* this.#waiting;
  }

  /** The viewer gets headers and the GOP cache now and every packet that follows, or else waits for a keyframe. */
  join(viewer: Viewer, start: JoinPosition): void {
    this.#count(viewer, 1);
    try {
      this.#place(viewer, start);
    } catch (error) {
      this.#fail(error, viewer);
    }
  }

  #place(viewer: Viewer, start: JoinPosition): void {
    const cached = start === 'gop' && this.format.startsAt === undefined;
    const runs = cached ? this.backlog.runs(this.#source, this.format) : [];
    if (runs.length === 0) return this.#waiting.add([viewer]);
    this.#startInside([viewer]);
    viewer.noteHeaders(this.#source.headersVersion);
    viewer.sendBacklog(runs);
  }

  leave(viewer: Viewer): void {
    const before = this.size;
    this.#upToDate.remove(viewer);
    if (this.#behind.includes(viewer)) this.#behind = this.#behind.filter((each) => each !== viewer);
    if (this.#late.some((each) => each.viewer === viewer))
      this.#late = this.#late.filter((each) => each.viewer !== viewer);
    this.#waiting.remove(viewer);
    if (this.size < before) this.#count(viewer, -1);
  }

  /** The packet path: one guard for each fan-out and packet. */
  push(packet: MediaPacket): void {
    try {
      this.#push(packet);
    } catch (error) {
      this.#fail(error);
    }
  }

  #push(packet: MediaPacket): void {
    if (this.size === 0 || !this.format.accepts(packet)) return;
    if (this.#waiting.size > 0) this.#resume(packet);
    if (this.#playing === 0) return;
    this.#pending.add(packet);
  }

  /** Another publisher follows: viewers continue with its headers and its first keyframe. */
  restart(): void {
    this.flush();
    const late = this.#late.map(({ viewer }) => viewer);
    this.#waiting.add([...this.#upToDate.clear(), ...this.#behind, ...late]);
    this.#behind = [];
    this.#late = [];
  }

  /** Writes the pending run: one buffer, one write for each viewer. */
  flush(): void {
    try {
      this.#flush();
    } catch (error) {
      this.#fail(error);
    }
  }

  #flush(): void {
    const packets = this.#pending.take();
    const count = packets.length;
    if (count === 0) return;
    const behind = this.#behind;
    const joined = this.#takeJoined(count);
    const offsets = joined.length > 0 ? new Array<number>(count) : undefined;
    const run = encodeRun(packets, this.format, offsets);
    const full = this.#upToDate.write(run);
    if (full.length > 0) this.#behind = [...this.#behind, ...full];
    if (this.#behind.length === 0) return;
    for (const viewer of behind) viewer.send(run, count);
    for (const viewer of full) viewer.send(run, count);
    for (const { viewer, from } of joined)
      viewer.send(from === 0 ? run : run.subarray(offsets?.[from]), count - from);
    this.#sortBehind();
  }

  /** What waits for viewers, who share it, and the encoded GOP cache. */
  get heldBytes(): number {
    return queuedBytes(this.viewers(), this.backlog.buffers);
  }

  /** Gives up what it holds: viewers with a queue lag. Behind a flush those that have just joined are like any other. */
  shed(): void {
    this.flush();
    this.#behind = [...this.#behind, ...this.#late.map(({ viewer }) => viewer)];
    this.#late = [];
    this.backlog.clear();
    for (const viewer of this.viewers()) viewer.shed();
    this.#sortBehind();
  }

  /** The stream has ended: viewers get what is pending, then the end. */
  end(cause: EndCause): void {
    this.flush();
    for (const viewer of this.#takeAll()) viewer.finish(cause);
  }

  /** @param joiner - a viewer that is counted and may be in no list yet */
  #fail(error: unknown, joiner?: Viewer): void {
    const { format } = this;
    this.#log.error(
      { err: error, stream: this.#source.displayKey, format: format.name },
      'a wire format threw; its viewers are closed, and the stream continues',
    );
    this.#pending.take();
    this.backlog.clear();
    const viewers = new Set(this.#takeAll());
    if (joiner && !viewers.has(joiner)) {
      this.#count(joiner, -1);
      viewers.add(joiner);
    }
    const cause = { code: 'failed', message: `the wire format ${format.name} failed` } as const;
    for (const viewer of viewers) viewer.close(cause);
  }

  /** Removes all viewers, and returns them. */
  #takeAll(): readonly Viewer[] {
    const viewers = [...this.viewers()];
    this.#upToDate.clear();
    this.#behind = [];
    this.#late = [];
    this.#waiting.clear();
    for (const viewer of viewers) this.#count(viewer, -1);
    return viewers;
  }

  #count(viewer: Viewer, change: 1 | -1): void {
    this.#scheduler.countViewers(change);
    if (viewer.role === 'delivery') this.#deliveries += change;
  }

  /** Moves viewers that joined inside a run of `count` packets to those that are behind. Returns them. */
  #takeJoined(count: number): readonly LateViewer[] {
    const late = this.#late;
    if (late.length === 0) return late;
    const joined = late.filter(({ from }) => from < count);
    this.#behind = [...this.#behind, ...joined.map(({ viewer }) => viewer)];
    // A viewer that joined after the last packet gets nothing of this run, and all of the next.
    this.#late = late.filter(({ from }) => from === count).map(({ viewer }) => ({ viewer, from: 0 }));
    return joined;
  }

  /** Viewers that have caught up continue with the others; those that lag wait for a keyframe. */
  #sortBehind(): void {
    const current = this.#behind.filter((viewer) => viewer.state === 'current');
    this.#waiting.add(this.#behind.filter((viewer) => viewer.state !== 'current'));
    this.#behind = current.filter((viewer) => !viewer.clear);
    this.#upToDate.add(current.filter((viewer) => viewer.clear));
  }

  // Waiting viewers that have caught up start with this packet if it can be decoded.
  #resume(packet: MediaPacket): void {
    const expectsVideo = this.format.only !== 'audio' && this.#source.expectedTracks.video;
    const starting = this.#waiting.takeStarting(packet, canStartAt(packet, expectsVideo));
    for (const viewer of starting) viewer.resume();
    this.#startInside(starting);
    for (const viewer of starting) this.#sendHeaders(viewer, packet.timestamp);
    for (const viewer of this.#waiting) {
      if (viewer.state !== 'lost') continue;
      this.leave(viewer);
      viewer.close(causeOfLoss(viewer));
    }
  }

  #sendHeaders(viewer: Viewer, timestamp: number): void {
    const { headers, headersVersion, expectedTracks } = this.#source;
    const missing = viewer.missingHeaders(headersVersion);
    if (missing === 'none') return;
    const run =
      missing === 'opening'
        ? encodeOpening(restampForJoiner(headers, timestamp), this.format, expectedTracks)
        : encodeAccepted(restamp(headers, timestamp), this.format);
    viewer.noteHeaders(headersVersion);
    if (run.length > 0) viewer.sendBacklog([run]);
  }

  #startInside(viewers: readonly Viewer[]): void {
    if (viewers.length === 0) return;
    const from = this.#pending.length;
    this.#late = [...this.#late, ...viewers.map((viewer) => ({ viewer, from }))];
  }
}

function causeOfLoss(viewer: Viewer): EndCause {
  if (viewer.fault) return { code: 'failed', message: `the connection failed (${viewer.fault.message})` };
  return { code: 'slow', message: 'it lost more than slowViewer.closeAfterBytes without catching up' };
}
