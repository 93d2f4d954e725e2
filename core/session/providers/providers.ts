// Streams that plugins publish: on demand, or always.
//
//   ask ──▶ asking ──a plugin answers──▶ starting ──first packet, name claimed──▶ live ──▶ ended
//              └──none does: viewers wait for a publisher                 └── no packet: waiting viewers are told
//
// The room runs providers: it starts them, claims their names and ends them. Clients that publish pass through admission.
import type { EndCause } from '../../end-cause.ts';
import type { Logger } from '../../log/log.ts';
import type { StreamHub } from '../../stream/stream-hub.ts';
import type { Ticker } from '../../time/ticker.ts';
import type { Application, OfferedProvider } from '../application.ts';
import { Denial } from '../denial.ts';
import type { Elsewhere } from '../elsewhere.ts';
import type { Identities } from '../identities.ts';
import { Failures } from './failures.ts';
import { Unanswered } from './unanswered.ts';
import { Provision, type ProvisionSpec } from './provision.ts';
import type { Publication } from '../publication.ts';
import type { Publications } from '../publications.ts';
import type { Session } from '../session.ts';

export interface ProviderServices {
  readonly log: Logger;
  readonly hub: StreamHub;
  readonly ticker: Ticker;
  readonly publications: Publications;
  readonly identities: Identities;
  readonly elsewhere: Elsewhere | undefined;
  readonly findApp: (name: string) => Application | undefined;
  /** By the current config; 0 for no limit. */
  readonly maxStreams: () => number;
}

/** A stream by its application and name. */
export interface StreamName {
  readonly app: string;
  readonly name: string;
}

export class Providers {
  readonly #services: ProviderServices;
  /** Streams that plugins are being asked for. */
  readonly #asking = new Set<string>();
  /** Provisions that run on demand, by stream key. */
  readonly #onDemand = new Map<string, Provision>();
  readonly #always = new Set<Provision>();
  readonly #failures = new Failures();
  readonly #unanswered = new Unanswered();
  readonly #stopTicking: () => void;
  #closed = false;

  constructor(services: ProviderServices) {
    this.#services = services;
    this.#stopTicking = services.ticker.add((now) => {
      this.#unanswered.keep((key) => services.hub.waitingFor(key) > 0);
      this.#endUnwanted(now);
    });
  }

  /** A viewer waits for a stream that nobody publishes. Plugins are asked once, however many viewers wait. */
  ask(viewer: Session): void {
    const { key } = viewer;
    const { hub, findApp, ticker, log } = this.#services;
    const app = findApp(viewer.app);
    if (!app || this.#asking.has(key) || this.#onDemand.has(key)) return;
    // The viewer is one of those that wait.
    if (hub.waitingFor(key) > 1 && this.#unanswered.has(key, app, ticker.now())) return;
    this.#asking.add(key);
    this.#find(viewer)
      .then((offered) => {
        if (offered === 'waiting') return;
        if (offered) this.#startOnDemand(viewer, offered);
        else this.#unanswered.add(key, app, ticker.now());
      })
      .catch((error: unknown) => log.error({ err: error }, 'a provider could not be started'))
      .finally(() => this.#asking.delete(key));
  }

  /** What viewers of that stream are told, when it could not be provided a moment ago. */
  failureOf(key: string): Denial | undefined {
    return this.#failures.find(key, this.#services.ticker.now());
  }

  /** Publishes a stream, with viewers or without. */
  provide({ app, name }: StreamName, offered: OfferedProvider): Provision {
    const spec = { ...offered, app, name, displayKey: `${app}/${name}` };
    const provision = this.#provision(spec, () => {
      passTurn();
      this.#always.delete(provision);
    });
    this.#always.add(provision);
    // The plugin has an instance in each worker, and unless it knows better, one of them publishes.
    const turn = `${offered.plugin} ${app}/${name}`;
    let passTurn = (): void => {};
    const { elsewhere } = this.#services;
    if (elsewhere && offered.provider.begins !== 'at-once')
      passTurn = elsewhere.takeTurn(turn, () => provision.start());
    else provision.start();
    return provision;
  }

  /** Copies a stream of another worker, in place of what a plugin was about to provide. */
  startMirror(stream: StreamName & { readonly displayKey: string }, offered: OfferedProvider): void {
    const { app, name, displayKey } = stream;
    const key = `${app}/${name}`;
    const present = this.#onDemand.get(key);
    if (this.#closed || present?.isMirror) return;
    present?.end({ code: 'replaced', message: `${displayKey} has another publisher` });
    const provision = this.#provision({ ...offered, app, name, displayKey }, () => {
      if (this.#onDemand.get(key) === provision) this.#onDemand.delete(key);
    });
    this.#onDemand.set(key, provision);
    provision.start();
  }

  /** The provision that runs a publication. */
  provisionOf(publication: Publication): Provision | undefined {
    return this.#provisions.find((each) => each.publication === publication);
  }

  /** Ends those that a new config has no place for. */
  endWhere(unserved: (provision: Provision) => boolean, cause: EndCause): void {
    for (const provision of [...this.#onDemand.values(), ...this.#always])
      if (unserved(provision)) provision.end(cause);
  }

  close(cause: EndCause): void {
    this.#closed = true;
    this.#stopTicking();
    for (const provision of this.#provisions) provision.end(cause);
  }

  async #find(viewer: Session): Promise<OfferedProvider | 'waiting' | undefined> {
    const { findApp, hub, elsewhere } = this.#services;
    const found = (await elsewhere?.find(viewer)) ?? 'here';
    if (found !== 'here') return found;
    while (!this.#closed && !hub.find(viewer.key) && hub.waitingFor(viewer.key) > 0) {
      const offered = await findApp(viewer.app)?.hooks.streamMissing(viewer.request, viewer.secretNames);
      // A reload may have replaced the plugin before it answered: then its successor is asked.
      if (!offered?.owner.stopped) return offered;
    }
    return undefined;
  }

  #startOnDemand({ app, name, key, displayKey }: Session, offered: OfferedProvider): void {
    const { hub } = this.#services;
    if (this.#closed || hub.find(key) || hub.waitingFor(key) === 0) return;
    if (offered.provider.origin === 'mirror') return this.startMirror({ app, name, displayKey }, offered);
    const full = this.#denialIfFull();
    if (full) {
      this.#services.log.info({ plugin: offered.plugin }, `${displayKey} is not provided: ${full.reason}`);
      return this.#deny(key, full);
    }
    const provision = this.#provision({ ...offered, app, name, displayKey }, (failure) => {
      this.#onDemand.delete(key);
      if (failure) this.#failures.add(key, failure, this.#services.ticker.now());
    });
    this.#onDemand.set(key, provision);
    provision.start();
  }

  // A provider that has no stream yet will want one.
  #denialIfFull(): Denial | undefined {
    const { hub, maxStreams } = this.#services;
    const most = maxStreams();
    const starting = this.#provisions.filter(({ state, isMirror }) => state !== 'live' && !isMirror).length;
    const count = hub.streams.filter(({ origin }) => origin === 'local').length + starting;
    if (most === 0 || count < most) return undefined;
    return new Denial('limit', `the server carries or starts ${count} streams already (maxStreams)`);
  }

  #deny(key: string, denial: Denial): void {
    this.#failures.add(key, denial, this.#services.ticker.now());
    this.#services.hub.failWait(key, denial.reason);
  }

  get #provisions(): readonly Provision[] {
    return [...this.#onDemand.values(), ...this.#always];
  }

  #provision(
    spec: Omit<ProvisionSpec, 'sessionId' | 'clientId'>,
    onEnd: (failure: Denial | undefined) => void,
  ): Provision {
    const { identities } = this.#services;
    const ids = { sessionId: identities.nextId(), clientId: identities.nextId() };
    return new Provision({ ...spec, ...ids }, this.#services, onEnd);
  }

  // A stream that is fetched on demand ends after some time without viewers. A provision that has not started when a
  // publisher takes its name is not needed.
  #endUnwanted(now: number): void {
    const { hub, findApp } = this.#services;
    for (const [key, provision] of [...this.#onDemand]) {
      if (provision.state === 'starting' && hub.find(key) && !provision.isMirror) {
        provision.end({ code: 'replaced', message: `${provision.displayKey} has another publisher` });
        continue;
      }
      // A copy is for the viewers of this worker, a stream that lives here for those of all.
      const stream = hub.find(key);
      const viewers = provision.isMirror ? stream?.localViewerCount : stream?.viewerCount;
      const wanted = (viewers ?? 0) + hub.waitingFor(key) > 0;
      const limitMs = findApp(provision.app)?.options.idleProviderMs ?? 0;
      const idleMs = provision.idleMs(wanted, now);
      if (idleMs === undefined || idleMs < limitMs) continue;
      provision.end({ code: 'idle', message: `nobody watched for ${limitMs / 1000} s (idleProviderMs)` });
    }
  }
}
