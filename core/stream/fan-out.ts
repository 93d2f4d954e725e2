// All viewers of one stream that share one wire format. This is the hot path of the server.
import type { FlushScheduler } from './flush-scheduler.ts';
import { restamp, restampForJoiner, type GopCache } from './gop-cache.ts';
import type { PacketFormat } from './packet-format.ts';
import type { MediaPacket } from './packet.ts';
import type { EndCause } from './session.ts';
import type { Viewer } from './viewer.ts';

/** What a fan-out reads of its stream. */
export interface FanOutSource {
  readonly gop: GopCache;
  /** How long packets wait here for company, in milliseconds. */
  readonly mergeWindowMs: number;
  /** Metadata and sequence headers in force. */
  readonly headers: readonly MediaPacket[];
  /** Counts changes of `headers`. */
  readonly headersVersion: number;
  readonly expectedTracks: { readonly video: boolean };
}

/** A run of packets is flushed at once when it has grown to this: a larger write saves nothing. */
const FLUSH_BYTES = 128 * 1024;

/** The cached groups are handed to joiners in shared buffers of about this size. */
const RUN_BYTES = 64 * 1024;

/** Encoders with periodic intra refresh may send no second keyframe, ever: then viewers start without one. */
const KEYFRAME_PATIENCE_MS = 20_000;

/**
 * Collects packets for a window, encodes the run once into one buffer, and gives that buffer to every viewer.
 *
 * A viewer is in one of three lists: `live` viewers get the whole run; `late` ones joined inside it and get it from
 * their place on; `waiting` ones get nothing until a keyframe comes and they can take it.
 */
export class FanOut {
  readonly format: PacketFormat;
  readonly #source: FanOutSource;
  readonly #scheduler: FlushScheduler;
  #live: Viewer[] = [];
  #late: Viewer[] = [];
  #waiting: Viewer[] = [];
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
    return this.#live.length + this.#late.length + this.#waiting.length;
  }

  *viewers(): Generator<Viewer> {
    yield* this.#live;
    yield* this.#late;
    yield* this.#waiting;
  }

  /** The viewer gets headers and the GOP cache now and every packet that follows, or else waits for a keyframe. */
  join(viewer: Viewer, backlog: 'gop' | 'none'): void {
    this.#scheduler.countViewers(1);
    viewer.setNoDelay(this.#noDelay);
    const runs = backlog === 'gop' ? this.#backlog.runs(this.#source.gop, this.format) : [];
    if (runs.length === 0) return void this.#waiting.push(viewer);
    viewer.sendBacklog(runs);
    viewer.headersVersion = this.#source.headersVersion;
    this.#startInside(viewer);
  }

  leave(viewer: Viewer): void {
    const before = this.size;
    this.#live = without(this.#live, viewer);
    this.#late = without(this.#late, viewer);
    this.#waiting = without(this.#waiting, viewer);
    if (this.size < before) this.#scheduler.countViewers(-1);
  }

  push(packet: MediaPacket): void {
    if (this.size === 0 || !this.format.accepts(packet)) return;
    if (this.#waiting.length > 0) this.#resume(packet);
    if (this.#live.length === 0 && this.#late.length === 0) return;
    this.#pending.push(packet);
    this.#pendingBytes += packet.payload.length;
    if (this.#pendingBytes >= FLUSH_BYTES) this.flush();
    else if (this.#pending.length === 1) this.#scheduler.schedule(this, this.#source.mergeWindowMs);
  }

  /** What follows comes from another publisher: viewers go on with its headers and its first keyframe. */
  restart(): void {
    this.flush();
    for (const viewer of this.#live) viewer.waitingSince = undefined;
    this.#waiting = this.#waiting.concat(this.#live);
    this.#live = [];
  }

  /** Writes the pending run: one buffer, one write for each viewer. */
  flush(): void {
    const count = this.#pending.length;
    if (count === 0) return;
    const packets = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#chooseNoDelay();
    const late = this.#late;
    const offsets = late.length > 0 ? new Array<number>(count) : undefined;
    const run = encode(packets, this.format, offsets);
    let lagging = 0;
    const live = this.#live;
    for (let index = 0; index < live.length; index++) {
      if (!live[index]!.send(run, count)) lagging++;
    }
    if (offsets) lagging += this.#flushLate(late, run, offsets, count);
    if (lagging > 0) this.#setLaggingAside();
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
    for (const viewer of [...this.viewers()]) viewer.finish(cause);
  }

  #chooseNoDelay(): void {
    const noDelay = this.#scheduler.prefersNoDelay(this.#source.mergeWindowMs);
    if (noDelay === this.#noDelay) return;
    this.#noDelay = noDelay;
    for (const viewer of this.viewers()) viewer.setNoDelay(noDelay);
  }

  #flushLate(late: readonly Viewer[], run: Buffer, offsets: readonly number[], count: number): number {
    this.#late = [];
    this.#live = this.#live.concat(late);
    let lagging = 0;
    for (const viewer of late) {
      // Joined behind the last packet: nothing of this run is for it.
      if (viewer.from === count) continue;
      if (!viewer.send(run.subarray(offsets[viewer.from]), count - viewer.from)) lagging++;
    }
    return lagging;
  }

  // Rare: somebody could not take the run. Done apart so that the usual flush stays a bare loop.
  #setLaggingAside(): void {
    this.#waiting = this.#waiting.concat(this.#live.filter((viewer) => viewer.state !== 'current'));
    this.#live = this.#live.filter((viewer) => viewer.state === 'current');
  }

  // A packet from which waiting viewers can start is here: those who have caught up take part from it on.
  #resume(packet: MediaPacket): void {
    const startable = this.#canStartAt(packet);
    const waiting = this.#waiting;
    this.#waiting = [];
    const lost: Viewer[] = [];
    for (const viewer of waiting) {
      viewer.waitingSince ??= packet.timestamp;
      const patienceOver = packet.timestamp - viewer.waitingSince > KEYFRAME_PATIENCE_MS && !packet.header;
      if ((startable || patienceOver) && viewer.canResume()) {
        this.#start(viewer, packet);
        continue;
      }
      // There are keyframes, so there will be another: patience is for streams without.
      if (startable) viewer.waitingSince = packet.timestamp;
      this.#waiting.push(viewer);
      if (viewer.state !== 'current') viewer.countDropped(1, packet.payload.length);
      if (viewer.state === 'lost') lost.push(viewer);
    }
    for (const viewer of lost) {
      this.leave(viewer);
      viewer.close(causeOfLoss(viewer));
    }
  }

  #start(viewer: Viewer, packet: MediaPacket): void {
    viewer.resume();
    if (viewer.headersVersion !== this.#source.headersVersion) {
      const stamp = viewer.headersVersion < 0 ? restampForJoiner : restamp;
      const headers = stamp(this.#source.headers, packet.timestamp).filter((each) =>
        this.format.accepts(each),
      );
      if (headers.length > 0) viewer.sendBacklog([encode(headers, this.format)]);
      viewer.headersVersion = this.#source.headersVersion;
    }
    this.#startInside(viewer);
  }

  #startInside(viewer: Viewer): void {
    viewer.from = this.#pending.length;
    if (viewer.from === 0) this.#live = [...this.#live, viewer];
    else this.#late = [...this.#late, viewer];
  }

  #canStartAt(packet: MediaPacket): boolean {
    // Of several video tracks the first is what everybody decodes.
    if (packet.keyframe) return packet.track === 0;
    if (packet.kind !== 'audio' || packet.header) return false;
    return this.format.only === 'audio' || !this.#source.expectedTracks.video;
  }
}

/** The encoded GOP cache, kept from one joiner to the next and continued as the cache grows. */
class Backlog {
  #epoch = -1;
  #sealed: Buffer[] = [];
  #sealedCount = 0;
  #tail: Buffer | undefined;
  #tailCount = 0;

  runs(gop: GopCache, format: PacketFormat): readonly Buffer[] {
    if (gop.length === 0) return [];
    if (this.#epoch !== gop.epoch || this.#sealedCount > gop.length) this.#restart(gop, format);
    if (this.#tailCount !== gop.length) this.#continue(gop, format);
    const runs = this.#tail ? [...this.#sealed, this.#tail] : this.#sealed;
    // Of a group without a packet of its kind, somebody who wants one kind alone gets nothing: not even an empty write.
    return format.only === undefined ? runs : runs.filter((run) => run.length > 0);
  }

  #restart(gop: GopCache, format: PacketFormat): void {
    const headers = gop.headers().filter((packet) => format.accepts(packet));
    this.#epoch = gop.epoch;
    this.#sealed = headers.length > 0 ? [encode(headers, format)] : [];
    this.#sealedCount = 0;
    this.#tailCount = -1;
    this.#tail = undefined;
  }

  #continue(gop: GopCache, format: PacketFormat): void {
    const packets = gop.read(this.#sealedCount);
    let bytes = 0;
    let start = 0;
    for (let index = 0; index < packets.length; index++) {
      bytes += packets[index]!.payload.length;
      if (bytes < RUN_BYTES) continue;
      this.#sealed.push(encodeAccepted(packets.slice(start, index + 1), format));
      start = index + 1;
      bytes = 0;
    }
    this.#sealedCount += start;
    this.#tail = start < packets.length ? encodeAccepted(packets.slice(start), format) : undefined;
    this.#tailCount = gop.length;
  }
}

function encodeAccepted(packets: readonly MediaPacket[], format: PacketFormat): Buffer {
  return encode(
    packets.filter((packet) => format.accepts(packet)),
    format,
  );
}

/** Encodes a run into one allocation; `offsets`, if given, is filled with where each packet begins. */
function encode(packets: readonly MediaPacket[], format: PacketFormat, offsets?: number[]): Buffer {
  let length = 0;
  for (let index = 0; index < packets.length; index++) length += format.byteLength(packets[index]!);
  const run = Buffer.allocUnsafe(length);
  let offset = 0;
  for (let index = 0; index < packets.length; index++) {
    if (offsets) offsets[index] = offset;
    offset = format.write(packets[index]!, run, offset);
  }
  return run;
}

function causeOfLoss(viewer: Viewer): EndCause {
  if (viewer.fault) return { code: 'failed', message: `the connection failed (${viewer.fault.message})` };
  return { code: 'slow', message: 'it lost more than slowViewer.closeAfterBytes without catching up' };
}

function without(viewers: Viewer[], viewer: Viewer): Viewer[] {
  return viewers.includes(viewer) ? viewers.filter((each) => each !== viewer) : viewers;
}
