// Admission: from a client's request to its place at a stream. Clients of every protocol pass through it.
//
//   arrive ─▶ Arrival ─enter: connect gates─▶ Connection ─publish: resolveName, gates, claim─▶ Publication
//                                                   └─────play: resolveName, gates───────────▶ Playback
//
import type { Client, ClientFacts } from '../client.ts';
import type { EndCause } from '../end-cause.ts';
import type { Logger } from '../log/log.ts';
import type { ServerOptions } from '../options/options.ts';
import type { Stream } from '../stream/stream.ts';
import type { StreamHub } from '../stream/stream-hub.ts';
import { andThen, type NowOrLater } from '../time/now-or-later.ts';
import type { Ticker } from '../time/ticker.ts';
import type { Application, ApplicationHooks } from './application.ts';
import { Arrival } from './clients/arrival.ts';
import { askOnce, type Answered } from './clients/ask-once.ts';
import type { Asker, Connection, Place, Reception } from './clients/connection.ts';
import type { ConnectionView } from './clients/connection-view.ts';
import { hostOf, networkOf } from '../net/address-set.ts';
import { Denial } from './denial.ts';
import { givingBack, Places } from '../collections/places.ts';
import type { Elsewhere } from './elsewhere.ts';
import { describeCounters, describeDuration, describeSession, stayInWords } from './describe-session.ts';
import { connecting, Gates } from './gates.ts';
import type { Identities } from './identities.ts';
import { Playback, type PlaybackHost } from './playback.ts';
import type { Providers } from './providers/providers.ts';
import type { Publication } from './publication.ts';
import type { Publications } from './publications.ts';
import type { CloseSession, DeniedRequest, StreamTarget } from './requests.ts';
import { Right } from './clients/right.ts';
import { Session } from './session.ts';
import type { SessionList } from './session-list.ts';
import type { StoredLibrary } from './stored/stored-media.ts';

/** The config that is current. */
export interface CurrentConfig {
  findApp(name: string): Application | undefined;
  /** The same, also if the config no longer has the application. Its clients are left to finish. */
  findAnyApp(name: string): Application | undefined;
  serverOptions(): ServerOptions | undefined;
  stored(): StoredLibrary;
}

export interface AdmissionServices {
  readonly log: Logger;
  /** For lines that peers cause. */
  readonly limited: Logger;
  readonly ticker: Ticker;
  readonly hub: StreamHub;
  readonly sessions: SessionList;
  readonly publications: Publications;
  readonly providers: Providers;
  readonly identities: Identities;
  readonly elsewhere: Elsewhere | undefined;
  readonly current: CurrentConfig;
}

/**
 * Belongs to the kernel, so sessions may keep it when their plugin has been replaced. It always uses the gates and options
 * of the current config.
 */
export class Admission implements Reception {
  readonly #services: AdmissionServices;
  readonly #gates: Gates;
  readonly #places = new Places();

  constructor(services: AdmissionServices) {
    this.#services = services;
    const { limited, identities, current } = services;
    this.#gates = new Gates({ limited, identities, findApp: (name) => current.findApp(name) });
  }

  /** How long a publisher may be silent, by the current config; 0 means for ever. */
  get readTimeoutMs(): number {
    return (this.#services.current.serverOptions()?.read_timeout ?? 0) * 1000;
  }

  /** How long a viewer may accept none of the bytes that wait for it, by the current config; 0 means for ever. */
  get writeTimeoutMs(): number {
    return (this.#services.current.serverOptions()?.write_timeout ?? 0) * 1000;
  }

  /** How long a gate may take to answer, by the current config. */
  get gateTimeoutMs(): number {
    return this.#services.current.serverOptions()?.gateTimeoutMs ?? 0;
  }

  /** Whether an entry of servers[] matches this application name. */
  hasApp(name: string): boolean {
    return this.#services.current.findApp(name) !== undefined;
  }

  /** Whether everybody may play there. */
  isOpen(app: string): boolean {
    return this.#services.current.findApp(app)?.openToViewers === true;
  }

  /** The recordings that plugins of the current config offer. */
  readonly stored: StoredLibrary = {
    has: (prefix) => this.#services.current.stored().has(prefix),
    find: (path) => this.#services.current.stored().find(path),
  };

  /** A client of the plugin's protocol has connected. */
  arrive(plugin: string, facts: ClientFacts): Arrival {
    const { identities, ticker } = this.#services;
    return new Arrival({ ...facts, id: identities.nextId(), plugin }, this, ticker);
  }

  /** See AdmissionView. */
  ask(plugin: string, facts: ClientFacts, target: StreamTarget): NowOrLater<Answered | Denial> {
    // One by one: a copy of all costs more than what gates usually do.
    const { protocol, remote, tcUrl, pageUrl, userAgent, intent, authorization } = facts;
    const id = this.#services.identities.nextId();
    const client = { protocol, remote, tcUrl, pageUrl, userAgent, intent, id, plugin };
    const asker = { client, right: new Right(), authorization };
    const places = this.#placesPerAddress === 0 ? undefined : this;
    return askOnce({ reception: this, gates: this.#gates, places }, asker, target);
  }

  get #placesPerAddress(): number {
    return this.#services.current.serverOptions()?.maxConnectionsPerAddress ?? 0;
  }

  takePlace(client: Client, app: string): NowOrLater<Place> {
    const most = this.#placesPerAddress;
    const address = networkOf(hostOf(client.remote));
    const { elsewhere } = this.#services;
    if (elsewhere)
      return andThen(
        elsewhere.takePlace(address, most || Infinity),
        (place) => place ?? this.#denyPlace(client, app, most),
      );
    if (!this.#places.take(address, most || Infinity)) return this.#denyPlace(client, app, most);
    return givingBack(() => this.#places.free(address));
  }

  connect(asker: Asker, app: string, query: URLSearchParams): NowOrLater<Denial | undefined> {
    return this.#gates.connect(asker, app, query);
  }

  async publish(asker: Asker, target: StreamTarget, close: CloseSession): Promise<Publication | Denial> {
    const admitted = await this.#gates.admit(asker, target, 'publish');
    if (admitted instanceof Denial) return admitted;
    const session = new Session(admitted.facts, close, this.#services.limited);
    const publication = await this.#services.publications.claim(session, admitted.app.options);
    if (publication instanceof Denial)
      return this.deny({ ...session.request, displayKey: session.displayKey }, publication);
    return publication;
  }

  async play(asker: Asker, target: StreamTarget, close: CloseSession): Promise<Playback | Denial> {
    const admitted = await this.#gates.admit(asker, target, 'play');
    if (admitted instanceof Denial) return admitted;
    const session = new Session(admitted.facts, close, this.#services.limited);
    this.#services.sessions.add(session);
    return new Playback(session, this.#playbackHost);
  }

  entered(connection: Connection): void {
    this.#services.sessions.addConnection(connection);
  }

  left(connection: Connection, cause: EndCause): void {
    this.#services.sessions.removeConnection(connection);
    for (const view of connection.views) this.leftApp(view, cause);
  }

  leftApp(connection: ConnectionView, cause: EndCause): void {
    this.#services.current.findAnyApp(connection.app)?.hooks.disconnect(connection, cause);
  }

  readonly #playbackHost: PlaybackHost = {
    findStream: (session, signal) => this.#findStream(session, signal),
    resolve: (view) => this.#services.hub.resolve(view),
    takeSeat: ({ key, origin, options }) =>
      origin === 'mirror' && options.maxViewersPerStream > 0
        ? this.#services.elsewhere?.takeSeat(key)
        : undefined,
    denied: (session, denial) => this.deny({ ...session.request, displayKey: session.displayKey }, denial),
    started: (session, stream) => {
      this.#services.log.info(describeSession(session), `${session.displayKey} viewer connected`);
      this.#hooksOf(session)?.playStart(session.view, stream.view);
    },
    stopped: (session, stream, cause) => {
      this.#services.sessions.remove(session);
      if (!stream) return;
      this.#services.log.info(
        { ...describeSession(session), ...describeDuration(session), ...describeCounters(session.counters) },
        `${session.displayKey} viewer disconnected ${stayInWords(session)}: ${cause.message}`,
      );
      this.#hooksOf(session)?.playStop(session.view, stream.view, cause);
    },
  };

  async #findStream(session: Session, signal: AbortSignal): Promise<Stream | Denial> {
    const { hub, providers } = this.#services;
    const present = hub.find(session.key);
    if (present) return present;
    const app = this.#appOf(session);
    const notFound = new Denial('not-found', `nobody publishes ${session.displayKey}`);
    if (!app || app.options.waitForPublisherMs === 0) return notFound;
    const failure = providers.failureOf(session.key);
    if (failure) return failure;
    const waiting = hub.waitFor(session.key, app.options.waitForPublisherMs, signal);
    // Plugins are asked during the wait: a publisher that is quicker than a provider is played.
    providers.ask(session);
    const found = await waiting;
    if (!found) return notFound;
    if (!('failed' in found)) return found;
    return providers.failureOf(session.key) ?? new Denial('unavailable', found.failed);
  }

  #hooksOf({ app }: Session): ApplicationHooks | undefined {
    return this.#services.current.findAnyApp(app)?.hooks;
  }

  #appOf(session: Session): Application | undefined {
    return this.#services.current.findApp(session.app);
  }

  #denyPlace(client: Client, app: string, most: number): Denial {
    const reason = `${most} clients of this address are connected already (maxConnectionsPerAddress)`;
    return this.deny(connecting(client, app), new Denial('limit', reason));
  }

  deny(request: DeniedRequest, denial: Denial): Denial {
    return this.#gates.deny(request, denial);
  }
}
