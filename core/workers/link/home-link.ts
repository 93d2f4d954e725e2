// A link that another worker has opened: it gets streams that live here, and answers of plugins.
import type { Socket } from 'node:net';
import type { MediaPacket } from '../../media/packet.ts';
import type { StreamHub } from '../../stream/stream-hub.ts';
import type { Stream } from '../../stream/stream.ts';
import type { EndCause } from '../../end-cause.ts';
import { Feed, type FeedLink } from './feed.ts';
import { Link } from './link.ts';
import type { CopyCalls, HomeCalls, StreamEvent, Subscription } from './link-messages.ts';

export interface HomeServices {
  readonly hub: StreamHub;
  /** Resolves when claims of that name that are under way are settled. */
  claimsSettled(key: string): Promise<unknown>;
  answer(name: string, input: unknown): unknown;
}

export class HomeLink implements FeedLink {
  readonly #services: HomeServices;
  readonly #link: Link<CopyCalls, HomeCalls>;
  readonly #feeds = new Map<number, Feed>();
  /** Channels whose stream is looked for. */
  readonly #subscribing = new Set<number>();
  readonly #onViewers: (stream: Stream) => void;

  constructor(
    socket: Socket,
    services: HomeServices,
    events: { viewers(stream: Stream): void; closed(link: HomeLink): void },
  ) {
    this.#services = services;
    this.#onViewers = (stream) => events.viewers(stream);
    this.#link = new Link<CopyCalls, HomeCalls>(
      socket,
      {
        subscribe: (subscription) => this.#subscribe(subscription),
        unsubscribe: ({ channel }) => this.#unsubscribe(channel),
        seat: ({ channel, count }) => this.#takeSeat(channel, count),
        viewers: ({ channel, count }) => this.#noteViewers(channel, count),
        call: ({ name, input }) => services.answer(name, input),
      },
      {
        run: () => {},
        closed: () => {
          this.#subscribing.clear();
          for (const channel of [...this.#feeds.keys()]) this.#unsubscribe(channel);
          events.closed(this);
        },
      },
    );
  }

  get queuedBytes(): number {
    return this.#link.queuedBytes;
  }

  get feeds(): Iterable<Feed> {
    return this.#feeds.values();
  }

  sendRun(channel: number, packets: readonly MediaPacket[]): void {
    this.#link.sendRun(channel, packets);
  }

  sendEvent(channel: number, event: StreamEvent): void {
    if (event.is === 'end') this.#feeds.delete(channel);
    this.#link.talk.tell('event', { channel, event });
  }

  /** The stream does not live here any more. */
  endFeeds(key: string, cause: EndCause): void {
    for (const feed of [...this.#feeds.values()]) {
      if (feed.stream.key !== key) continue;
      feed.end(cause);
      feed.stop();
    }
  }

  close(reason: string): void {
    this.#link.close(reason);
  }

  async #subscribe({ channel, key, continues }: Subscription): Promise<void> {
    this.#subscribing.add(channel);
    await this.#services.claimsSettled(key);
    if (!this.#subscribing.delete(channel)) return;
    const stream = this.#services.hub.find(key);
    if (stream?.origin !== 'local') {
      const cause: EndCause = { code: 'failed', message: 'the stream does not live there any more' };
      return this.sendEvent(channel, { is: 'end', cause });
    }
    const { firstSequence } = stream;
    this.sendEvent(channel, { is: 'begin', firstSequence });
    const start = continues === firstSequence ? 'next-keyframe' : 'gop';
    this.#feeds.set(
      channel,
      new Feed(stream, channel, { link: this, scheduler: this.#services.hub.scheduler, start }),
    );
    this.#onViewers(stream);
  }

  #unsubscribe(channel: number): void {
    this.#subscribing.delete(channel);
    const feed = this.#feeds.get(channel);
    if (!feed) return;
    this.#feeds.delete(channel);
    feed.stop();
    this.#onViewers(feed.stream);
  }

  #takeSeat(channel: number, count: number): boolean {
    const feed = this.#feeds.get(channel);
    if (!feed) return false;
    const { viewerCount, options } = feed.stream;
    const { maxViewersPerStream } = options;
    if (maxViewersPerStream > 0 && viewerCount - feed.viewers + count > maxViewersPerStream) return false;
    this.#noteViewers(channel, count);
    return true;
  }

  #noteViewers(channel: number, count: number): void {
    const feed = this.#feeds.get(channel);
    if (!feed) return;
    feed.noteViewers(count);
    this.#onViewers(feed.stream);
  }
}
