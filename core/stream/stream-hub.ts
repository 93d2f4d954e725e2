// All streams of a server, by key "app/name": who publishes them, who waits for them, when they end.
import { Denial } from '../session/denial.ts';
import type { Logger } from '../log.ts';
import type { AppOptions } from '../options.ts';
import type { Ticker } from '../ticker.ts';
import { FlushScheduler } from '../delivery/flush-scheduler.ts';
import { Publication } from '../session/publication.ts';
import { PacedReaders } from '../intake/paced-reader.ts';
import type { EndCause, Session } from '../session/session.ts';
import { Stream } from './stream.ts';

/** Told synchronously, before the first packet and after the last. */
export interface StreamEvents {
  streamStart(stream: Stream): void;
  streamStop(stream: Stream, cause: EndCause): void;
}

export interface HubLimits {
  readonly maxStreams: number;
  readonly writeTimeoutMs: number;
}

type Waiter = (stream: Stream | undefined) => void;

export class StreamHub {
  readonly scheduler = new FlushScheduler();
  readonly #turns = new PacedReaders();
  readonly #log: Logger;
  readonly #events: StreamEvents;
  readonly #streams = new Map<string, Stream>();
  readonly #sessions = new Map<string, Session>();
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #endTimers = new Map<Stream, NodeJS.Timeout>();
  readonly #stopTicking: () => void;
  #limits: HubLimits = { maxStreams: 0, writeTimeoutMs: 0 };
  #closing = false;

  constructor(log: Logger, ticker: Ticker, events: StreamEvents) {
    this.#log = log;
    this.#events = events;
    this.#stopTicking = ticker.add((now) => this.#closeStalled(now));
  }

  get streams(): readonly Stream[] {
    return [...this.#streams.values()];
  }

  /** Publishers and viewers of every protocol, by id. */
  get sessions(): ReadonlyMap<string, Session> {
    return this.#sessions;
  }

  configure(limits: HubLimits): void {
    this.#limits = limits;
  }

  /** The stream of that key if it is live or may return. */
  find(key: string): Stream | undefined {
    return this.#streams.get(key);
  }

  /**
   * Gives the stream to a publisher. Asynchronous because a name may have to be asked for elsewhere: the caller must
   * be prepared to have lost its client when the answer comes.
   */
  async claim(session: Session, options: AppOptions): Promise<Publication | Denial> {
    // A publisher that has just gone, while its connection was left alone, must not keep its successor out.
    await this.#streams.get(session.key)?.reading?.refresh();
    if (this.#closing) return new Denial('unavailable', 'the server is shutting down');
    const present = this.#streams.get(session.key);
    if (present?.publisher) {
      if (options.duplicate === 'reject')
        return new Denial('duplicate', `${session.key} is already published`);
      this.#replace(present, present.publisher, session);
    }
    if (!present) {
      const { maxStreams } = this.#limits;
      if (maxStreams > 0 && this.#streams.size >= maxStreams) {
        return new Denial('limit', `the server carries ${maxStreams} streams already (maxStreams)`);
      }
    }
    const stream = present ?? this.#create(session, options);
    this.#cancelEnd(stream);
    this.#sessions.set(session.id, session);
    stream.begin(session);
    // After it began: whoever is told may ask who publishes.
    if (!present) this.#events.streamStart(stream);
    this.#wake(session.key, stream);
    return new Publication(stream, session, this.#turns, (publication, cause) =>
      this.#release(publication, cause),
    );
  }

  addViewer(session: Session): void {
    this.#sessions.set(session.id, session);
  }

  removeViewer(session: Session): void {
    this.#sessions.delete(session.id);
  }

  /** Resolves with the stream once it is live, or with undefined after `timeoutMs` or when `signal` is aborted. */
  waitFor(key: string, timeoutMs: number, signal: AbortSignal): Promise<Stream | undefined> {
    const stream = this.#streams.get(key);
    if (stream) return Promise.resolve(stream);
    if (timeoutMs === 0 || signal.aborted || this.#closing) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(key) ?? new Set();
      this.#waiters.set(key, waiters);
      const settle: Waiter = (found) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', give);
        waiters.delete(settle);
        if (waiters.size === 0 && this.#waiters.get(key) === waiters) this.#waiters.delete(key);
        resolve(found);
      };
      const give = (): void => settle(undefined);
      const timer = setTimeout(give, timeoutMs);
      signal.addEventListener('abort', give);
      waiters.add(settle);
    });
  }

  /** Ends every stream and every session, and takes nobody any more. */
  close(cause: EndCause): void {
    this.#closing = true;
    for (const waiters of [...this.#waiters.values()]) for (const settle of [...waiters]) settle(undefined);
    for (const stream of this.streams) {
      const { publisher } = stream;
      this.#end(stream, cause);
      if (publisher) this.#closeSession(publisher, cause);
    }
    for (const session of [...this.#sessions.values()]) this.#closeSession(session, cause);
    this.#sessions.clear();
    this.scheduler.stop();
    this.#turns.stop();
    this.#stopTicking();
  }

  #create(session: Session, options: AppOptions): Stream {
    const { app, name } = session.request;
    const stream = new Stream(app, name, options, this.scheduler, this.#log);
    this.#streams.set(stream.key, stream);
    return stream;
  }

  #replace(stream: Stream, present: Session, newcomer: Session): void {
    this.#sessions.delete(present.id);
    stream.pause();
    const message = `replaced by ${newcomer.client.remote} (duplicate: "replace")`;
    this.#closeSession(present, { code: 'replaced', message });
  }

  // A session is closed by its protocol; one that throws must not keep the others open.
  #closeSession(session: Session, cause: EndCause): void {
    try {
      session.close(cause);
    } catch (error) {
      this.#log.error({ err: error, session: session.id }, 'a session could not be closed');
    }
  }

  #release(publication: Publication, cause: EndCause): void {
    const { stream, session } = publication;
    this.#sessions.delete(session.id);
    if (!publication.active) return;
    const keepMs = this.#closing ? 0 : stream.options.keepAfterUnpublishMs;
    if (keepMs === 0) return this.#end(stream, unpublished(cause));
    stream.pause();
    this.#endTimers.set(
      stream,
      setTimeout(() => this.#end(stream, unpublished(cause)), keepMs),
    );
  }

  #end(stream: Stream, cause: EndCause): void {
    if (stream.state === 'ended') return;
    this.#cancelEnd(stream);
    this.#streams.delete(stream.key);
    this.#events.streamStop(stream, cause);
    stream.end(cause);
  }

  #cancelEnd(stream: Stream): void {
    clearTimeout(this.#endTimers.get(stream));
    this.#endTimers.delete(stream);
  }

  #wake(key: string, stream: Stream): void {
    for (const settle of [...(this.#waiters.get(key) ?? [])]) settle(stream);
  }

  #closeStalled(now: number): void {
    for (const stream of this.#streams.values()) stream.closeStalledViewers(now, this.#limits.writeTimeoutMs);
  }
}

// What happened to the publisher's session did not happen to its viewers; only what ends both is theirs as well.
function unpublished(cause: EndCause): EndCause {
  if (cause.code === 'shutdown' || cause.code === 'removed') return cause;
  const why = cause.code === 'left' ? '' : `: ${cause.message}`;
  const end = { code: 'unpublished', message: `the publisher has gone${why}` } as const;
  return cause.deliberate ? { ...end, deliberate: true } : end;
}
