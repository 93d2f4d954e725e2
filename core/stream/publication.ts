// A publisher's hold on a stream.
import type { PacketDescription } from './packet.ts';
import type { EndCause, Session } from './session.ts';
import type { Stream } from './stream.ts';

/** Valid until it ends or another publisher replaces it; after that, writing does nothing. */
export class Publication {
  readonly stream: Stream;
  readonly session: Session;
  readonly #release: (publication: Publication, cause: EndCause) => void;

  constructor(
    stream: Stream,
    session: Session,
    release: (publication: Publication, cause: EndCause) => void,
  ) {
    this.stream = stream;
    this.session = session;
    this.#release = release;
  }

  get active(): boolean {
    return this.stream.publisher === this.session;
  }

  /** One message: raw uint32 ms, and an FLV tag body which from now on belongs to the stream. */
  write(description: PacketDescription, timestamp: number, payload: Buffer): void {
    if (this.active) this.stream.publish(description, timestamp, payload);
  }

  /** The publisher stops or has gone. Does nothing once replaced. */
  end(cause: EndCause): void {
    this.session.markEnded(cause);
    this.#release(this, cause);
  }
}
