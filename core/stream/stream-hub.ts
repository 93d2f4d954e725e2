// All streams of a server, by key "app/name": their publishers, the viewers that wait for them, their end.
import type { EndCause } from '../end-cause.ts';
import { FlushScheduler } from '../delivery/merging/flush-scheduler.ts';
import type { Logger } from '../log/log.ts';
import type { AppOptions } from '../options/options.ts';
import { HeldBytes } from '../delivery/held-bytes.ts';
import { MediaMemory } from '../delivery/media-memory.ts';
import { after } from '../time/after.ts';
import type { Ticker } from '../time/ticker.ts';
import type { Publisher } from './publisher.ts';
import { Stream } from './stream.ts';
import type { StreamIdentity, StreamView } from './stream-view.ts';
import { Waiters } from './waiters.ts';

/** How long the viewers of a stream that moves to another worker wait for a copy, at least. */
const MOVE_MS = 3000;

/** Called synchronously: `streamStart` before the first packet, `streamStop` after the last. */
export interface StreamEvents {
  streamStart(stream: Stream): void;
  streamStop(stream: Stream, cause: EndCause): void;
  publishStart(stream: Stream, publisher: Publisher): void;
  publishStop(stream: Stream, publisher: Publisher, cause: EndCause): void;
}

export interface HubLimits {
  readonly maxStreams: number;
  readonly writeTimeoutMs: number;
}

/** The answer to a publisher's claim of a name. `ended`: the publisher itself has ended in the meantime. */
export type Claim = { readonly stream: Stream } | 'taken' | 'full' | 'application-full' | 'closing' | 'ended';

/** The reason why a wait ended without a stream. */
export interface WaitFailure {
  readonly failed: string;
}

/** Ends of publishers that did not want to stop, and are likely to try again. */
const BROKEN_OFF: ReadonlySet<EndCause['code']> = new Set(['left', 'failed', 'silent']);

export class StreamHub {
  readonly scheduler = new FlushScheduler();
  readonly memory = new MediaMemory();
  /** What waits for viewers of each stream, as it is counted. */
  readonly #queues = new Map<Stream, HeldBytes>();
  readonly #log: Logger;
  readonly #events: StreamEvents;
  readonly #streams = new Map<string, Stream>();
  readonly #waiters = new Map<string, Waiters<Stream | WaitFailure>>();
  readonly #endTimers = new Map<Stream, () => void>();
  readonly #stopTicking: () => void;
  #limits: HubLimits = { maxStreams: 0, writeTimeoutMs: 0 };
  #closing = false;

  constructor(log: Logger, ticker: Ticker, events: StreamEvents) {
    this.#log = log;
    this.#events = events;
    this.#stopTicking = ticker.add((now) => this.#everySecond(now));
  }

  get streams(): readonly Stream[] {
    return [...this.#streams.values()];
  }

  configure(limits: HubLimits): void {
    this.#limits = limits;
  }

  /** The stream of that key if it is live or may return. */
  find(key: string): Stream | undefined {
    return this.#streams.get(key);
  }

  /** The stream that a view shows; undefined once it has ended. */
  resolve(view: StreamView): Stream | undefined {
    const stream = this.#streams.get(view.key);
    return stream?.view === view ? stream : undefined;
  }

  /**
   * Gives the stream to a publisher. Asynchronous because the name may have to be claimed elsewhere: the caller's client
   * may have disconnected when it resolves.
   * @param duplicate - what happens if the name is being published
   */
  async claim(
    publisher: Publisher,
    identity: StreamIdentity,
    options: AppOptions,
    duplicate: AppOptions['duplicate'] = options.duplicate,
  ): Promise<Claim> {
    const key = `${identity.app}/${identity.name}`;
    // A publisher that has just disconnected, while its connection was left unread, must not block its successor.
    await this.#streams.get(key)?.reader?.refresh();
    if (this.#closing) return 'closing';
    if (publisher.ended) return 'ended';
    const present = this.#streams.get(key);
    // A mirror gives way to a publisher in this process: whoever claims the name has asked the other workers.
    const comesHere = present?.origin === 'mirror' && identity.origin === 'local';
    if (present?.publisher && duplicate === 'reject' && !comesHere) return 'taken';
    // The local publisher may return.
    if (present?.origin === 'local' && identity.origin === 'mirror') return 'taken';
    const full =
      present || identity.origin === 'mirror' ? undefined : this.#limitReached(identity.app, options);
    if (full) return full;
    if (present?.publisher) this.#replace(present, publisher);
    const stream = present ?? this.#create(identity, options);
    const startsHere = !present || present.origin !== identity.origin;
    if (present && startsHere) present.residence.moveHere(identity);
    this.#cancelEnd(stream);
    stream.begin(publisher);
    // After it began: a tap may ask for its publisher.
    if (startsHere) this.#events.streamStart(stream);
    this.#events.publishStart(stream, publisher);
    this.#waiters.get(key)?.wake(stream);
    return { stream };
  }

  /** A publisher stops. Its stream waits for it to return, then ends. Does nothing for one that has been replaced. */
  release(stream: Stream, publisher: Publisher, cause: EndCause): void {
    if (!stream.isPublishedBy(publisher)) return;
    // The original has been kept for its publisher already. A copy is kept if its worker is gone, or the publisher has moved.
    const isKept = stream.origin === 'local' || cause.code === 'failed' || cause.code === 'replaced';
    if (!isKept) return this.#end(stream, cause, cause);
    const keepMs = this.#closing ? 0 : keepMsAfter(cause, stream);
    if (keepMs === 0) return this.#end(stream, unpublished(cause), cause);
    stream.pause();
    this.#events.publishStop(stream, publisher, cause);
    // A tap may have brought the publisher back, or ended the stream.
    if (stream.state === 'paused') this.#endAfter(stream, keepMs, unpublished(cause));
  }

  /**
   * Another worker's publisher wants the name. Gives the stream up, unless a publisher has it and `duplicate` keeps it: its
   * publisher is closed, and viewers are kept for a copy of the new stream.
   */
  async giveUp(
    key: string,
    duplicate: AppOptions['duplicate'],
    newcomer: { readonly remote: string },
  ): Promise<'given' | 'taken'> {
    await this.#streams.get(key)?.reader?.refresh();
    const stream = this.#streams.get(key);
    if (stream?.origin !== 'local') return 'given';
    if (stream.publisher && duplicate === 'reject') return 'taken';
    this.#cancelEnd(stream);
    const cause: EndCause = { code: 'replaced', message: `replaced by ${newcomer.remote}` };
    const publisher = stream.pause();
    if (publisher) this.#events.publishStop(stream, publisher, cause);
    this.#events.streamStop(stream, cause);
    stream.residence.moveAway();
    publisher?.close(cause);
    // Not at once even without viewers here: copies are told of the move first.
    if (stream.state === 'paused') this.#endAfter(stream, keepMsAfterMove(stream), unpublished(cause));
    return 'given';
  }

  /** The original of a copy lives, and has sent nothing yet: viewers of the copy wait on. */
  keepWaiting(key: string): void {
    const stream = this.#streams.get(key);
    if (!stream || stream.origin !== 'mirror' || !this.#endTimers.has(stream)) return;
    this.#cancelEnd(stream);
    this.#endAfter(stream, keepMsAfterMove(stream), {
      code: 'unpublished',
      message: 'the publisher has disconnected',
    });
  }

  /** Resolves with the stream once it is live; with undefined after `timeoutMs` or when `signal` aborts. */
  waitFor(key: string, timeoutMs: number, signal: AbortSignal): Promise<Stream | WaitFailure | undefined> {
    const stream = this.#streams.get(key);
    if (stream) return Promise.resolve(stream);
    if (this.#closing) return Promise.resolve(undefined);
    const waiters = this.#waiters.get(key) ?? new Waiters();
    this.#waiters.set(key, waiters);
    return waiters.wait(timeoutMs, signal).finally(() => {
      if (waiters.size === 0 && this.#waiters.get(key) === waiters) this.#waiters.delete(key);
    });
  }

  /** Viewers that wait for a stream of that key. */
  waitingFor(key: string): number {
    return this.#waiters.get(key)?.size ?? 0;
  }

  /** Ends the wait for a stream that will not start. */
  failWait(key: string, reason: string): void {
    this.#waiters.get(key)?.wake({ failed: reason });
  }

  /** Ends every stream, and accepts no more publishers. */
  close(cause: EndCause): void {
    this.#closing = true;
    for (const waiters of [...this.#waiters.values()]) waiters.dismiss();
    for (const stream of this.streams) this.#end(stream, cause);
    this.scheduler.stop();
    this.#stopTicking();
  }

  // Copies of other workers' streams do not count.
  #limitReached(app: string, { maxStreamsPerApplication: most }: AppOptions): Claim | undefined {
    const { maxStreams } = this.#limits;
    if (maxStreams === 0 && most === 0) return undefined;
    const local = this.streams.filter(({ origin }) => origin === 'local');
    if (maxStreams > 0 && local.length >= maxStreams) return 'full';
    const ofApp = local.filter((stream) => stream.app === app).length;
    return most > 0 && ofApp >= most ? 'application-full' : undefined;
  }

  #endAfter(stream: Stream, ms: number, cause: EndCause): void {
    this.#endTimers.set(
      stream,
      after(ms, () => this.#end(stream, cause)),
    );
  }

  #create(identity: StreamIdentity, options: AppOptions): Stream {
    const stream = new Stream(identity, options, this.scheduler, this.#log);
    this.#streams.set(stream.key, stream);
    const hold = (change: number): number => this.memory.hold(stream.key, change);
    stream.gop.accountTo(hold);
    this.#queues.set(stream, new HeldBytes(hold));
    return stream;
  }

  #replace(stream: Stream, newcomer: Publisher): void {
    const present = stream.pause();
    if (!present) return;
    const message = `replaced by ${newcomer.remote} (duplicate: "replace")`;
    const cause: EndCause = { code: 'replaced', message };
    this.#events.publishStop(stream, present, cause);
    present.close(cause);
  }

  /** @param own - why its publisher stops, if that is what ends the stream */
  #end(stream: Stream, cause: EndCause, own?: EndCause): void {
    if (stream.state === 'ended') return;
    this.#cancelEnd(stream);
    this.#streams.delete(stream.key);
    const publisher = stream.end(cause);
    stream.gop.clear();
    this.#queues.get(stream)?.set(0);
    this.#queues.delete(stream);
    if (publisher) this.#events.publishStop(stream, publisher, own ?? cause);
    this.#events.streamStop(stream, cause);
    // A publisher that stops by itself is not closed.
    if (publisher && !own) publisher.close(cause);
  }

  #cancelEnd(stream: Stream): void {
    this.#endTimers.get(stream)?.();
    this.#endTimers.delete(stream);
  }

  #everySecond(now: number): void {
    for (const stream of this.#streams.values()) {
      const { writeTimeoutMs } = this.#limits;
      stream.everySecond(now, writeTimeoutMs, (bytes) => this.#queues.get(stream)?.set(bytes) ?? 0);
    }
  }
}

// Its publisher is in another worker. It is kept for its viewers here until a copy follows that, and as long as that lives.
function keepMsAfterMove({ localViewerCount, options }: Stream): number {
  return localViewerCount === 0 ? 0 : Math.max(MOVE_MS, options.keepAfterUnpublishMs);
}

function keepMsAfter(cause: EndCause, stream: Stream): number {
  if (stream.origin === 'mirror' && cause.code === 'replaced') return keepMsAfterMove(stream);
  const { keepAfterUnpublishMs, keepAfterDisconnectMs } = stream.options;
  // A stream that was started for its viewers and has none is not kept for them.
  if (cause.code === 'idle' || keepAfterUnpublishMs === 0) return 0;
  const brokeOff = BROKEN_OFF.has(cause.code) && !cause.deliberate;
  return brokeOff ? Math.max(keepAfterUnpublishMs, keepAfterDisconnectMs) : keepAfterUnpublishMs;
}

// Viewers see `unpublished`, except for shutdown and removal.
function unpublished(cause: EndCause): EndCause {
  if (cause.code === 'shutdown' || cause.code === 'removed') return cause;
  const why = cause.code === 'left' || cause.code === 'replaced' ? '' : `: ${cause.message}`;
  const end = { code: 'unpublished', message: `the publisher has disconnected${why}` } as const;
  return cause.deliberate ? { ...end, deliberate: true } : end;
}
