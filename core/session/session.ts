// Who is connected, and what for.

/** Why a session or a stream ended. */
export type EndCode =
  | 'left' // the client went away by itself
  | 'unpublished' // the publisher stopped and did not return in time
  | 'replaced' // another publisher took the name
  | 'denied'
  | 'slow' // it read too slowly, or not at all
  | 'silent' // it sent nothing for too long
  | 'kicked' // an operator or a plugin closed it
  | 'removed' // a reload took away its application or protocol
  | 'refused' // of a plugin's instance: the config it was made for was refused, it never came into force
  | 'failed' // malformed bytes or a broken connection
  | 'shutdown';

export interface EndCause {
  readonly code: EndCode;
  /** For logs and, where the protocol has room for it, for the client. */
  readonly message: string;
  /** The publisher said that it stops: it did not break off, and will hardly be back in a moment. */
  readonly deliberate?: boolean;
}

/** One connection of a client, as gates see it. */
export interface Client {
  /** Unique within the server's life; stands in each log line of the client. */
  readonly id: string;
  /** The plugin that speaks with it, by name: "rtmp", "httpflv" … */
  readonly plugin: string;
  /** "rtmp", "rtmps", "http-flv", "https-flv", "ws-flv" … */
  readonly protocol: string;
  /** IP address, and port where there is one. */
  readonly remote: string;
  readonly tcUrl?: string | undefined;
  readonly pageUrl?: string | undefined;
  readonly userAgent?: string | undefined;
}

/** A client's wish to publish or to play. */
export interface StreamRequest {
  readonly client: Client;
  readonly app: string;
  readonly name: string;
  /** What stood behind `?` in the application or the stream name: tokens, keys. */
  readonly query: URLSearchParams;
}

/** One publisher or viewer of one stream. */
export class Session {
  readonly id: string;
  readonly role: 'publish' | 'play';
  readonly request: StreamRequest;
  readonly startedAt: Date = new Date();
  readonly #close: (cause: EndCause) => void;
  #ended: EndCause | undefined;

  constructor(
    id: string,
    role: 'publish' | 'play',
    request: StreamRequest,
    close: (cause: EndCause) => void,
  ) {
    this.id = id;
    this.role = role;
    this.request = request;
    this.#close = close;
  }

  get client(): Client {
    return this.request.client;
  }

  get key(): string {
    return `${this.request.app}/${this.request.name}`;
  }

  get ended(): EndCause | undefined {
    return this.#ended;
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
