// The way in: what happens between a client's request and its place at a stream. Used by every protocol.
import { findApp, type App } from '../kernel/app.ts';
import { Denial } from './denial.ts';
import type { ConnectRequest } from '../plugin/hooks.ts';
import type { Logger } from '../log.ts';
import type { ServerOptions } from '../options.ts';
import { describeCounters, Playback, type PlaybackHost } from './playback.ts';
import type { Publication } from './publication.ts';
import { Session, type EndCause, type StreamRequest } from './session.ts';
import type { Stream } from '../stream/stream.ts';
import type { StreamHub } from '../stream/stream-hub.ts';

/** What a protocol does when the server ends a session: tell the client, close. */
export type CloseSession = (cause: EndCause) => void;

/**
 * Belongs to the kernel, so sessions may hold on to it when the plugin that began them has been replaced. It always
 * asks the gates and options of the config that is in force.
 */
export class Admission {
  readonly #log: Logger;
  readonly #hub: StreamHub;
  readonly #apps: () => readonly App[];
  readonly #serverOptions: () => ServerOptions | undefined;
  #nextId = 1;

  constructor(
    log: Logger,
    hub: StreamHub,
    apps: () => readonly App[],
    serverOptions: () => ServerOptions | undefined,
  ) {
    this.#log = log;
    this.#hub = hub;
    this.#apps = apps;
    this.#serverOptions = serverOptions;
  }

  /** How long a publisher may be silent, by the config that is in force; 0 means for ever. */
  get readTimeoutMs(): number {
    return (this.#serverOptions()?.read_timeout ?? 0) * 1000;
  }

  /** How long a viewer may accept no byte of what waits for it, by the config that is in force; 0 means for ever. */
  get writeTimeoutMs(): number {
    return (this.#serverOptions()?.write_timeout ?? 0) * 1000;
  }

  /** A short id, unique within the server's life. */
  nextId(): string {
    return (this.#nextId++).toString(36).padStart(4, '0');
  }

  /** Publishers and viewers of every protocol. */
  get sessions(): Iterable<Session> {
    return this.#hub.sessions.values();
  }

  /** Whether an entry of servers[] fits this application name. */
  hasApp(name: string): boolean {
    return findApp(this.#apps(), name) !== undefined;
  }

  /** A client names an application: undefined lets it in. */
  async connect(request: ConnectRequest): Promise<Denial | undefined> {
    const app = this.#find(request.app, request.client.plugin);
    const denial = app instanceof Denial ? app : await app.hooks.connect(request);
    if (denial) this.#logDenial('connection', request.app, request.client, denial);
    return denial;
  }

  /** A client wants to publish. The answer comes after every gate, so tell it to start only then. */
  async publish(request: StreamRequest, close: CloseSession): Promise<Publication | Denial> {
    const admitted = await this.#admit(request, 'publish');
    if (admitted instanceof Denial) return this.#refused('publisher', request, admitted);
    const session = new Session(this.nextId(), 'publish', admitted.request, close);
    const publication = await this.#hub.claim(session, admitted.app.options);
    if (publication instanceof Denial) return this.#refused('publisher', admitted.request, publication);
    this.#log.info(facts(session), `${session.key} publisher came`);
    return publication;
  }

  /** The publisher stops; its stream waits for it to return, then ends. */
  unpublish(publication: Publication, cause: EndCause): void {
    publication.end(cause);
    const { session, stream } = publication;
    const ended = session.ended ?? cause;
    const seconds = Math.round((Date.now() - session.startedAt.getTime()) / 1000);
    this.#log.info(
      { ...facts(session), seconds, packets: stream.counters.packets },
      `${session.key} publisher gone: ${ended.message}`,
    );
  }

  /** A client wants to play. It may have to wait for a publisher: see Playback. */
  async play(request: StreamRequest, close: CloseSession): Promise<Playback | Denial> {
    const admitted = await this.#admit(request, 'play');
    if (admitted instanceof Denial) return this.#refused('viewer', request, admitted);
    const session = new Session(this.nextId(), 'play', admitted.request, close);
    this.#hub.addViewer(session);
    return new Playback(session, this.#playbackHost());
  }

  #playbackHost(): PlaybackHost {
    return {
      findStream: (session, signal) => this.#findStream(session, signal),
      started: (session, stream) => {
        this.#log.info(facts(session), `${session.key} viewer came`);
        this.#appOf(session)?.hooks.playStart(session, stream);
      },
      stopped: (session, stream, cause, sent) => {
        this.#hub.removeViewer(session);
        if (!stream) return;
        this.#log.info(
          { ...facts(session), ...describeCounters(sent) },
          `${session.key} viewer gone: ${cause.message}`,
        );
        this.#appOf(session)?.hooks.playStop(session, stream, cause);
      },
    };
  }

  async #findStream(session: Session, signal: AbortSignal): Promise<Stream | undefined> {
    const present = this.#hub.find(session.key);
    const app = this.#appOf(session);
    if (present || !app) return present;
    // Beside the wait, not before it: whoever publishes first is played.
    void this.#askForProvider(app, session);
    return this.#hub.waitFor(session.key, app.options.waitForPublisherMs, signal);
  }

  async #askForProvider(app: App, session: Session): Promise<void> {
    const provider = await app.hooks.streamMissing(session.request);
    if (provider) this.#log.info(facts(session), `${session.key} is provided by ${provider.description}`);
  }

  async #admit(
    request: StreamRequest,
    gate: 'publish' | 'play',
  ): Promise<{ app: App; request: StreamRequest } | Denial> {
    const app = this.#find(request.app, request.client.plugin);
    if (app instanceof Denial) return app;
    const name = await app.hooks.resolveName(request);
    if (name instanceof Denial) return name;
    const resolved = name === request.name ? request : { ...request, name };
    const denial = await app.hooks[gate](resolved);
    if (denial) return denial;
    // While the gates thought, a reload may have taken the application away or given it other options.
    const present = this.#find(request.app, request.client.plugin);
    return present instanceof Denial ? present : { app: present, request: resolved };
  }

  #find(name: string, plugin: string): App | Denial {
    const app = findApp(this.#apps(), name);
    if (!app) return new Denial('not-found', `there is no application "${name}" (servers[].servername)`);
    if (!app.allows(plugin))
      return new Denial('not-found', `${plugin} is switched off for application "${name}"`);
    return app;
  }

  #appOf(session: Session): App | undefined {
    return findApp(this.#apps(), session.request.app);
  }

  #refused(who: string, request: StreamRequest, denial: Denial): Denial {
    this.#logDenial(who, `${request.app}/${request.name}`, request.client, denial);
    return denial;
  }

  #logDenial(who: string, what: string, client: StreamRequest['client'], denial: Denial): void {
    const { id, protocol, remote } = client;
    this.#log.info(
      { client: id, protocol, remote, code: denial.code },
      `${what} ${who} refused: ${denial.reason}`,
    );
  }
}

function facts(session: Session): Record<string, string> {
  const { id, client } = session;
  return { session: id, client: client.id, protocol: client.protocol, remote: client.remote };
}
