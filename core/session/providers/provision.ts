// One provider at work, from its start to its end.
import { callPlugin } from '../../call-plugin.ts';
import type { EndCause } from '../../end-cause.ts';
import type { Logger } from '../../log/log.ts';
import type { Stream } from '../../stream/stream.ts';
import type { StreamHub } from '../../stream/stream-hub.ts';
import type { StreamView } from '../../stream/stream-view.ts';
import type { Application, OfferedProvider } from '../application.ts';
import { Denial, type DenialCode } from '../denial.ts';
import type { StreamProvider } from './provider.ts';
import type { Publication } from '../publication.ts';
import type { Publications } from '../publications.ts';
import { hideNames, hideNamesInDenial } from '../hide-names.ts';
import type { OwnedResource, ResourceOwner } from '../../resource-owner.ts';
import { Right } from '../clients/right.ts';
import { Session } from '../session.ts';

export interface ProvisionServices {
  readonly log: Logger;
  readonly hub: StreamHub;
  readonly publications: Publications;
  readonly findApp: (name: string) => Application | undefined;
}

export interface ProvisionSpec extends OfferedProvider {
  readonly app: string;
  readonly name: string;
  readonly displayKey: string;
  readonly sessionId: string;
  readonly clientId: string;
}

/** Bytes that a provider may write before its name is claimed, which takes a moment. */
const MAX_PENDING_BYTES = 16 * 1024 * 1024;

export type ProvisionState = 'starting' | 'claiming' | 'live' | 'ended';

export class Provision implements OwnedResource {
  readonly plugin: string;
  readonly app: string;
  readonly publication: Publication;
  readonly #provider: StreamProvider;
  readonly #services: ProvisionServices;
  readonly #session: Session;
  readonly #onEnd: (failure: Denial | undefined) => void;
  readonly #abort = new AbortController();
  #pending: (() => void)[] = [];
  #pendingBytes = 0;
  #owner: ResourceOwner;
  #state: ProvisionState = 'starting';
  /** What its start threw. */
  #error: unknown;
  #denialCode: DenialCode = 'unavailable';
  #idleSince: number | undefined;
  #started = false;
  #begin: (stream: Stream) => void = () => {};

  /** @param onEnd - called once, with what viewers are told if the stream could not be provided */
  constructor(
    spec: ProvisionSpec,
    services: ProvisionServices,
    onEnd: (failure: Denial | undefined) => void,
  ) {
    const { plugin, provider, app, name, displayKey, sessionId, clientId } = spec;
    this.plugin = plugin;
    this.app = app;
    this.#provider = provider;
    this.#services = services;
    this.#onEnd = onEnd;
    this.#owner = spec.owner;
    this.#owner.keep(this);
    const client = { id: clientId, plugin, protocol: plugin, remote: provider.description };
    const query = new URLSearchParams();
    const request = {
      id: sessionId,
      role: 'publish',
      client,
      app,
      name,
      askedName: name,
      displayKey,
      query,
      limitUntil: () => {},
    } as const;
    const { renditionOf } = provider;
    const secretNames = displayKey === `${app}/${name}` ? [] : [name];
    const facts = { request, right: new Right(), displayKey, secretNames, provided: true, renditionOf };
    this.#session = new Session(facts, (cause) => this.end(cause), services.log);
    this.publication = services.publications.open(
      this.#session,
      {
        add: (bytes, write) => this.#addPending(bytes, write),
        addBetween: (call) => void (this.#state === 'claiming' && this.#pending.push(call)),
        onClaim: (begin) => (this.#begin = begin),
      },
      (cause) => this.#ended(cause),
    );
  }

  /** Its stream is a copy of one that lives in another worker. */
  get isMirror(): boolean {
    return this.#provider.origin === 'mirror';
  }

  /** `starting` until its first packet, `live` while it publishes. */
  get state(): ProvisionState {
    return this.#state;
  }

  /** The stream's name in logs and messages. */
  get displayKey(): string {
    return this.#session.displayKey;
  }

  get stream(): StreamView | undefined {
    return this.publication.stream;
  }

  /** Starts the provider. Core has called it before a plugin gets the provision: later calls change nothing. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    const { log } = this.#services;
    log.info(
      { session: this.#session.id, plugin: this.plugin },
      `${this.displayKey} is provided by ${this.#provider.description}`,
    );
    callPlugin(
      () => this.#provider.start(this.publication, this.#abort.signal),
      (error) => this.#fail(error),
    );
  }

  /** From now on it ends with another owner. */
  moveTo(owner: ResourceOwner): void {
    if (this.#state === 'ended') return;
    this.#owner.letGo(this);
    this.#owner = owner;
    owner.keep(this);
  }

  /** Asked about once a second: how long the stream has been unwanted, in milliseconds; undefined while it is wanted. */
  idleMs(wanted: boolean, now: number): number | undefined {
    if (wanted) this.#idleSince = undefined;
    else this.#idleSince ??= now;
    return this.#idleSince === undefined ? undefined : now - this.#idleSince;
  }

  /** Core ends it: the provider is stopped, once. */
  end(cause: EndCause): void {
    if (this.#state === 'ended') return;
    const denial = this.#denialOf(cause);
    this.#finish(cause, cause.code === 'failed' ? denial : undefined);
    const { plugin } = this;
    callPlugin(
      () => this.#provider.stop(cause),
      (error) =>
        this.#services.log.error({ err: error, plugin }, `plugin ${plugin} threw in a provider’s stop`),
    );
    this.publication.end(cause);
    this.#tellWaiting(denial);
  }

  // The provider has ended its publication.
  #ended(cause: EndCause): void {
    if (this.#state === 'ended') return;
    const denial = this.#denialOf(cause);
    this.#finish(cause, this.#state === 'live' ? undefined : denial);
    this.#tellWaiting(denial);
  }

  #fail(error: unknown): void {
    if (this.#state === 'ended') return;
    this.#error = hideNames(error, this.#session.secretNames);
    // Viewers are told the message. An error may hold addresses and keys; a denial is made for them.
    if (!(error instanceof Denial)) return this.end({ code: 'failed', message: 'the provider has failed' });
    this.#denialCode = error.code;
    const { reason } = hideNamesInDenial(error, this.#session.secretNames);
    this.end({ code: 'failed', message: reason });
  }

  #denialOf(cause: EndCause): Denial {
    return new Denial(this.#denialCode, `${this.displayKey} cannot be provided: ${cause.message}`);
  }

  #finish({ code, message }: EndCause, failure: Denial | undefined): void {
    this.#state = 'ended';
    this.#services.log.info(
      { session: this.#session.id, plugin: this.plugin, code, err: this.#error },
      `${this.displayKey} is no longer provided by ${this.#provider.description}: ${message}`,
    );
    this.#pending = [];
    this.#abort.abort();
    this.#owner.letGo(this);
    this.#onEnd(failure);
  }

  // Viewers of a stream whose worker has failed wait for its publisher to return.
  #tellWaiting({ reason }: Denial): void {
    if (this.isMirror) return;
    this.#services.hub.failWait(this.#session.key, reason);
  }

  #addPending(bytes: number, write: () => void): void {
    if (this.#state === 'ended') return;
    this.#pendingBytes += bytes;
    if (this.#pendingBytes > MAX_PENDING_BYTES)
      return this.end({
        code: 'failed',
        message: `more than ${MAX_PENDING_BYTES} bytes were written before the name was claimed`,
      });
    this.#pending.push(write);
    if (this.#state !== 'starting') return;
    this.#state = 'claiming';
    this.#claim().catch((error: unknown) => {
      this.#services.log.error({ err: error }, `${this.#session.displayKey} could not be claimed`);
      this.end({ code: 'failed', message: 'the name could not be claimed' });
    });
  }

  async #claim(): Promise<void> {
    const { publications, findApp } = this.#services;
    const options = findApp(this.app)?.options;
    if (!options) return this.end({ code: 'removed', message: `there is no application "${this.app}"` });
    // A provider never replaces a publisher.
    const { origin = 'local' } = this.#provider;
    const firstSequence = origin === 'mirror' ? this.#provider.firstSequence : undefined;
    const terms = { origin, firstSequence, duplicate: 'reject' } as const;
    const claim = await publications.claimName(this.#session, options, terms);
    if (typeof claim === 'string')
      return this.end({ code: 'replaced', message: `${this.displayKey} cannot be claimed (${claim})` });
    this.#state = 'live';
    this.#begin(claim.stream);
    const pending = this.#pending;
    this.#pending = [];
    for (const write of pending) write();
  }
}
