// The links of this worker: those that others have opened to it, and those that it opens to others when it needs them.
import { connect, createServer, type Server } from 'node:net';
import type { Logger } from '../../log/log.ts';
import type { MediaPacket } from '../../media/packet.ts';
import type { WorkerNumber } from '../../plugin/worker-calls.ts';
import type { Stream } from '../../stream/stream.ts';
import type { EndCause } from '../../end-cause.ts';
import type { Peer } from '../messages.ts';
import { HomeLink, type HomeServices } from './home-link.ts';
import { Link } from './link.ts';
import type { CopyCalls, HomeCalls, StreamEvent } from './link-messages.ts';

/** Gets what is sent on one channel. */
export interface ChannelEvents {
  run(packets: readonly MediaPacket[]): void;
  event(event: StreamEvent): void;
  /** The link has broken. Nothing follows. */
  broken(reason: string): void;
}

/** A stream of another worker, as it is sent here. */
export interface Channel {
  noteViewers(count: number): void;
  /** See `HomeCalls.seat`. */
  takeSeat(count: number): Promise<boolean>;
  close(): void;
}

interface PeerLink {
  readonly run: number;
  readonly link: Link<HomeCalls, CopyCalls>;
  readonly channels: Map<number, ChannelEvents>;
}

/** An answer of another worker is not waited for any longer. */
const CALL_LIMIT_MS = 15_000;

export class Links {
  readonly #log: Logger;
  readonly #services: HomeServices;
  readonly #server: Server;
  readonly #homes = new Set<HomeLink>();
  readonly #peerLinks = new Map<WorkerNumber, PeerLink>();
  #peers = new Map<WorkerNumber, Peer>();
  #lastChannel = 0;

  constructor(log: Logger, services: HomeServices) {
    this.#log = log;
    this.#services = services;
    this.#server = createServer((socket) => {
      const link = new HomeLink(socket, this.#services, {
        viewers: (stream) => this.#countElsewhere(stream),
        closed: (each) => this.#homes.delete(each),
      });
      this.#homes.add(link);
    });
  }

  get peers(): readonly WorkerNumber[] {
    return [...this.#peers.keys()];
  }

  /** Packets that copies have lost because their workers read too slowly. */
  get droppedPackets(): number {
    let dropped = 0;
    for (const { feeds } of this.#homes) for (const feed of feeds) dropped += feed.droppedPackets;
    return dropped;
  }

  /** Lets the other workers link to this one. */
  listen(socketPath: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(socketPath, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#log.error({ err: error }, 'links to this worker failed'));
        resolve();
      });
    });
  }

  setPeers(peers: readonly Peer[]): void {
    this.#peers = new Map(peers.map((peer) => [peer.worker, peer]));
  }

  /** Asks for a stream of another worker. @param continues - see `Subscription` */
  open(
    worker: WorkerNumber,
    key: string,
    continues: number | undefined,
    events: ChannelEvents,
  ): Channel | undefined {
    const peer = this.#peerLink(worker);
    if (!peer) return undefined;
    const channel = ++this.#lastChannel;
    peer.channels.set(channel, events);
    peer.link.talk.tell('subscribe', { channel, key, continues });
    return {
      noteViewers: (count) => peer.link.talk.tell('viewers', { channel, count }),
      takeSeat: (count) => peer.link.talk.ask('seat', { channel, count }, CALL_LIMIT_MS),
      close: () => {
        if (peer.channels.delete(channel)) peer.link.talk.tell('unsubscribe', { channel });
      },
    };
  }

  call(worker: WorkerNumber, name: string, input: unknown): Promise<unknown> {
    const peer = this.#peerLink(worker);
    if (!peer) return Promise.reject(new Error(`worker ${worker} does not run`));
    return peer.link.talk.ask('call', { name, input }, CALL_LIMIT_MS);
  }

  /** A stream does not live here any more: its copies are told. */
  endFeeds(key: string, cause: EndCause): void {
    for (const link of this.#homes) link.endFeeds(key, cause);
  }

  /** Tells copies how many viewers there are elsewhere. Called about once a second. */
  tellViewers(): void {
    for (const { feeds } of this.#homes) for (const feed of feeds) feed.tellViewers();
  }

  close(): void {
    this.#server.close();
    for (const link of this.#homes) link.close('the worker stops');
    for (const { link } of this.#peerLinks.values()) link.close('the worker stops');
  }

  #countElsewhere(stream: Stream): void {
    if (stream.origin !== 'local') return;
    let viewers = 0;
    for (const { feeds } of this.#homes)
      for (const feed of feeds) if (feed.stream === stream) viewers += feed.viewers;
    stream.residence.countElsewhere(viewers);
  }

  #peerLink(worker: WorkerNumber): PeerLink | undefined {
    const peer = this.#peers.get(worker);
    const present = this.#peerLinks.get(worker);
    if (!peer || (present && present.run === peer.run)) return peer && present;
    present?.link.close('the worker was replaced');
    const channels = new Map<number, ChannelEvents>();
    const link = new Link<HomeCalls, CopyCalls>(
      connect(peer.socketPath),
      { event: ({ channel, event }) => takeEvent(channels, channel, event) },
      {
        run: (channel, packets) => channels.get(channel)?.run(packets),
        closed: (reason) => {
          if (this.#peerLinks.get(worker)?.link === link) this.#peerLinks.delete(worker);
          for (const each of [...channels.values()]) each.broken(reason);
          channels.clear();
        },
      },
    );
    const made = { run: peer.run, link, channels };
    this.#peerLinks.set(worker, made);
    return made;
  }
}

function takeEvent(channels: Map<number, ChannelEvents>, channel: number, event: StreamEvent): void {
  const events = channels.get(channel);
  if (event.is === 'end') channels.delete(channel);
  events?.event(event);
}
