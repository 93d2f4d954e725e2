// All viewers of one stream that share one wire format. This is the hot path of the server.
import { Backlog, encodeAccepted, encodeOpening, type BacklogSource } from './backlog.ts';
import type { FlushScheduler } from './flush-scheduler.ts';
import { restamp, restampForJoiner } from './gop-cache.ts';
import { UpToDateViewers } from './up-to-date-viewers.ts';
import { encodeRun, type PacketFormat } from '../media/packet-format.ts';
import type { MediaPacket } from '../media/packet.ts';
import type { EndCause } from '../session/session.ts';
import type { Viewer } from './viewer.ts';

/** What a fan-out reads of its stream. */
export interface FanOutSource extends BacklogSource {
  /** How long packets wait for company in all, in milliseconds. */
  readonly windowMs: number;
  /** The part of it that is left when they have been read. */
  readonly mergeWindowMs: number;
  /** Metadata and sequence headers in force. */
  readonly headers: readonly MediaPacket[];
  /** Counts changes of `headers`. */
  readonly headersVersion: number;
}

/** A run of packets is flushed at once when it has grown to this: a larger write saves nothing. */
const FLUSH_BYTES = 128 * 1024;

/** Encoders with periodic intra refresh may send no second keyframe, ever: then viewers start without one. */
const KEYFRAME_PATIENCE_MS = 20_000;

/**
 * Collects packets for a window, encodes the run once into one buffer, and gives that buffer to every viewer.
 *
 * A viewer is in one of four lists: `live` viewers keep up and get the whole run; so do those who are `behind`, but into
 * a queue of their own; `late` ones have just begun and get it from there on; `waiting` ones get nothing until a
 * keyframe comes and they can take it. Lists are settled before anything is written: outputs are plugins', and may make
 * viewers come and go while they are written to.
 */
export class FanOut {
  readonly format: PacketFormat;
  readonly #source: FanOutSource;
  readonly #scheduler: FlushScheduler;
  readonly #live = new UpToDateViewers();
  #behind: readonly Viewer[] = [];
  #late: readonly Viewer[] = [];
  #waiting: readonly Viewer[] = [];
  #pending: MediaPacket[] = [];
  #pendingBytes = 0;
  /** Whether its viewers have TCP_NODELAY; connections come with it. */
  #noDelay = true;
  readonly #backlog = new Backlog();

  constructor(format: PacketFormat, source: FanOutSource, scheduler: FlushScheduler) {
    this.format = format;
    this.#source = source;
    this.#scheduler = scheduler;
  }

  get size(): number {
    return this.#playing + this.#waiting.length;
  }

  /** Those who get what comes. */
  get #playing(): number {
    return this.#live.size + this.#behind.length + this.#late.length;
  }

  *viewers(): Generator<Viewer> {
    yield* this.#live;
    yield* this.#behind;
    yield* this.#late;
    yield* this.#waiting;
  }

  /** The viewer gets headers and the GOP cache now and every packet that follows, or else waits for a keyframe. */
  join(viewer: Viewer, backlog: 'gop' | 'none'): void {
    this.#scheduler.countViewers(1);
    viewer.setNoDelay(this.#noDelay);
    const runs = backlog === 'gop' ? this.#backlog.runs(this.#source, this.format) : [];
    if (runs.length === 0) {
      this.#waiting = [...this.#waiting, viewer];
      return;
    }
    this.#startInside([viewer]);
    viewer.headersVersion = this.#source.headersVersion;
    viewer.sendBacklog(runs);
  }

  leave(viewer: Viewer): void {
    const before = this.size;
    this.#live.remove(viewer);
    this.#behind = without(this.#behind, viewer);
    this.#late = without(this.#late, viewer);
    this.#waiting = without(this.#waiting, viewer);
    if (this.size < before) this.#scheduler.countViewers(-1);
  }

  push(packet: MediaPacket): void {
    if (this.size === 0 || !this.format.accepts(packet)) return;
    if (this.#waiting.length > 0) this.#resume(packet);
    if (this.#playing === 0) return;
    this.#pending.push(packet);
    this.#pendingBytes += packet.payload.length;
    if (this.#pendingBytes >= FLUSH_BYTES) this.flush();
    else if (this.#pending.length === 1) this.#scheduler.schedule(this, this.#source.mergeWindowMs);
  }

  /** What follows comes from another publisher: viewers go on with its headers and its first keyframe. */
  restart(): void {
    this.flush();
    const playing = [...this.#live.clear(), ...this.#behind, ...this.#late];
    this.#behind = [];
    this.#late = [];
    for (const viewer of playing) viewer.waitingSince = undefined;
    this.#waiting = [...this.#waiting, ...playing];
  }

  /** Writes the pending run: one buffer, one write for each viewer. */
  flush(): void {
    const count = this.#pending.length;
    if (count === 0) return;
    const packets = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#chooseNoDelay();
    const behind = this.#behind;
    const joined = this.#takeJoined(count);
    const offsets = joined.length > 0 ? new Array<number>(count) : undefined;
    const run = encodeRun(packets, this.format, offsets);
    const refused = this.#live.write(run);
    if (refused.length > 0) this.#behind = [...this.#behind, ...refused];
    if (this.#behind.length === 0) return;
    for (const viewer of behind) viewer.send(run, count);
    for (const viewer of refused) viewer.send(run, count);
    for (const viewer of joined) {
      const { from } = viewer;
      viewer.send(from === 0 ? run : run.subarray(offsets?.[from]), count - from);
    }
    this.#sortBehind();
  }

  /** Closes viewers whose connection has taken nothing for too long. */
  closeStalled(now: number, limitMs: number): void {
    for (const viewer of [...this.viewers()]) {
      if (viewer.stalled(now, limitMs)) {
        this.leave(viewer);
        viewer.close({
          code: 'slow',
          message: `the connection took no byte for ${limitMs / 1000} s (write_timeout)`,
        });
      }
    }
  }

  /** The stream is over: viewers get what is pending, then the end. */
  end(cause: EndCause): void {
    this.flush();
    const viewers = [...this.viewers()];
    this.#live.clear();
    this.#behind = this.#late = this.#waiting = [];
    this.#scheduler.countViewers(-viewers.length);
    for (const viewer of viewers) viewer.finish(cause);
  }

  #chooseNoDelay(): void {
    const noDelay = this.#scheduler.prefersNoDelay(this.#source.windowMs);
    if (noDelay === this.#noDelay) return;
    this.#noDelay = noDelay;
    for (const viewer of this.viewers()) viewer.setNoDelay(noDelay);
  }

  /** Those who have joined inside a run of `count` packets; from now on they are behind, until they are sorted. */
  #takeJoined(count: number): readonly Viewer[] {
    const late = this.#late;
    if (late.length === 0) return late;
    const joined = late.filter((viewer) => viewer.from < count);
    this.#behind = [...this.#behind, ...joined];
    // Joined behind the last packet: nothing of this run is for it, and all of the next.
    this.#late = late.filter((viewer) => viewer.from === count);
    for (const viewer of this.#late) viewer.from = 0;
    return joined;
  }

  /** Viewers who have caught up go on with the others; those who lag wait for a keyframe. */
  #sortBehind(): void {
    const current = this.#behind.filter((viewer) => viewer.state === 'current');
    const lagging = this.#behind.filter((viewer) => viewer.state !== 'current');
    if (lagging.length > 0) this.#waiting = [...this.#waiting, ...lagging];
    this.#behind = current.filter((viewer) => !viewer.clear);
    this.#live.add(current.filter((viewer) => viewer.clear));
  }

  // A packet from which waiting viewers can start is here: those who have caught up take part from it on.
  #resume(packet: MediaPacket): void {
    const startable = this.#canStartAt(packet);
    const starting: Viewer[] = [];
    const waiting: Viewer[] = [];
    for (const viewer of this.#waiting) {
      viewer.waitingSince ??= packet.timestamp;
      const patienceOver = packet.timestamp - viewer.waitingSince > KEYFRAME_PATIENCE_MS && !packet.header;
      const starts = (startable || patienceOver) && viewer.canResume();
      (starts ? starting : waiting).push(viewer);
    }
    this.#waiting = waiting;
    for (const viewer of waiting) {
      // There are keyframes, so there will be another: patience is for streams without.
      if (startable) viewer.waitingSince = packet.timestamp;
      if (viewer.state !== 'current') viewer.countDropped(1, packet.payload.length);
    }
    for (const viewer of starting) viewer.resume();
    this.#startInside(starting);
    for (const viewer of starting) this.#sendHeaders(viewer, packet.timestamp);
    for (const viewer of waiting) if (viewer.state === 'lost') this.#closeLost(viewer);
  }

  #closeLost(viewer: Viewer): void {
    this.leave(viewer);
    viewer.close(causeOfLoss(viewer));
  }

  #sendHeaders(viewer: Viewer, timestamp: number): void {
    const { headers, headersVersion, expectedTracks } = this.#source;
    if (viewer.headersVersion === headersVersion) return;
    const run =
      viewer.headersVersion < 0
        ? encodeOpening(restampForJoiner(headers, timestamp), this.format, expectedTracks)
        : encodeAccepted(restamp(headers, timestamp), this.format);
    viewer.headersVersion = headersVersion;
    if (run.length > 0) viewer.sendBacklog([run]);
  }

  #startInside(viewers: readonly Viewer[]): void {
    if (viewers.length === 0) return;
    for (const viewer of viewers) viewer.from = this.#pending.length;
    this.#late = [...this.#late, ...viewers];
  }

  #canStartAt(packet: MediaPacket): boolean {
    // Of several video tracks the first is what everybody decodes.
    if (packet.keyframe) return packet.track === 0;
    if (packet.kind !== 'audio' || packet.header) return false;
    return this.format.only === 'audio' || !this.#source.expectedTracks.video;
  }
}

function causeOfLoss(viewer: Viewer): EndCause {
  if (viewer.fault) return { code: 'failed', message: `the connection failed (${viewer.fault.message})` };
  return { code: 'slow', message: 'it lost more than slowViewer.closeAfterBytes without catching up' };
}

function without(viewers: readonly Viewer[], viewer: Viewer): readonly Viewer[] {
  return viewers.includes(viewer) ? viewers.filter((each) => each !== viewer) : viewers;
}
