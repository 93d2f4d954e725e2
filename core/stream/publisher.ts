// A stream's publisher, as the stream sees it. Sessions implement it.
import type { Client } from '../client.ts';
import type { EndCause } from '../end-cause.ts';

/** The publisher of a stream, as plugins see it. */
export interface PublisherView {
  /** The session's id: the same that gates saw in the request. */
  readonly id: string;
  readonly client: Client;
  readonly startedAt: Date;
  /** What it publishes is a copy in another quality of the stream with this name, in the same application. */
  readonly renditionOf: string | undefined;
  /** Ends the session. Default: `kicked`. */
  close(cause?: EndCause): void;
}

export interface Publisher {
  readonly id: string;
  readonly remote: string;
  readonly view: PublisherView;
  /** The cause of its end; undefined while it has not ended. */
  readonly ended: EndCause | undefined;
  /** Ends the session from the server's side; its protocol tells the client. */
  close(cause: EndCause): void;
}
