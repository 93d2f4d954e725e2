// One viewer: many requests with one token, one session. Asleep while it asks for nothing; let in again when it does.
import { Denial } from '../../core/session/denial.ts';
import type { Admission } from '../../core/session/admission.ts';
import type { Playback } from '../../core/session/playback.ts';
import type { EndCause, StreamRequest } from '../../core/session/session.ts';
import type { Stream } from '../../core/stream/stream.ts';

const GONE: EndCause = { code: 'left', message: 'the viewer asks for nothing any more' };

export class HlsSession {
  readonly token: string;
  /** 'again': the token was given by an earlier run of the server. */
  readonly comes: 'first' | 'again';
  /** Monotonic milliseconds. */
  lastSeen: number;
  readonly #admission: Admission;
  readonly #request: StreamRequest;
  #playback: Playback | undefined;
  #entering: Promise<Denial | undefined> | undefined;
  #attended: Stream | undefined;
  #closed: EndCause | undefined;
  #key = '';
  #sentBytes = 0;

  constructor(
    token: string,
    comes: 'first' | 'again',
    request: StreamRequest,
    admission: Admission,
    now: number,
  ) {
    this.token = token;
    this.comes = comes;
    this.lastSeen = now;
    this.#request = request;
    this.#admission = admission;
  }

  /** Key of the stream that it was let in to. */
  get key(): string {
    return this.#key;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  get playback(): Playback | undefined {
    return this.#playback;
  }

  /** Whether it has a session at present. */
  get awake(): boolean {
    return this.#playback !== undefined;
  }

  /** Whether `enter` would have to wait for gates. */
  get admitted(): boolean {
    return this.#playback !== undefined && this.#closed === undefined;
  }

  /** Asks the gates, once for each time it was away. Denies for good once its session was closed. */
  enter(): Promise<Denial | undefined> {
    if (this.#closed) return Promise.resolve(closedDenial(this.#closed));
    if (this.#playback) return Promise.resolve(undefined);
    this.#entering ??= this.#askGates().finally(() => (this.#entering = undefined));
    return this.#entering;
  }

  /** Counts as a viewer of the stream from now on. A full stream refuses. */
  attend(stream: Stream): Denial | undefined {
    if (this.#attended || !this.#playback) return undefined;
    const counters = () => ({
      sentBytes: this.#sentBytes,
      queuedBytes: 0,
      droppedPackets: 0,
      droppedBytes: 0,
      lags: 0,
    });
    const denial = this.#playback.attend(stream, counters);
    if (!denial) this.#attended = stream;
    return denial;
  }

  /** Whether it counts as a viewer of an earlier stream of the name. */
  attendsOther(stream: Stream): boolean {
    return this.#attended !== undefined && this.#attended !== stream;
  }

  countSent(bytes: number): void {
    this.#sentBytes += bytes;
  }

  /** Ends its session; the next request begins another. */
  leave(cause: EndCause = GONE): void {
    this.#playback?.stop(cause);
    this.#playback = undefined;
    this.#attended = undefined;
    this.#sentBytes = 0;
  }

  async #askGates(): Promise<Denial | undefined> {
    const { client, app, query } = this.#request;
    const refused = await this.#admission.connect({ client, app, query });
    if (refused) return refused;
    const playback = await this.#admission.play(this.#request, (cause) => this.#close(cause));
    if (playback instanceof Denial) return playback;
    this.#playback = playback;
    this.#key = playback.session.key;
    return undefined;
  }

  // The server ends the session: its token opens nothing any more.
  #close(cause: EndCause): void {
    this.#closed = cause;
    this.leave(cause);
  }
}

function closedDenial(cause: EndCause): Denial {
  return new Denial('forbidden', `this session was closed: ${cause.message}`);
}
