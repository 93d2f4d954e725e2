// What plugins see of a connection: who, since when, and the power to end it.
import type { Client } from '../../client.ts';
import type { EndCause } from '../../end-cause.ts';
import { KICKED } from '../session-view.ts';

interface ConnectionFacts {
  readonly client: Client;
  readonly app: string;
  readonly startedAt: Date;
  close(cause: EndCause): void;
}

export class ConnectionView {
  readonly #connection: ConnectionFacts;

  constructor(connection: ConnectionFacts) {
    this.#connection = connection;
  }

  get id(): string {
    return this.#connection.client.id;
  }

  get client(): Client {
    return this.#connection.client;
  }

  /** The application that it connected to. What it publishes and plays may lie in others. */
  get app(): string {
    return this.#connection.app;
  }

  get startedAt(): Date {
    return this.#connection.startedAt;
  }

  /** Ends the connection and every session on it: its client is told, where the protocol has words for it. */
  close(cause: EndCause = KICKED): void {
    this.#connection.close(cause);
  }
}
