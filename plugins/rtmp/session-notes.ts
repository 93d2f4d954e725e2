// The log lines about a connection.
import { LivegoError, type Arrival, type ServerContext } from 'livego';

export class SessionNotes {
  readonly #log: ServerContext['log'];
  readonly #arrival: Arrival;
  readonly #told = new Set<string>();

  constructor(log: ServerContext['log'], arrival: Arrival) {
    this.#log = log;
    this.#arrival = arrival;
  }

  /** The connection is closed because of an error. */
  failed(error: unknown): void {
    const { id, remote } = this.#arrival.client;
    if (error instanceof LivegoError)
      this.#log.info({ client: id, remote, code: error.code }, `RTMP connection closed: ${error.message}`);
    else this.#log.error({ err: error, client: id, remote }, 'RTMP session failed');
  }

  /** Media on a message stream that publishes nothing. */
  mediaWithoutStream(streamId: number): void {
    this.once(
      'media',
      `media arrived on message stream ${streamId}, where nothing is published; it is left out`,
    );
  }

  /** Logs the first of a kind. */
  once(kind: 'skipped' | 'media', message: string, code?: string): void {
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    const { id, protocol, remote } = this.#arrival.client;
    this.#log.info({ client: id, protocol, remote, ...(code && { code }) }, message);
  }
}
