// A viewer whose session another worker has: one of its connections has reached this worker.
import type { Denial, StreamView, WorkerNumber } from 'livego';
import type { PlayerOrigin } from '../hls-session.ts';

/** What the worker that has a session tells of it. */
export interface SessionFacts {
  readonly key: string;
  readonly displayKey: string;
  readonly player: PlayerOrigin;
}

/** A session as requests for playlists and files use it. */
export interface RequestSession extends SessionFacts {
  /** The stream that it counts as a viewer of, in this worker. */
  readonly watched: StreamView | undefined;
  /** The path that its requests have had, as received, where that names its own stream. */
  ownPath: string | undefined;
  noteRequest(now: number): void;
  /** Waits for a publisher. */
  findStream(): Promise<StreamView | Denial>;
  /** It counts as a viewer of the stream from now on. A full stream denies it. */
  countFor(stream: StreamView): Denial | undefined;
  countSent(bytes: number): void;
}

export class GuestSession implements RequestSession {
  readonly home: WorkerNumber;
  readonly token: string;
  readonly key: string;
  readonly displayKey: string;
  readonly player: PlayerOrigin;
  /** When its worker has told of it, in monotonic milliseconds. */
  readonly toldAt: number;
  ownPath: string | undefined;
  readonly #notFound: Denial;
  #requests = 0;
  #sentBytes = 0;

  constructor(
    token: string,
    home: WorkerNumber,
    { key, displayKey, player }: SessionFacts,
    { toldAt, notFound }: { readonly toldAt: number; readonly notFound: Denial },
  ) {
    this.token = token;
    this.home = home;
    this.key = key;
    this.displayKey = displayKey;
    this.player = player;
    this.toldAt = toldAt;
    this.#notFound = notFound;
  }

  /** It counts as a viewer where its session is. */
  get watched(): undefined {
    return undefined;
  }

  noteRequest(): void {
    this.#requests++;
  }

  findStream(): Promise<Denial> {
    return Promise.resolve(this.#notFound);
  }

  countFor(): undefined {
    return undefined;
  }

  countSent(bytes: number): void {
    this.#sentBytes += bytes;
  }

  /** What its worker has not been told of yet; undefined if nothing. */
  takeActivity(): { readonly token: string; readonly sentBytes: number } | undefined {
    if (this.#requests === 0) return undefined;
    const activity = { token: this.token, sentBytes: this.#sentBytes };
    this.#requests = 0;
    this.#sentBytes = 0;
    return activity;
  }
}
