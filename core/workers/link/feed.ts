// Sends a stream that lives here to a worker that has a copy of it: packets wait here for company, as for any viewer, and
// leave together. The other worker writes them to its viewers at once.
import type { EndCause } from '../../end-cause.ts';
import type { MediaPacket } from '../../media/packet.ts';
import type { DiscontinuityReason, Sink } from '../../stream/sink.ts';
import type { Stream } from '../../stream/stream.ts';
import { PendingRun } from '../../delivery/merging/pending-run.ts';
import type { Flushable, FlushScheduler } from '../../delivery/merging/flush-scheduler.ts';
import { canStartAt } from '../../delivery/start-packet.ts';
import { restamp } from '../../delivery/gop-cache.ts';
import type { StreamEvent } from './link-messages.ts';

/** A link as a feed uses it. */
export interface FeedLink {
  readonly queuedBytes: number;
  sendRun(channel: number, packets: readonly MediaPacket[]): void;
  sendEvent(channel: number, event: StreamEvent): void;
}

/** A link for which more bytes wait loses whole frames up to a keyframe, as a slow viewer does. */
const DROP_ABOVE_BYTES = 32 * 1024 * 1024;
/** Then it goes on as soon as no more than this waits. */
const RESUME_BELOW_BYTES = 1024 * 1024;

export interface FeedSettings {
  readonly link: FeedLink;
  readonly scheduler: FlushScheduler;
  /** `next-keyframe`: for a copy that has the packets so far. */
  readonly start: 'gop' | 'next-keyframe';
}

export class Feed implements Sink, Flushable {
  readonly stream: Stream;
  readonly channel: number;
  readonly goesFirst = true;
  readonly #link: FeedLink;
  readonly #pending: PendingRun;
  readonly #detach: () => void;
  #dropping = false;
  #droppedPackets = 0;
  #viewers = 0;
  #toldViewers = 0;

  constructor(stream: Stream, channel: number, { link, scheduler, start }: FeedSettings) {
    this.stream = stream;
    this.channel = channel;
    this.#link = link;
    this.#pending = new PendingRun(this, stream, scheduler);
    this.#detach = stream.attach(this, start);
    // What came before waits for nothing.
    this.flush();
  }

  /** Viewers of the copy. */
  get viewers(): number {
    return this.#viewers;
  }

  get droppedPackets(): number {
    return this.#droppedPackets;
  }

  noteViewers(count: number): void {
    this.#viewers = count;
  }

  /** Tells the copy how many viewers the stream has in other workers. */
  tellViewers(): void {
    const elsewhere = this.stream.viewerCount - this.#viewers;
    if (elsewhere === this.#toldViewers) return;
    this.#toldViewers = elsewhere;
    this.#link.sendEvent(this.channel, { is: 'viewers', elsewhere });
  }

  write(packet: MediaPacket): void {
    if (this.#dropping && !this.#resumesAt(packet)) {
      this.#droppedPackets++;
      return;
    }
    if (this.#link.queuedBytes > DROP_ABOVE_BYTES) this.#dropping = true;
    this.#pending.add(packet);
  }

  discontinuity(reason: DiscontinuityReason): void {
    this.#tell({ is: 'discontinuity', reason });
  }

  pause(): void {
    this.#tell({ is: 'pause' });
  }

  end(cause: EndCause): void {
    this.#tell({ is: 'end', cause });
  }

  /** Sends what waits for company. */
  flush(): void {
    const packets = this.#pending.take();
    if (packets.length > 0) this.#link.sendRun(this.channel, packets);
  }

  /** Sends nothing more. */
  stop(): void {
    this.#detach();
    this.#pending.take();
  }

  // Events keep their place among the packets.
  #tell(event: StreamEvent): void {
    this.flush();
    this.#link.sendEvent(this.channel, event);
  }

  #resumesAt(packet: MediaPacket): boolean {
    if (this.#link.queuedBytes > RESUME_BELOW_BYTES) return false;
    if (!canStartAt(packet, this.stream.expectedTracks.video)) return false;
    this.#dropping = false;
    for (const header of restamp(this.stream.headers, packet.timestamp)) this.#pending.add(header);
    return true;
  }
}
