// One relay: a stream to one target, or from its sources. What both have in common: the connection that is kept up, the
// figures, the log.
import type { AppContext, PluginEvent, ServerWide } from 'livego';
import type { RelayAddress } from '../connections/address.ts';
import type { TlsTrust } from '../connections/dial.ts';
import type { Failure } from '../connections/failure.ts';
import type { Link, LinkEvents, LinkSettings } from '../connections/link.ts';
import { Redial, type RedialLimits, type RedialState, type RedialWork } from '../connections/redial.ts';
import type { RelayOptions } from '../schema.ts';
import type { SlateFile } from './slate.ts';
import type { Marks } from '../loops/via.ts';

/** The instance that runs a relay at present. */
export interface RelayHost {
  readonly context: Pick<
    AppContext,
    | 'servername'
    | 'log'
    | 'peerLog'
    | 'show'
    | 'now'
    | 'announce'
    | 'deliver'
    | 'provide'
    | 'adopt'
    | 'format'
    | 'streams'
    | 'everywhere'
  >;
  readonly options: RelayOptions;
  readonly marks: Marks;
  /** See `ServerWide.exclusively`. */
  readonly exclusively: ServerWide['exclusively'];
  findTrust(spec: { readonly ca: string; readonly insecure: boolean }): TlsTrust;
  findSlate(file: string): SlateFile | undefined;
}

/** `config`: the config asks for it. `run-time`: a command. `demand`: a viewer. */
export type RelayOrigin = 'config' | 'run-time' | 'demand';

export interface RelayStatus {
  readonly id: string;
  readonly kind: 'push' | 'pull';
  readonly origin: RelayOrigin;
  readonly app: string;
  /** The stream here, `***` where its name may be a secret; for a push without a stream, the streams that it waits for. */
  readonly name: string;
  /** The peer's address without its secrets. */
  readonly peer: string;
  readonly state: RedialState['name'];
  readonly liveSince: string | undefined;
  readonly retryInMs: number | undefined;
  readonly lastError: string | undefined;
  readonly bytes: number;
  readonly droppedPackets: number;
  readonly droppedBytes: number;
  readonly reconnects: number;
  /** How far the far end is behind the near one, estimated; undefined if it cannot be told. */
  readonly delayMs: number | undefined;
}

export interface RelayPlace {
  readonly id: string;
  readonly origin: RelayOrigin;
  readonly app: string;
  readonly name: string;
  /** `live/movie`, or `live/***` where the name may be a secret. */
  readonly displayKey: string;
}

/** What of a status differs between pushes and pulls. */
export type RelayFigures = Pick<RelayStatus, 'bytes' | 'droppedPackets' | 'droppedBytes' | 'delayMs'>;

/** A relay that keeps failing says why this often: each reason once, and so many of them. */
const REPEAT_LOG_MS = 60_000;
const MAX_LOGGED = 5;

export abstract class Relay implements RedialWork, RelayPlace {
  abstract readonly kind: 'push' | 'pull';
  readonly id: string;
  readonly origin: RelayOrigin;
  readonly app: string;
  readonly name: string;
  readonly displayKey: string;
  protected readonly redial: Redial;
  #host: RelayHost;
  #over: () => void;
  /** What the log has of the present outage, and since when. */
  #logged: { readonly messages: Set<string>; readonly at: number } | undefined;
  /** What plugins were told last. */
  #announced: 'up' | 'down' | undefined;

  /** @param over - called when it ends by itself */
  constructor({ id, origin, app, name, displayKey }: RelayPlace, host: RelayHost, over: () => void) {
    this.id = id;
    this.origin = origin;
    this.app = app;
    this.name = name;
    this.displayKey = displayKey;
    this.#host = host;
    this.#over = over;
    this.redial = new Redial(this);
  }

  get key(): string {
    return `${this.app}/${this.name}`;
  }

  get host(): RelayHost {
    return this.#host;
  }

  get limits(): RedialLimits {
    return this.#host.options;
  }

  /** It waits for its turn among those of all workers. */
  get waits(): boolean {
    return this.redial.state.name === 'idle';
  }

  get status(): RelayStatus {
    const { state, address, lastFailure, reconnects } = this.redial;
    const { id, kind, origin, app } = this;
    return {
      id,
      kind,
      origin,
      app,
      name: this.#shownName,
      peer: this.#host.context.show((address ?? this.addresses()[0])?.label ?? ''),
      state: state.name,
      liveSince: state.name === 'live' ? state.since.toISOString() : undefined,
      retryInMs: state.name === 'waiting' ? Math.max(0, Math.round(state.until - this.now())) : undefined,
      lastError: lastFailure && this.#host.context.show(lastFailure.message),
      reconnects,
      ...this.figures(),
    };
  }

  now(): number {
    return this.#host.context.now();
  }

  /** A successor runs it from now on. @param over - called when it ends by itself */
  moveTo(host: RelayHost, over: () => void): void {
    this.#host = host;
    this.#over = over;
    this.adopted();
  }

  /** Ends the pause before the next try. */
  wake(): void {
    this.redial.wake();
  }

  start(): void {
    this.redial.start();
  }

  stop(): void {
    if (this.redial.state.name === 'stopped') return;
    this.redial.stop();
    this.released();
    if (this.#announced === 'up') this.#announceDown('it was stopped');
    this.#over();
  }

  tick(now: number): void {
    this.redial.tick(now);
  }

  live(link: Link): void {
    this.#logged = undefined;
    this.#host.context.peerLog.info(this.#facts(), `${this.displayKey} ${this.kind} is live`);
    this.#announced = 'up';
    this.#announce('relay_up', {});
    this.begin(link);
  }

  lost(failure: Failure, round: 'complete' | 'incomplete'): 'retry' | 'stop' {
    this.#log(failure);
    // A viewer can ask for any name: a source that has none of that name is no outage.
    const isOutage = this.#announced === 'up' || (this.#announced === undefined && this.origin !== 'demand');
    if (isOutage) this.#announceDown(failure.message);
    const decision = this.interrupted(failure, round);
    if (decision === 'stop') this.stop();
    return decision;
  }

  abstract addresses(): readonly RelayAddress[];
  abstract open(address: RelayAddress, events: LinkEvents): Link;
  protected abstract begin(link: Link): void;
  protected abstract interrupted(failure: Failure, round: 'complete' | 'incomplete'): 'retry' | 'stop';
  protected abstract released(): void;
  protected abstract adopted(): void;
  protected abstract figures(): RelayFigures;

  protected linkSettings(address: RelayAddress, trust: TlsTrust, via: string): LinkSettings {
    return { address, trust, via, timeouts: this.#host.options, now: () => this.now() };
  }

  get #shownName(): string {
    return this.displayKey.slice(this.app.length + 1);
  }

  #announceDown(reason: string): void {
    this.#announced = 'down';
    this.#announce('relay_down', { reason: this.#host.context.show(reason) });
  }

  #announce(kind: 'relay_up' | 'relay_down', details: PluginEvent['details']): void {
    const { app, id: relay, kind: direction, origin } = this;
    const name = this.#shownName;
    const label = this.redial.address?.label;
    const peer = label && this.#host.context.show(label);
    this.#host.context.announce({ kind, app, name, details: { relay, direction, origin, peer, ...details } });
  }

  // A peer that is away for a day must not fill the log.
  #log({ kind, message }: Failure): void {
    const now = this.now();
    if (this.#logged === undefined || now - this.#logged.at >= REPEAT_LOG_MS)
      this.#logged = { messages: new Set(), at: now };
    const { messages } = this.#logged;
    if (messages.has(message) || messages.size >= MAX_LOGGED) return;
    messages.add(message);
    this.#host.context.peerLog.warn(
      { ...this.#facts(), failure: kind },
      `${this.displayKey} ${this.kind}: ${message}`,
    );
  }

  #facts(): object {
    return { relay: this.id, peer: this.redial.address?.label };
  }
}
