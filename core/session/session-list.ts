// Connections and sessions of every protocol.
import { callPlugin } from '../call-plugin.ts';
import type { EndCause } from '../end-cause.ts';
import type { Logger } from '../log/log.ts';
import type { Ticker } from '../time/ticker.ts';
import type { ConnectionView } from './clients/connection-view.ts';
import type { Session } from './session.ts';

/** A connection, as far as the list has to know it. */
export interface ListedConnection {
  readonly id: string;
  readonly view: ConnectionView;
  /** The server ends it; its protocol tells the client. */
  close(cause: EndCause): void;
}

export class SessionList {
  readonly #log: Logger;
  readonly #sessions = new Map<string, Session>();
  readonly #connections = new Set<ListedConnection>();
  readonly #stopTicking: () => void;

  constructor(log: Logger, ticker: Ticker) {
    this.#log = log;
    this.#stopTicking = ticker.add(() => this.#closeExpired());
  }

  [Symbol.iterator](): Iterator<Session> {
    return this.#sessions.values();
  }

  /** Publishers and viewers. */
  get size(): number {
    return this.#sessions.size;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  get connections(): Iterable<ListedConnection> {
    return this.#connections;
  }

  add(session: Session): void {
    this.#sessions.set(session.id, session);
  }

  remove(session: Session): void {
    this.#sessions.delete(session.id);
  }

  addConnection(connection: ListedConnection): void {
    this.#connections.add(connection);
  }

  removeConnection(connection: ListedConnection): void {
    this.#connections.delete(connection);
  }

  /** Ends every session and every connection. */
  close(cause: EndCause): void {
    for (const session of [...this.#sessions.values()]) session.close(cause);
    this.#sessions.clear();
    for (const connection of [...this.#connections]) this.#closeConnection(connection, cause);
    this.#connections.clear();
    this.#stopTicking();
  }

  // A right ends at its time, however long the process stood still before.
  #closeExpired(): void {
    const now = performance.now();
    for (const session of [...this.#sessions.values()]) {
      const cause = session.right.expired(now);
      if (cause) session.close(cause);
    }
  }

  /** A connection is closed by its protocol; one that throws must not keep the others open. */
  #closeConnection(connection: ListedConnection, cause: EndCause): void {
    const failed = (error: unknown): void =>
      this.#log.error({ err: error, session: connection.id }, 'a connection could not be closed');
    callPlugin(() => connection.close(cause), failed);
  }
}
