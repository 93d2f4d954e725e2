// A publisher's hold on a stream.
import type { PacketInfo } from '../media/packet.ts';
import type { PacedReader, ReadSource, PacedReaders } from '../intake/paced-reader.ts';
import type { EndCause, Session } from './session.ts';
import type { Stream } from '../stream/stream.ts';

/** Valid until it ends or another publisher replaces it; after that, writing does nothing. */
export class Publication {
  readonly stream: Stream;
  readonly session: Session;
  readonly #turns: PacedReaders;
  readonly #release: (publication: Publication, cause: EndCause) => void;
  #reading: PacedReader | undefined;

  constructor(
    stream: Stream,
    session: Session,
    turns: PacedReaders,
    release: (publication: Publication, cause: EndCause) => void,
  ) {
    this.stream = stream;
    this.session = session;
    this.#turns = turns;
    this.#release = release;
  }

  get active(): boolean {
    return this.stream.publisher === this.session;
  }

  /** One message: raw uint32 ms, and an FLV tag body which from now on belongs to the stream. */
  write(description: PacketInfo, timestamp: number, payload: Buffer): void {
    if (this.active) this.stream.publish(description, timestamp, payload);
  }

  /**
   * From now on the publisher's connection, which must carry nothing else, is read in turns as the stream sees fit. Tell
   * the result of every read to `tookBytes`.
   */
  readInTurns(source: ReadSource): void {
    this.#reading?.close();
    this.#reading = this.#turns.open(source, () => (this.active ? this.stream.readTurnMs : 0));
    if (this.active) this.stream.readWith(this.#reading);
  }

  /** How long what the publisher sends may lie unread, in milliseconds: not silence, but nobody listening. */
  get unreadMs(): number {
    return this.#reading === undefined ? 0 : this.stream.readTurnMs;
  }

  /** The connection has been read. */
  tookBytes(bytes: number): void {
    this.#reading?.took(bytes);
  }

  /** The publisher's connection carries something else as well, or ends. */
  readAtOnce(): void {
    this.#reading?.close();
    if (this.#reading !== undefined && this.stream.reading === this.#reading) this.stream.readWith(undefined);
    this.#reading = undefined;
  }

  /** The publisher stops or has gone. Does nothing once replaced. */
  end(cause: EndCause): void {
    this.session.markEnded(cause);
    this.readAtOnce();
    this.#release(this, cause);
  }
}
