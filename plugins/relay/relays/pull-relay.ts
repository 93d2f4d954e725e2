// Fetches one stream and publishes it here.
//
//   connecting ──first packet──▶ the name is claimed, packets flow
//                                   │ the source is lost     ▲
//                                   ▼                        │ another connection
//                                viewers wait (keepViewersMs), or see the slate
//
import { after, type EndCause, type Publication, type StreamProvider } from 'livego';
import type { PacketInfo } from 'livego/media';
import { addQuery, type RelayAddress } from '../connections/address.ts';
import type { Failure } from '../connections/failure.ts';
import type { Link, LinkEvents } from '../connections/link.ts';
import { openSource } from '../connections/source.ts';
import { Relay, type RelayFigures, type RelayHost, type RelayPlace } from './relay.ts';
import { Slate } from './slate.ts';
import { SourceDelay } from './source-delay.ts';
import { addressesOf, type DemandSpec } from '../specs.ts';
import { writeVia } from '../loops/via.ts';

export interface PullRequest {
  readonly spec: DemandSpec;
  /** What the viewer that asked for the stream gives the source. */
  readonly query: URLSearchParams;
  /** Marks of the places that ask for the stream through this one. */
  readonly via: readonly string[];
}

export class PullRelay extends Relay {
  readonly kind = 'pull';
  readonly #request: PullRequest;
  readonly #addresses: readonly RelayAddress[];
  readonly #delay = new SourceDelay();
  #publication: Publication | undefined;
  #slate: Slate | undefined;
  #cancelWait = (): void => {};
  /** Packets have been written that the next ones do not continue. */
  #broken = false;
  #wasLive = false;
  #passTurn = (): void => {};
  #giveBack = (): void => {};

  constructor(place: RelayPlace, request: PullRequest, host: RelayHost, over: () => void) {
    super(place, host, over);
    this.#request = request;
    this.#addresses = addressesOf(request.spec.urls, place).map((each) => addQuery(each, request.query));
  }

  addresses(): readonly RelayAddress[] {
    return this.#addresses;
  }

  /** Publishes the stream for its viewers, when core asks for it. */
  get provider(): StreamProvider {
    return {
      begins: 'at-once',
      description: this.host.context.show(`relay from ${this.#addresses[0]?.label ?? 'nowhere'}`),
      start: (publication) => {
        this.#publication = publication;
        if (this.origin === 'demand') this.#begin();
      },
      stop: (cause) => this.#stopped(cause),
    };
  }

  /** Gives the place back when it ends. False: it has ended already. */
  hold(giveBack: () => void): boolean {
    this.#giveBack = giveBack;
    const isOver = this.redial.state.name === 'stopped';
    if (isOver) giveBack();
    return !isOver;
  }

  /** Each worker has a relay that is always kept up, and one of them connects. */
  override start(): void {
    const turn = `pull ${this.key} from ${this.#request.spec.urls.join(' ')}`;
    void this.host.exclusively(turn, () => this.#takeTurn());
  }

  obstacle(): Failure | undefined {
    const { publisher } = this.host.context.streams().find(({ key }) => key === this.key) ?? {};
    if (publisher === undefined || publisher.id === this.#publication?.session.id) return undefined;
    return {
      kind: 'rejected',
      message: `${this.displayKey} is published here by ${publisher.client.remote}`,
    };
  }

  open(address: RelayAddress, events: LinkEvents): Link {
    const { marks } = this.host;
    const via = writeVia([...this.#request.via, marks.of(this.key)]);
    const settings = this.linkSettings(address, this.host.findTrust(this.#request.spec), via);
    return openSource(settings, {
      ...events,
      packet: (info, timestamp, payload) => this.#write(info, timestamp, payload),
    });
  }

  protected begin(): void {
    this.#cancelWait();
    this.#slate?.stop();
    this.#slate = undefined;
    this.#wasLive = true;
    this.#delay.restart();
    this.#claim();
    if (this.#broken) this.#publication?.discontinuity();
    this.#broken = false;
  }

  protected interrupted(failure: Failure, round: 'complete' | 'incomplete'): 'retry' | 'stop' {
    const demand = this.origin === 'demand';
    // A source that said no will say so again; one that is away may be back before the viewers lose patience.
    const pointless = demand && !this.#wasLive && round === 'complete' && failure.kind !== 'unreachable';
    if (pointless && this.#slate === undefined) {
      this.#endPublication({ code: 'failed', message: failure.message });
      return 'stop';
    }
    if (this.#publication?.active && !this.#broken) this.#sourceIsAway();
    else this.#playSlate();
    return 'retry';
  }

  protected released(): void {
    this.#passTurn();
    this.#giveBack();
    this.#cancelWait();
    this.#slate?.stop();
    this.#slate = undefined;
    this.#endPublication({ code: 'unpublished', message: 'the relay was stopped', deliberate: true });
  }

  protected adopted(): void {
    if (this.#publication) this.host.context.adopt(this.#publication);
  }

  protected figures(): RelayFigures {
    const delayMs = this.redial.state.name === 'live' ? this.#delay.milliseconds : undefined;
    return { bytes: this.redial.receivedBytes, droppedPackets: 0, droppedBytes: 0, delayMs };
  }

  #takeTurn(): Promise<void> {
    if (this.redial.state.name === 'stopped') return Promise.resolve();
    const over = new Promise<void>((resolve) => (this.#passTurn = resolve));
    this.#begin();
    return over;
  }

  #begin(): void {
    super.start();
    this.#playSlate();
  }

  #write(info: PacketInfo, timestamp: number, payload: Buffer): void {
    this.#delay.note(this.now(), timestamp);
    this.#publication?.receive(info, timestamp, payload);
  }

  // The name of a relay that is always kept up is claimed with its first packet.
  #claim(): void {
    if (this.#publication !== undefined && !this.#publication.ended) return;
    this.host.context.provide({ app: this.app, name: this.name }, this.provider);
  }

  #sourceIsAway(): void {
    this.#broken = true;
    this.#publication?.pause();
    this.#playSlate();
    if (this.#slate !== undefined) return;
    const { keepViewersMs } = this.host.options;
    this.#cancelWait = after(keepViewersMs, () => this.#giveUp());
  }

  #giveUp(): void {
    const message = `the source has been away for ${this.host.options.keepViewersMs / 1000} s (keepViewersMs)`;
    this.#endPublication({ code: 'unpublished', message });
    if (this.origin === 'demand') this.stop();
  }

  // Core ends it: nobody watches, another publisher has the name, or the plugin stops.
  #stopped(cause: EndCause): void {
    this.#publication = undefined;
    this.#broken = false;
    this.#cancelWait();
    this.#slate?.stop();
    this.#slate = undefined;
    if (this.origin === 'demand') return this.stop();
    this.redial.interrupt({
      kind: 'rejected',
      message: `${this.displayKey} is not published here: ${cause.message}`,
    });
  }

  #endPublication(cause: EndCause): void {
    const publication = this.#publication;
    this.#publication = undefined;
    this.#broken = false;
    publication?.end(cause);
  }

  #playSlate(): void {
    const file = this.host.findSlate(this.#request.spec.fallback);
    if (file === undefined || this.#slate !== undefined || this.redial.state.name === 'live') return;
    if (this.obstacle() !== undefined) return;
    this.#claim();
    const publication = this.#publication;
    if (publication === undefined) return;
    if (this.#broken) publication.discontinuity();
    this.#broken = true;
    this.#slate = new Slate(file, publication);
    this.#slate.start();
  }
}
