// What a plugin is given: the contexts of its two functions. Everything declared here is undone when it stops.
import type { Socket } from 'node:net';
import type { Admission } from '../session/admission.ts';
import type { FinishedFile, HookName, HookTaps } from './hooks.ts';
import type { Route } from '../http/router.ts';
import type { Logger } from '../log.ts';
import type { TlsFiles } from '../net/tls.ts';
import type { Sink, Replay } from '../stream/sink.ts';
import type { EndCause } from '../session/session.ts';
import type { Stream } from '../stream/stream.ts';
import type { Ticker } from '../ticker.ts';

/** Where to listen. Plugins that name the same address share one listener and, for HTTP, one router. */
export interface ListenSpec {
  /** The option that holds the address, for messages: "port", "tls.port". */
  readonly option: string;
  /** `1935`, `":1935"`, `"127.0.0.1:1935"`. */
  readonly address: string | number;
  /** Present: connections are encrypted. The files are watched, and read again when they change. */
  readonly tls?: TlsFiles | undefined;
}

/** A plain TCP (or TLS) protocol: gets each connection. */
export interface ConnectionSpec extends ListenSpec {
  onConnection(socket: Socket): void;
}

/** HTTP routes at an address. */
export interface RouteSpec extends ListenSpec, Route {}

/** `hooks.streamStart.tap((stream) => …)`. Taps run in the order of the plugins. */
export type HookTapper = { readonly [Name in HookName]: { tap(tap: HookTaps[Name]): void } };

/** What both contexts offer. */
export interface PluginContext {
  /** Writes lines that carry the plugin's name. */
  readonly log: Logger;
  readonly hooks: HookTapper;
  /** One coarse clock for idle timeouts and rates; add to it in `onStart`. */
  readonly ticker: Ticker;
  /** Asks for a stream on a client's behalf: runs the gates, claims names, joins viewers. Outlives the instance. */
  readonly admission: Admission;
  /** Streams that are live now. */
  streams(): readonly Stream[];
  /**
   * Sends every packet of the stream to the sink until the stream ends, the instance stops, or the returned function
   * is called. A sink that comes late gets the headers and the GOP cache first, unless it asks otherwise.
   */
  attach(stream: Stream, sink: Sink, replay?: Replay): () => void;
  /** Tells every plugin of the application that a file is complete: a segment, a recording. */
  fileEnd(file: Omit<FinishedFile, 'plugin'>): void;
  /** Opens files, sockets, timers. If it throws, the whole config is refused and everything is undone. */
  onStart(start: () => void | Promise<void>): void;
  /**
   * Closes them. Called in reverse order; also, with the code `refused`, for an instance whose start failed half-way or
   * whose config was refused after it: that one never came into force, and must leave alone what it shares.
   */
  onStop(stop: (cause: EndCause) => void | Promise<void>): void;
  /**
   * Hands state to the instance that replaces this one, at the moment the new config comes into force: numbering that
   * goes on, files that stay open. What is handed over is the successor's to clean up.
   */
  bequeath(give: () => unknown): void;
  /**
   * One object for all instances of the plugin in this server, server-wide and per application, whatever is reloaded:
   * made by the first that asks. It must be harmless to make, since `livego check` makes one too.
   */
  shared<Shared extends object>(create: () => Shared): Shared;
  /** Receives what the predecessor handed over; not called when there is none. Called before `streamStart` replays. */
  inherit(take: (state: unknown) => void): void;
}

/** The context of `server(context, options)`: taps hold for every application. */
export interface ServerContext extends PluginContext {
  listen(spec: ConnectionSpec): void;
  route(spec: RouteSpec): void;
}

/** The context of `app(context, options)`: taps hold for the one application. */
export interface AppContext extends PluginContext {
  /** The entry's `servername`: a name or a pattern. */
  readonly servername: string;
}
