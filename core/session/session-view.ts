// What plugins see of a session: its client, its stream, its counters, and the power to end it.
import type { Client } from '../client.ts';
import type { EndCause } from '../end-cause.ts';
import type { PublisherView } from '../stream/publisher.ts';
import { hideNamesInCause } from './hide-names.ts';

/** Bytes of a publisher are payload bytes; bytes of a viewer are those of its wire format. */
export interface SessionCounters {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly queuedBytes: number;
  readonly droppedPackets: number;
  readonly droppedBytes: number;
  /** How often it fell behind. */
  readonly lags: number;
}

interface SessionFacts extends PublisherView {
  readonly role: 'publish' | 'play';
  readonly app: string;
  readonly name: string;
  /** `live/movie` */
  readonly key: string;
  readonly displayKey: string;
  readonly secretNames: readonly string[];
  readonly counters: SessionCounters;
  readonly renditionOf: string | undefined;
  close(cause: EndCause): void;
}

export const KICKED: EndCause = { code: 'kicked', message: 'closed by the operator' };

export class SessionView implements PublisherView {
  readonly #session: SessionFacts;

  constructor(session: SessionFacts) {
    this.#session = session;
  }

  /** The same id that gates saw in the request. */
  get id(): string {
    return this.#session.id;
  }

  get role(): 'publish' | 'play' {
    return this.#session.role;
  }

  get client(): Client {
    return this.#session.client;
  }

  get app(): string {
    return this.#session.app;
  }

  /** The stream's name. */
  get name(): string {
    return this.#session.name;
  }

  /** The stream's key: `live/movie`. */
  get key(): string {
    return this.#session.key;
  }

  /** For logs and answers: `live/movie`, or `live/***` where the name may be a secret. */
  get displayKey(): string {
    return this.#session.displayKey;
  }

  get startedAt(): Date {
    return this.#session.startedAt;
  }

  /** Of a publisher whose stream is a copy of another one in another quality: the name of that one. */
  get renditionOf(): string | undefined {
    return this.#session.renditionOf;
  }

  get counters(): SessionCounters {
    return this.#session.counters;
  }

  /** Ends the session: its client is told, if the protocol has a message for it, and disconnected. */
  close(cause: EndCause = KICKED): void {
    this.#session.close(hideNamesInCause(cause, this.#session.secretNames));
  }
}
