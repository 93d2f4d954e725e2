// A client of any protocol, as gates, hooks and logs see it.

/** The facts that a protocol knows about a client. Core adds the rest. */
export interface ClientFacts {
  /** "rtmp", "rtmps", "http-flv", "https-flv", "ws-flv" … */
  readonly protocol: string;
  /** IP address, and port where there is one. */
  readonly remote: string;
  readonly tcUrl?: string | undefined;
  readonly pageUrl?: string | undefined;
  readonly userAgent?: string | undefined;
  /** What the client tells when it connects, before it asks for anything: encoders announce themselves in RTMP. */
  readonly intent?: 'publish' | 'play' | undefined;
  /** The Authorization header. Gates get it with the request; it is no part of the client that others see. */
  readonly authorization?: string | undefined;
}

/** One connection of a client. Core sets `id` and `plugin`. */
export interface Client extends Omit<ClientFacts, 'authorization'> {
  /** Unique among all workers of a server; part of each log line about the client. */
  readonly id: string;
  /** The plugin that serves it: "rtmp", "httpflv" … */
  readonly plugin: string;
}
