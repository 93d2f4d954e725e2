// The viewers of one stream: a fan-out for each wire format that one of them wants, and those that get no packets.
import type { EndCause } from '../end-cause.ts';
import type { Logger } from '../log/log.ts';
import type { PacketFormat } from '../media/packet-format.ts';
import type { MediaPacket } from '../media/packet.ts';
import type { SlowViewerLimits } from '../options/options.ts';
import { FanOut, type FanOutSource, type JoinPosition } from './fan-out.ts';
import type { FlushScheduler } from './merging/flush-scheduler.ts';
import { IdleViewers } from './idle-viewers.ts';
import type { Viewer } from './viewer.ts';

/** Less is not worth what viewers lose: something else takes the memory. */
const MIN_SHED_BYTES = 256 * 1024;

export class FanOuts {
  readonly #source: FanOutSource;
  readonly #scheduler: FlushScheduler;
  readonly #log: Logger;
  /** Replaced, never changed: walked for each packet. */
  #fanOuts: readonly FanOut[] = [];
  readonly #idle: IdleViewers;

  constructor(source: FanOutSource, scheduler: FlushScheduler, log: Logger) {
    this.#idle = new IdleViewers(source.displayKey, log);
    this.#source = source;
    this.#scheduler = scheduler;
    this.#log = log;
  }

  /** Wire formats in use. */
  get size(): number {
    return this.#fanOuts.length;
  }

  get viewerCount(): number {
    let count = this.#idle.size;
    for (const fanOut of this.#fanOuts) count += fanOut.viewerCount;
    return count;
  }

  join(viewer: Viewer, format: PacketFormat, start: JoinPosition): void {
    let fanOut = this.#fanOuts.find((each) => each.format === format);
    if (!fanOut) {
      fanOut = new FanOut(format, this.#source, this.#scheduler, this.#log);
      this.#fanOuts = [...this.#fanOuts, fanOut];
    }
    fanOut.join(viewer, start);
  }

  leave(viewer: Viewer, format: PacketFormat): void {
    const fanOut = this.#fanOuts.find((each) => each.format === format);
    fanOut?.leave(viewer);
    if (fanOut?.size === 0) this.#fanOuts = this.#fanOuts.filter((each) => each !== fanOut);
  }

  /** Counts a viewer that gets no packets. Returns a function that makes it leave. */
  countIdle(ended: (cause: EndCause) => void): () => void {
    return this.#idle.add(ended);
  }

  push(packet: MediaPacket): void {
    const fanOuts = this.#fanOuts;
    for (let index = 0; index < fanOuts.length; index++) fanOuts[index]!.push(packet);
  }

  flush(): void {
    for (const fanOut of this.#fanOuts) fanOut.flush();
  }

  /** Another publisher follows, or the next packets do not continue the earlier ones. */
  restart(): void {
    for (const fanOut of this.#fanOuts) fanOut.restart();
  }

  end(cause: EndCause): void {
    for (const fanOut of this.#fanOuts) fanOut.end(cause);
    this.#idle.end(cause);
  }

  configure(limits: SlowViewerLimits): void {
    for (const fanOut of this.#fanOuts) for (const viewer of fanOut.viewers()) viewer.configure(limits);
  }

  /** What waits for viewers, and the encoded GOP caches, of all formats. */
  get heldBytes(): number {
    return this.#fanOuts.reduce((sum, fanOut) => sum + fanOut.heldBytes, 0);
  }

  /** Called about once a second: gives up what is encoded and nobody wants. */
  releaseUnused(): void {
    for (const fanOut of this.#fanOuts) fanOut.backlog.releaseUnused();
  }

  /** Gives up so many bytes, of those that hold most first. */
  shed(excess: number): void {
    let left = excess;
    for (const fanOut of this.#fanOuts.toSorted((one, other) => other.heldBytes - one.heldBytes)) {
      if (left <= 0 || fanOut.heldBytes < MIN_SHED_BYTES) return;
      left -= fanOut.heldBytes;
      fanOut.shed();
    }
  }

  /** Closes viewers whose connection has taken nothing for too long. */
  closeStalled(now: number, limitMs: number): void {
    const message = `the connection took no byte for ${limitMs / 1000} s (write_timeout)`;
    for (const fanOut of this.#fanOuts)
      for (const viewer of [...fanOut.viewers()]) {
        if (!viewer.stalled(now, limitMs)) continue;
        fanOut.leave(viewer);
        viewer.close({ code: 'slow', message });
      }
  }
}
