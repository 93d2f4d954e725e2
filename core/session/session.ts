// One publisher or viewer of one stream.
//
// The room leads from a client's request to its place at a stream: arrival, connection, gates, session, publication or
// playback. Sockets and protocols are the plugins'; streams and packets are in core/stream.
import type { Client } from '../client.ts';
import { callPlugin } from '../call-plugin.ts';
import type { EndCause } from '../end-cause.ts';
import type { Logger } from '../log/log.ts';
import type { Publisher } from '../stream/publisher.ts';
import type { StreamRequest } from './requests.ts';
import type { Right } from './clients/right.ts';
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
  /** Names that must not be printed: a name that is a secret, and a secret that a name was resolved from. */
  readonly secretNames?: readonly string[];
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
  readonly secretNames: readonly string[];
  readonly provided: boolean;
  readonly renditionOf: string | undefined;
  readonly startedAt: Date = new Date();
  readonly view: SessionView = new SessionView(this);
  readonly #close: (cause: EndCause) => void;
  readonly #log: Logger;
  #counters: (() => Partial<SessionCounters>) | undefined;
  #lastCounters: SessionCounters = NO_COUNTERS;
  #finish: ((cause: EndCause) => void) | undefined;
  #ended: EndCause | undefined;

  /** @param close - the protocol tells the client that the server ends its session; it may fail */
  constructor(
    { request, right, displayKey, secretNames, provided, renditionOf }: SessionFacts,
    close: (cause: EndCause) => void,
    log: Logger,
  ) {
    this.id = request.id;
    this.role = request.role;
    this.request = request;
    this.right = right;
    this.displayKey = displayKey;
    this.secretNames = secretNames ?? [];
    this.provided = provided ?? false;
    this.renditionOf = renditionOf;
    this.#close = close;
    this.#log = log;
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

  /** The last known ones, if the function that reads them throws. */
  get counters(): SessionCounters {
    try {
      this.#lastCounters = { ...NO_COUNTERS, ...this.#counters?.() };
    } catch {
      // It is a protocol's, and its fault must not keep a session from ending.
    }
    return this.#lastCounters;
  }

  get ended(): EndCause | undefined {
    return this.#ended;
  }

  /** Sets the function that reads its counters. */
  countWith(counters: () => Partial<SessionCounters>): void {
    this.#counters = counters;
  }

  /** Sets the function that ends its publication or playback. */
  finishWith(finish: (cause: EndCause) => void): void {
    this.#finish = finish;
  }

  /**
   * Ends the session from the server's side. The protocol tells the client; whatever it does, the client publishes and
   * plays nothing afterwards. Later calls change nothing.
   */
  close(cause: EndCause): void {
    if (!this.markEnded(cause)) return;
    const failed = (error: unknown): void =>
      this.#log.error({ err: error, session: this.id }, 'a session could not be closed');
    callPlugin(() => this.#close(cause), failed);
    this.#finish?.(cause);
  }

  /** Notes that the session is over without telling the client. False if it already was. */
  markEnded(cause: EndCause): boolean {
    if (this.#ended) return false;
    this.#ended = cause;
    return true;
  }
}
