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
}

/** One connection of a client. Core sets `id` and `plugin`. */
export interface Client extends ClientFacts {
  /** Unique among all workers of a server; part of each log line about the client. */
  readonly id: string;
  /** The plugin that serves it: "rtmp", "httpflv" … */
  readonly plugin: string;
}
