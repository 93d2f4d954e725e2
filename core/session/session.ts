// One publisher or viewer of one stream.
//
// The room leads from a client's request to its place at a stream: arrival, connection, gates, session, publication or
// playback. Sockets and protocols are the plugins'; streams and packets are in core/stream.
import type { Client } from '../client.ts';
import type { EndCause } from '../end-cause.ts';
import type { Publisher } from '../stream/publisher.ts';
import type { StreamRequest } from './requests.ts';
import type { Right } from './right.ts';
import { SessionView, type SessionCounters } from './session-view.ts';

const NO_COUNTERS: SessionCounters = {
  receivedBytes: 0,
  sentBytes: 0,
  queuedBytes: 0,
  droppedPackets: 0,
  droppedBytes: 0,
  lags: 0,
};

export interface SessionFacts {
  /** Holds the stream's resolved name. */
  readonly request: StreamRequest;
  readonly right: Right;
  /** The stream's name in logs and messages: `live/movie`, or `live/***` where the name may be a secret. */
  readonly displayKey: string;
  /** It runs on the operator's authority: no gate was asked, and none can end it. */
  readonly provided?: boolean;
  /** See StreamProvider. */
  readonly renditionOf?: string | undefined;
}

export class Session implements Publisher {
  readonly id: string;
  readonly role: 'publish' | 'play';
  readonly request: StreamRequest;
  readonly right: Right;
  readonly displayKey: string;
  readonly provided: boolean;
  readonly renditionOf: string | undefined;
  readonly startedAt: Date = new Date();
  readonly view: SessionView = new SessionView(this);
  readonly #close: (cause: EndCause) => void;
  #counters: (() => Partial<SessionCounters>) | undefined;
  #ended: EndCause | undefined;

  /** @param close - the protocol tells the client that the server ends its session */
  constructor(
    { request, right, displayKey, provided, renditionOf }: SessionFacts,
    close: (cause: EndCause) => void,
  ) {
    this.id = request.id;
    this.role = request.role;
    this.request = request;
    this.right = right;
    this.displayKey = displayKey;
    this.provided = provided ?? false;
    this.renditionOf = renditionOf;
    this.#close = close;
  }

  get client(): Client {
    return this.request.client;
  }

  get remote(): string {
    return this.client.remote;
  }

  get app(): string {
    return this.request.app;
  }

  get name(): string {
    return this.request.name;
  }

  get key(): string {
    return `${this.app}/${this.name}`;
  }

  /** Names that must not be printed: a name that is a secret, and a secret that a name was resolved from. */
  get secretNames(): readonly string[] {
    const { name, askedName } = this.request;
    if (this.displayKey !== this.key) return [name, askedName];
    return name === askedName ? [] : [askedName];
  }

  get counters(): SessionCounters {
    return { ...NO_COUNTERS, ...this.#counters?.() };
  }

  get ended(): EndCause | undefined {
    return this.#ended;
  }

  /** Sets the function that reads its counters. */
  countWith(counters: () => Partial<SessionCounters>): void {
    this.#counters = counters;
  }

  /** Ends the session from the server's side; the protocol tells the client. Later calls change nothing. */
  close(cause: EndCause): void {
    if (this.markEnded(cause)) this.#close(cause);
  }

  /** Notes that the session is over without telling the client. False if it already was. */
  markEnded(cause: EndCause): boolean {
    if (this.#ended) return false;
    this.#ended = cause;
    return true;
  }
}
