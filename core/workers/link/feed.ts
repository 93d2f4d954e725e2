// Sends a stream that lives here to a worker that has a copy of it.
import type { EndCause } from '../../end-cause.ts';
import type { MediaPacket } from '../../media/packet.ts';
import type { DiscontinuityReason, Sink } from '../../stream/sink.ts';
import type { Stream } from '../../stream/stream.ts';
import { canStartAt } from '../../delivery/start-packet.ts';
import { restamp } from '../../delivery/gop-cache.ts';
import type { StreamEvent } from './link-messages.ts';

/** A link as a feed uses it. */
export interface FeedLink {
  readonly queuedBytes: number;
  sendPacket(channel: number, packet: MediaPacket): void;
  sendEvent(channel: number, event: StreamEvent): void;
}

/** A link for which more bytes wait loses whole frames up to a keyframe, as a slow viewer does. */
const DROP_ABOVE_BYTES = 32 * 1024 * 1024;
/** Then it goes on as soon as no more than this waits. */
const RESUME_BELOW_BYTES = 1024 * 1024;

export class Feed implements Sink {
  readonly stream: Stream;
  readonly channel: number;
  readonly #link: FeedLink;
  readonly #detach: () => void;
  #dropping = false;
  #droppedPackets = 0;
  #viewers = 0;
  #toldViewers = 0;

  /** @param start - `next-keyframe`: for a copy that has the packets so far */
  constructor(stream: Stream, channel: number, link: FeedLink, start: 'gop' | 'next-keyframe') {
    this.stream = stream;
    this.channel = channel;
    this.#link = link;
    this.#detach = stream.attach(this, start);
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
    this.#link.sendPacket(this.channel, packet);
  }

  discontinuity(reason: DiscontinuityReason): void {
    this.#link.sendEvent(this.channel, { is: 'discontinuity', reason });
  }

  pause(): void {
    this.#link.sendEvent(this.channel, { is: 'pause' });
  }

  end(cause: EndCause): void {
    this.#link.sendEvent(this.channel, { is: 'end', cause });
  }

  /** Sends nothing more. */
  stop(): void {
    this.#detach();
  }

  #resumesAt(packet: MediaPacket): boolean {
    if (this.#link.queuedBytes > RESUME_BELOW_BYTES) return false;
    if (!canStartAt(packet, this.stream.expectedTracks.video)) return false;
    this.#dropping = false;
    for (const header of restamp(this.stream.headers, packet.timestamp))
      this.#link.sendPacket(this.channel, header);
    return true;
  }
}
