// A publisher's hold on a stream.
import type { Socket } from 'node:net';
import type { EndCause } from '../end-cause.ts';
import { readDirectly } from '../intake/direct-read.ts';
import { pacedSocket } from '../intake/paced-socket.ts';
import type { PacedReader, PacedReaders } from '../intake/paced-reader.ts';
import type { MediaPacket, PacketInfo } from '../media/packet.ts';
import type { DiscontinuityReason } from '../stream/sink.ts';
import type { Stream } from '../stream/stream.ts';
import type { StreamView } from '../stream/stream-view.ts';
import { hideNamesInCause } from './hide-names.ts';
import type { Session } from './session.ts';
import type { SessionView } from './session-view.ts';

export interface PublicationHost {
  readonly readers: PacedReaders;
  /** The function of a protocol that tells whether its socket may be read has thrown. */
  mayReadFailed(publication: Publication, error: unknown): void;
  /** Called once, when the publication is over. */
  ended(publication: Publication, cause: EndCause): void;
}

/** Holds the packets of a provider until the name is claimed. */
export interface PendingPackets {
  /** The first call claims the name. `write` runs as soon as it is claimed. */
  add(bytes: number, write: () => void): void;
  /** Adds a call between the packets, such as a pause. Ignored before the first packet. */
  addBetween(call: () => void): void;
  /** Keeps the function that is to be called with the stream once the name is claimed. */
  onClaim(begin: (stream: Stream) => void): void;
}

/** Valid until it ends or another publisher replaces it; after that, writing does nothing. */
export class Publication {
  readonly session: SessionView;
  readonly #session: Session;
  readonly #host: PublicationHost;
  #stream: Stream | undefined;
  #pending: PendingPackets | undefined;
  #reader: PacedReader | undefined;
  #receivedBytes = 0;
  #over = false;

  /** @param target - the stream that was claimed, or the queue that claims it with the first packet */
  constructor(session: Session, host: PublicationHost, target: Stream | PendingPackets) {
    this.session = session.view;
    this.#session = session;
    this.#host = host;
    if ('add' in target) {
      this.#pending = target;
      target.onClaim((stream) => this.#begin(stream));
    } else this.#stream = target;
    session.finishWith((cause) => this.end(cause));
    session.countWith(() => ({ receivedBytes: this.#receivedBytes }));
  }

  /** Undefined for a provider that has written nothing yet. */
  get stream(): StreamView | undefined {
    return this.#stream?.view;
  }

  get ended(): boolean {
    return this.#over;
  }

  /** Whether packets reach the stream. */
  get active(): boolean {
    return this.#stream?.isPublishedBy(this.#session) === true;
  }

  /**
   * Takes one message of the publisher's own clock.
   * @param timestamp - raw, uint32 ms
   * @param payload - FLV tag body; it belongs to the stream from now on
   */
  receive(info: PacketInfo, timestamp: number, payload: Buffer): void {
    if (this.#pending) return this.#pending.add(payload.length, () => this.receive(info, timestamp, payload));
    this.#receivedBytes += payload.length;
    if (this.active) this.#stream!.receive(info, timestamp, payload);
  }

  /** Takes a packet that is in stream time: a mirror's, or another stream's. */
  write(packet: MediaPacket): void {
    if (this.#pending) return this.#pending.add(packet.payload.length, () => this.write(packet));
    this.#receivedBytes += packet.payload.length;
    if (this.active) this.#stream!.write(packet);
  }

  /** The source has disconnected and may return: viewers and sinks wait. */
  pause(): void {
    if (this.#pending) return this.#pending.addBetween(() => this.pause());
    if (this.active) this.#stream!.hold();
  }

  /**
   * The next packets do not continue the earlier ones.
   * @param reason - default: the source has been connected again
   */
  discontinuity(reason: DiscontinuityReason = 'source'): void {
    if (this.#pending) return this.#pending.addBetween(() => this.discontinuity(reason));
    if (this.active) this.#stream!.discontinuity(reason);
  }

  /**
   * Lets core decide when the publisher's connection, which must carry nothing else, is read: see core/intake. Report
   * every read to the reader.
   * @param mayRead - asked before reading continues: the socket may have been paused for another reason as well
   * @param read - gets bytes that are overwritten when it returns; 'data' events bring what waited in the socket before.
   *   Without it, and in a version of Node that cannot, they bring everything
   */
  pace(socket: Socket, mayRead: () => boolean, read?: (bytes: Buffer) => void): PacedReader {
    this.#stopPacing();
    if (read) readDirectly(socket, this.#host.readers.memory, read);
    // A provider may have no stream yet.
    const source = pacedSocket(socket, mayRead, (error) => this.#host.mayReadFailed(this, error));
    const reader = this.#host.readers.open(source, () => (this.active ? this.#stream!.restMs : 0));
    this.#reader = reader;
    if (this.active) this.#stream!.readWith(reader);
    return reader;
  }

  /** The publisher stops or has disconnected. Later calls change nothing. */
  end(cause: EndCause): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopPacing();
    this.#session.markEnded(hideNamesInCause(cause, this.#session.secretNames));
    this.#pending = undefined;
    this.#host.ended(this, this.#session.ended ?? cause);
  }

  // The provider has the name: what it wrote before follows.
  #begin(stream: Stream): void {
    this.#stream = stream;
    this.#pending = undefined;
    if (this.#reader && this.active) stream.readWith(this.#reader);
  }

  #stopPacing(): void {
    this.#reader?.close();
    if (this.#reader !== undefined && this.#stream?.reader === this.#reader) this.#stream.readWith(undefined);
    this.#reader = undefined;
  }
}
