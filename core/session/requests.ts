// Clients' requests, as gates see them.
import type { Client } from '../client.ts';
import type { EndCause } from '../end-cause.ts';

/** A client has connected and names an application, not yet a stream. */
export interface ConnectRequest {
  /** The connection's id. */
  readonly id: string;
  readonly client: Client;
  readonly app: string;
  readonly query: URLSearchParams;
  /** The Authorization header of an HTTP client. A secret. */
  readonly authorization?: string | undefined;
  /**
   * True when `context.recheck` asks about a client that was admitted before. Credentials that serve only once, such as
   * the answer to a challenge, must still count; and a limit that counts clients has counted this one already.
   */
  readonly recheck?: boolean | undefined;
  /**
   * Ends the client's right at that time: its publications and playbacks are then closed (`expired`). The earliest of
   * several limits counts. A later jump of the wall clock does not move it.
   */
  limitUntil(at: Date, reason?: string): void;
}

/** A client's wish to publish or to play. */
export interface StreamRequest extends ConnectRequest {
  /** The id that its session will have. */
  readonly id: string;
  readonly role: 'publish' | 'play';
  /** The stream's name; for `resolveName` the name that the client asked for. */
  readonly name: string;
  /** The name that the client asked for, whatever `resolveName` made of it. It may be a secret, such as a channel key. */
  readonly askedName: string;
  /** For logs and reasons of denials: `live/movie`, or `live/***` where the name may be a secret. */
  readonly displayKey: string;
  /** The parts behind `?` in the application and in the stream name: tokens, keys. */
  readonly query: URLSearchParams;
}

/** What a client that was denied had asked for. */
export interface DeniedRequest {
  /** The session's id, or the connection's for `connect`. */
  readonly id: string;
  readonly role: 'connect' | 'publish' | 'play';
  readonly client: Client;
  readonly app: string;
  /** `live/movie`; `live/***` where the name may be a secret, `live` for `connect`. */
  readonly displayKey: string;
}

/** A protocol's reaction when the server ends a session or a connection: tell the client, close. */
export type CloseSession = (cause: EndCause) => void;

/** A stream by its application and name, and the query that the client added. */
export interface StreamTarget {
  readonly app: string;
  readonly name: string;
  readonly query: URLSearchParams;
}
