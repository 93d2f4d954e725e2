// The plugin contract: everything a plugin may be and may use. This file is its reference manual.
//
// The room holds what plugins see: the definition, the contexts, the table of hooks. How instances are made, compared,
// started and stopped is in core/kernel.
import type { Socket } from 'node:net';
import type { ClientFacts } from '../client.ts';
import type { AllowOrigin } from '../http/cors.ts';
import type { Route } from '../http/router.ts';
import type { JsonSchema } from '../options/json-schema.ts';
import type { Logger } from '../log/log.ts';
import type { PacketFormat, SharedFormat } from '../media/packet-format.ts';
import type { AddressOption } from '../net/address.ts';
import type { ServedAddress } from '../net/served-address.ts';
import type { TlsOptions } from '../net/tls.ts';
import type { Arrival } from '../session/clients/arrival.ts';
import type { Answered } from '../session/clients/ask-once.ts';
import type { ConnectionView } from '../session/clients/connection-view.ts';
import type { Denial } from '../session/denial.ts';
import type { Publication } from '../session/publication.ts';
import type { StreamProvider } from '../session/providers/provider.ts';
import type { StreamName } from '../session/providers/providers.ts';
import type { Provision } from '../session/providers/provision.ts';
import type { StreamTarget } from '../session/requests.ts';
import type { SessionView } from '../session/session-view.ts';
import type { StoredLibrary, StoredMedia } from '../session/stored/stored-media.ts';
import type { Delivery, DeliverySettings } from '../stream/delivery.ts';
import type { PacketFilter } from '../stream/packets/packet-filters.ts';
import type { Sink, StartPosition } from '../stream/sink.ts';
import type { StreamView } from '../stream/stream-view.ts';
import type { NowOrLater } from '../time/now-or-later.ts';
import type { Tick } from '../time/ticker.ts';
import type { Commands, CommandSpec } from './commands.ts';
import type { ConfigAccess } from './config-access.ts';
import type { Handover, HandoverKey } from './handover.ts';
import type { FinishedFile, HookTapper, PluginEvent } from './hooks.ts';
import type { Metric, MetricSample, MetricSpec, MetricType } from './metrics.ts';
import type { PluginState } from './plugin-state.ts';
import type { Question, QuestionSpec, ServerWide } from './worker-calls.ts';

export type { JsonSchema } from '../options/json-schema.ts';

/**
 * A plugin. An instance lives like this:
 *
 * 1. **Declare.** `server` or `app` is called with the instance's options. It is synchronous and only *declares*, through
 *    its context: taps, addresses, routes, commands, metrics. No socket, file or timer yet, and no sink, delivery or client.
 *    `livego check` stops here.
 * 2. **Start.** `onStart` acquires files, directories, programs, beside the instances that still run. It may wait, and it
 *    may fail: then the whole config is rejected, and the instance is stopped with the cause `rejected`.
 * 3. **Take over.** If the instance replaces another one, each `handover` that both declare passes its state on.
 * 4. **Activate.** The new config is current. `onActivate` is called: synchronous, between two packets. From here on the
 *    instance may connect, publish, and run timers.
 * 5. **Meet.** `streamStart` is called for each stream that is live already, then for each that starts.
 * 6. **Run.** Taps, routes and sinks are called. A reload with equal options does not touch the instance.
 * 7. **Stop.** Sinks, deliveries, provided streams and timers are undone. Then `onStop` is called, in reverse order of
 *    declaration, with a cause: `replaced` (a successor has taken over), `removed` (switched off), `rejected` (see 2),
 *    `shutdown`.
 */
export interface PluginDefinition<Options = never> {
  /** Its key in the config, its folder, its name in logs. */
  readonly name: string;
  /**
   * JSON Schema of its options (`type: "object"`): each with a default and a description. An option that only makes
   * sense for the whole server, such as a port, carries `level: "server"` and is rejected in entries of servers[]. One
   * that a session reads only when it begins carries `applies: "next-session"`: the reload's report then says so.
   */
  readonly schema: JsonSchema;
  /**
   * Flat root keys of the classic config and the option each stands for: `{ hlsport: "port" }`. `enabled` as a target
   * stands for the plugin's switch. They match in any letter case.
   */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Aliases that another plugin has too, such as `{ operport: "port" }`: the value is given to both. */
  readonly sharedAliases?: Readonly<Record<string, string>>;
  /** Options that had another name in the version before: old name → new name. The old one works, with a line in the log. */
  readonly renamedOptions?: Readonly<Record<string, string>>;
  /** Whether it is on when the config does not mention it. Default: true. */
  readonly enabledByDefault?: boolean;
  /** Called once per server that has the plugin on at the root or in an application: listeners, routes, server-wide hooks. */
  server?(context: ServerContext, options: Options): void;
  /** Called once per entry of servers[] that has the plugin on: taps on that application's hooks. */
  app?(context: AppContext, options: Options): void;
}

/** Gives a plugin its type. `Options` is what `schema` describes, with every default filled in. */
export function definePlugin<Options>(definition: PluginDefinition<Options>): PluginDefinition {
  return definition;
}

/**
 * Why an instance stops. `replaced`: a successor has taken over. `removed`: it was switched off. `rejected`: its config was
 * rejected, so it was never current and must leave shared resources alone. `shutdown`: the server stops.
 */
export type StopCause = 'replaced' | 'removed' | 'rejected' | 'shutdown';

/** The options `port` and `tls` of a plugin that listens: a plain address and, beside it, one with TLS. */
export interface Addresses {
  /** `1935`, `":1935"`, `"127.0.0.1:1935"`, `{ fd: 3 }`. */
  readonly port: AddressOption;
  /** Its files are watched, and read again when they change. `port: 0`: none. */
  readonly tls?: TlsOptions | undefined;
}

/** Addresses of HTTP. */
export interface HttpAddresses extends Addresses {
  /** Origins whose pages may read the responses. Default: none. */
  readonly allowOrigin?: AllowOrigin;
}

export type Transport = 'plain' | 'tls';

/** Gets each connection of an address. TLS ones after the handshake. */
export type ConnectionHandler = (socket: Socket, transport: Transport) => void;

/** Admits clients of a plugin's own protocol. Outlives the instance: sessions may keep it. */
export interface AdmissionView {
  /** How long a publisher may be silent, by the current config; 0 means for ever. */
  readonly readTimeoutMs: number;
  /** How long a viewer may accept none of the bytes that wait for it, by the current config; 0 means for ever. */
  readonly writeTimeoutMs: number;
  /** Whether an entry of servers[] matches this application name. */
  hasApp(name: string): boolean;
  /** Whether everybody may play there: no gate but observers is asked. False for an application that there is not. */
  isOpen(app: string): boolean;
  /** Recordings that plugins offer, for protocols that can play them. */
  readonly stored: StoredLibrary;
  /** A client has connected: see Arrival. */
  arrive(facts: ClientFacts): Arrival;
  /**
   * Asks the gates about a request that is answered once and without a session, such as for a playlist that all viewers
   * share. Hooks see a client that connects, asks to play and disconnects. Known at once if all gates answer at once.
   */
  ask(facts: ClientFacts, target: StreamTarget): NowOrLater<Answered | Denial>;
}

/** The facts about a finished file that its plugin gives. */
export type FileFacts = Omit<FinishedFile, 'plugin'>;

/** The facts about an event that its plugin gives. */
export type EventFacts = Omit<PluginEvent, 'plugin' | 'at'>;

/** The resources that a successor can take over with `adopt`. */
export type Adoptable = Delivery | Provision | Publication;

/** The part that both contexts share. */
export interface PluginContext {
  /** Writes lines that carry the plugin's name. */
  readonly log: Logger;
  /**
   * The same for lines that peers cause, such as warnings about what they send: 60 a minute about each `remote`, `stream` or
   * `session` in their fields, and 600 warnings about all. Each minute says how many were left out.
   */
  readonly peerLog: Logger;
  readonly hooks: HookTapper;
  /**
   * The text with `${NAME}` in place of what variables of the config hold, which may be secret. For what a plugin itself
   * answers or lists, such as addresses of its options; the log and the labels of metrics are treated like this anyway.
   */
  show(this: void, text: string): string;
  readonly admission: AdmissionView;
  /** Streams that live in this worker: they are live now, or wait for their publisher to return. */
  streams(): readonly StreamView[];
  /** Publishers and viewers of every protocol, of this worker. */
  sessions(): Iterable<SessionView>;
  /**
   * Asks this instance's own gates again about every present session that it concerns, and closes those that they deny.
   * Sessions that a plugin provides are not asked. For a plugin whose rules have changed: call it from `onActivate`.
   */
  recheck(): Promise<void>;
  /**
   * Sends every packet of the stream to the sink until the stream ends, the instance stops, or the returned function
   * is called. Default: from the GOP cache on. Not before `onStart`.
   */
  attach(stream: StreamView, sink: Sink, options?: { readonly from?: StartPosition }): () => void;
  /**
   * Changes the stream's packets before anybody gets them: viewers, the GOP cache and sinks. It lasts until the stream
   * ends, the instance stops, or the returned function is called.
   */
  alter(stream: StreamView, filter: PacketFilter): () => void;
  /** Sends the stream on in a wire format, until it ends, the instance stops, or `end` is called. Not before `onStart`. */
  deliver(stream: StreamView, settings: DeliverySettings): Delivery;
  /** Publishes a stream from now on, until `end` is called or the instance stops. Not before `onActivate`. */
  provide(stream: StreamName, provider: StreamProvider): Provision;
  /** Keeps a resource that the predecessor has handed over: from now on it ends with this instance. */
  adopt(resource: Adoptable): void;
  /**
   * A wire format that all plugins share, such as `FLV` of `livego/media`. Viewers and deliveries that have the same
   * format object share bytes.
   */
  format<Format extends PacketFormat>(shared: SharedFormat<Format>): Format;
  /**
   * The plugin's own wire format of that name, made when it is asked for first. The name says everything that
   * distinguishes it from the plugin's others: "4096/1/audio".
   */
  format<Format extends PacketFormat>(name: string, make: () => Format): Format;
  /**
   * Counts bytes of a stream that the plugin keeps in memory; a negative number gives them back. Returns how many are too
   * many (`maxStreamBytes`, `maxMediaBytes`): drop that much of what is oldest. Give everything back in `onStop`.
   * @param key - `StreamView.key`
   */
  holdMemory(key: string, bytes: number): number;
  /** Tells every plugin of the application that a file is complete. */
  fileEnd(file: FileFacts): void;
  /** Tells every plugin of the application what has happened to a stream. */
  announce(event: EventFacts): void;
  /** Declares a metric. Its values are written in the `stat` hook. */
  metric<Type extends MetricType>(spec: MetricSpec<Type>): Metric<Type>;
  /** Declares a command. */
  command<Input>(spec: CommandSpec<Input>): void;
  /**
   * All workers of the server together. `streams()`, `sessions()`, `connections()` and `metrics()` of the context are those
   * of this worker.
   */
  readonly everywhere: ServerWide;
  /** Monotonic milliseconds, for timeouts and rates: the wall clock may jump. */
  now(): number;
  /** Calls back about once a second while the instance is current. */
  everySecond(tick: Tick): void;
  /** Acquires what may fail. The signal aborts when the start takes too long or the server stops. */
  onStart(start: (signal: AbortSignal) => void | Promise<void>): void;
  /** Called when the instance is current: synchronous, between two packets. */
  onActivate(activate: () => void): void;
  /** Releases what `onStart` and `onActivate` acquired; called in reverse order, also after half a start. */
  onStop(stop: (cause: StopCause) => void | Promise<void>): void;
  /** Passes state on to the successor, and takes the predecessor's. */
  handover<State>(key: HandoverKey<State>, handover: Handover<State>): void;
  /**
   * The state that all instances of the plugin on this server have in common, so that a server-wide route can show what
   * the applications' instances collect. It outlives them, over reloads, and `onStop` removes what the instance has put in.
   * Leave it alone before `onActivate`: the config may still be rejected.
   */
  state<State>(token: PluginState<State>): State;
}

/** The context of `server(context, options)`: taps hold for every application. */
export interface ServerContext extends PluginContext {
  /** Serves the plugin's own protocol at an address of its own. */
  listen(addresses: Addresses, onConnection: ConnectionHandler): void;
  /**
   * HTTP routes. Plugins that name the same address share one listener and one router. OPTIONS is answered, and CORS
   * headers are set, by core.
   */
  serve(addresses: HttpAddresses, routes: readonly Route[]): void;
  /** Offers recordings to all protocols that can play them, from `onActivate` on. */
  store(media: StoredMedia): void;
  /**
   * HTTP routes at all addresses where another plugin serves HTTP: the first of `hosts` that does. If none does, they are
   * not served.
   * @param options - `allowOrigin`: pages that may read the responses. Default: none of other origins
   */
  serveBeside(
    hosts: readonly string[],
    routes: readonly Route[],
    options?: { readonly allowOrigin?: AllowOrigin },
  ): void;
  /** Shows, checks and changes the config. A start or a stop must not wait for `apply` or `reload`: they wait for it. */
  readonly config: ConfigAccess;
  /** The addresses that the server listens on. */
  addresses(): readonly ServedAddress[];
  /** Clients that the connect gates have admitted, whether they publish, play or neither. */
  connections(): Iterable<ConnectionView>;
  /** All metrics of the server and its plugins, asked for now: calls the taps of `stat`, so not from within one. */
  metrics(): readonly MetricSample[];
  readonly commands: Commands;
  /** Declares a question to the plugin's server-wide instances in all workers. Ask after `onActivate`. */
  question<Input, Output>(spec: QuestionSpec<Input, Output>): Question<Input, Output>;
}

/** The context of `app(context, options)`: taps hold for the one application. */
export interface AppContext extends PluginContext {
  /** The entry's `servername`: a name or a pattern. */
  readonly servername: string;
}
