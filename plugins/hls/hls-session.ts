// One viewer: many requests with one token, one session of core's for each time that it is active.
//
//                enter: the gates admit it
//   inactive ◀──────────────────────────────▶ active
//              leave: it requests nothing,      │
//              or another stream starts         │ the server closes its session
//                                               ▼
//                                             closed: its token is denied from now on
import {
  Denial,
  hostOf,
  networkOf,
  type AdmissionView,
  type Arrival,
  type ClientFacts,
  type EndCause,
  type Playback,
  type StreamTarget,
  type StreamView,
} from 'livego';

/** `returning`: it came with a token that is not ours, as an earlier run of the server gives them out. */
export type PlayerOrigin = 'new' | 'returning';

/** The request that a session starts with. */
export interface FirstRequest {
  readonly token: string;
  readonly player: PlayerOrigin;
  readonly client: ClientFacts;
  readonly target: StreamTarget;
}

interface StreamNames {
  readonly key: string;
  /** For logs and messages. */
  readonly displayKey: string;
}

interface Active {
  readonly is: 'active';
  readonly arrival: Arrival;
  readonly playback: Playback;
  /** It counts as a viewer of this stream. */
  watched: StreamView | undefined;
  sentBytes: number;
}

type State =
  | { readonly is: 'inactive' }
  | { readonly is: 'entering'; readonly arrival: Arrival; readonly answer: Promise<Denial | undefined> }
  | Active
  | { readonly is: 'closed'; readonly cause: EndCause };

const SILENT: EndCause = { code: 'left', message: 'the viewer requests nothing any more' };
const LEFT = new Denial('unavailable', 'the viewer has left');

/** A session that is inactive keeps no more of its request than this, in characters. */
const MAX_KEPT_BYTES = 512;

export class HlsSession {
  readonly player: PlayerOrigin;
  /** The network that it counts for. */
  readonly address: string;
  /** See RequestSession. */
  ownPath: string | undefined;
  /** Undefined while it is inactive, if it is too large to be kept. */
  #request: FirstRequest | undefined;
  readonly #admission: AdmissionView;
  #token: string;
  #state: State = { is: 'inactive' };
  #names: StreamNames | undefined;
  #lastSeen: number;

  /** @param now - monotonic milliseconds */
  constructor(request: FirstRequest, admission: AdmissionView, now: number) {
    this.#token = request.token;
    this.player = request.player;
    this.#request = request;
    this.address = networkOf(hostOf(request.client.remote));
    this.#admission = admission;
    this.#lastSeen = now;
  }

  get token(): string {
    return this.#token;
  }

  /** It outlives its first request. */
  giveToken(token: string): void {
    this.#token = token;
  }

  /** Key of the stream that it was admitted to; empty before that. */
  get key(): string {
    return this.#names?.key ?? '';
  }

  /** The stream's name for logs and messages. */
  get displayKey(): string {
    return this.#names?.displayKey ?? 'the stream';
  }

  get active(): boolean {
    return this.#state.is === 'active';
  }

  /** Why it cannot go on: its viewer has left, or the server has closed it. Undefined while it is active. */
  get denial(): Denial | undefined {
    if (this.#state.is === 'closed') return closedDenial(this.#state.cause);
    return this.#state.is === 'active' ? undefined : LEFT;
  }

  /** Its token is denied from now on. */
  get closed(): boolean {
    return this.#state.is === 'closed';
  }

  /** When it last requested something, in monotonic milliseconds. */
  get lastSeen(): number {
    return this.#lastSeen;
  }

  noteRequest(now: number): void {
    this.#lastSeen = now;
  }

  /** Whether the facts of a request have to be given before it enters again. */
  get lacksRequest(): boolean {
    return this.#request === undefined;
  }

  /** Its next entrance is asked for with this request. */
  describe(request: FirstRequest): void {
    this.#request = request;
  }

  /** Asks the gates, once for each time that it was inactive. Denies for good once its session was closed. */
  enter(): Promise<Denial | undefined> {
    const state = this.#state;
    if (state.is === 'closed') return Promise.resolve(closedDenial(state.cause));
    if (state.is === 'active') return Promise.resolve(undefined);
    if (state.is === 'entering') return state.answer;
    const request = this.#request;
    if (!request) return Promise.resolve(LEFT);
    const arrival = this.#admission.arrive(request.client);
    const answer = this.#askGates(arrival, request.target);
    this.#state = { is: 'entering', arrival, answer };
    return answer;
  }

  /** Waits for a publisher. */
  findStream(): Promise<StreamView | Denial> {
    return this.#state.is === 'active' ? this.#state.playback.findStream() : Promise.resolve(LEFT);
  }

  /** The denial that it would get as a viewer of the stream. */
  denialFor(stream: StreamView): Denial | undefined {
    return this.#state.is === 'active' ? this.#state.playback.denialFor(stream) : LEFT;
  }

  /** It counts as a viewer of the stream from now on. A full stream denies it. */
  countFor(stream: StreamView): Denial | undefined {
    const state = this.#state;
    if (state.is !== 'active' || state.watched) return undefined;
    const denial = state.playback.countViewer(stream, () => ({ sentBytes: state.sentBytes }));
    if (!denial) state.watched = stream;
    return denial;
  }

  /** The stream that it counts as a viewer of: an earlier one of the name, perhaps. */
  get watched(): StreamView | undefined {
    return this.#state.is === 'active' ? this.#state.watched : undefined;
  }

  countSent(bytes: number): void {
    if (this.#state.is === 'active') this.#state.sentBytes += bytes;
  }

  /** It is inactive from now on; its next request asks the gates again. */
  leave(cause: EndCause = SILENT): void {
    const state = this.#state;
    if (state.is !== 'entering' && state.is !== 'active') return;
    this.#state = { is: 'inactive' };
    if (this.#request && sizeOf(this.#request) > MAX_KEPT_BYTES) this.#request = undefined;
    state.arrival.leave(cause);
  }

  async #askGates(arrival: Arrival, target: StreamTarget): Promise<Denial | undefined> {
    const close = (cause: EndCause): void => this.#close(cause);
    const connection = await arrival.enter(target.app, target.query, close);
    const playback = connection instanceof Denial ? connection : await connection.play(target, close);
    const present = this.#state;
    const expected = present.is === 'entering' && present.arrival === arrival;
    if (expected && playback instanceof Denial) this.leave({ code: 'denied', message: playback.reason });
    if (playback instanceof Denial) return playback;
    if (!expected) return present.is === 'closed' ? closedDenial(present.cause) : LEFT;
    // Its name may be resolved to another stream than before.
    this.ownPath = undefined;
    this.#names = { key: playback.session.key, displayKey: playback.displayKey };
    this.#state = { is: 'active', arrival, playback, watched: undefined, sentBytes: 0 };
    return undefined;
  }

  #close(cause: EndCause): void {
    if (this.#state.is === 'closed') return;
    this.leave(cause);
    this.#state = { is: 'closed', cause };
  }
}

function sizeOf({ client, target }: FirstRequest): number {
  const { pageUrl = '', userAgent = '', authorization = '' } = client;
  const names = target.app.length + target.name.length;
  return names + pageUrl.length + userAgent.length + authorization.length + target.query.toString().length;
}

function closedDenial(cause: EndCause): Denial {
  return new Denial('forbidden', `this session was closed: ${cause.message}`);
}
