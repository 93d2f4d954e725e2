// A client that follows events: server-sent events over one response (WHATWG HTML, section 9.2).
import type { IncomingMessage, ServerResponse } from 'node:http';
import { onRequestEnd } from 'livego/http';
import type { EventKind, LoggedEvent } from './event-log.ts';
import { formatPositions, type Positions } from './positions.ts';

/** A client for which more than this waits reads too slowly. It connects again, and gets what it has missed. */
const MAX_QUEUED_BYTES = 1024 * 1024;
/** More is not put together for one write. */
const MAX_WRITE_CHARACTERS = 64 * 1024;
/** So many events may come before a client is told what it has missed. */
const MAX_EARLY = 1000;
const KEEP_ALIVE_MS = 15_000;
/** Browsers wait this long before they connect again. */
const RETRY_MS = 2000;

export interface EventClientSettings {
  /** Undefined: all. */
  readonly kinds: ReadonlySet<EventKind> | undefined;
  readonly now: number;
  readonly ended: (client: EventClient) => void;
  /** It has something to be written, by `flush`. */
  readonly filled: (client: EventClient) => void;
}

export class EventClient {
  readonly #response: ServerResponse;
  readonly #kinds: ReadonlySet<EventKind> | undefined;
  readonly #filled: () => void;
  /** What happens in one turn of the event loop is written at once. */
  #waiting = '';
  readonly #positions = new Map<string, number>();
  /** Events that come before it is known which were missed. */
  #early: LoggedEvent[] | undefined = [];
  #writtenAt: number;

  constructor(
    { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
    { kinds, now, ended, filled }: EventClientSettings,
  ) {
    this.#response = response;
    this.#kinds = kinds;
    this.#filled = () => filled(this);
    this.#writtenAt = now;
    response.on('error', () => {});
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write(`retry: ${RETRY_MS}\n\n`);
    onRequestEnd(request, response, () => ended(this));
  }

  /**
   * Sends what it has missed, and from now on everything that comes behind `positions`.
   * @param missed - the events up to there; undefined: some of them are no longer known
   */
  begin(positions: Positions, missed: readonly LoggedEvent[] | undefined): void {
    for (const [run, number] of positions) this.#positions.set(run, number);
    for (const { run, number } of (missed ?? []).toReversed()) this.#positions.set(run, number - 1);
    const early = this.#early ?? [];
    this.#early = undefined;
    if (!missed) this.tellGap();
    for (const event of [...(missed ?? []), ...early]) this.receive(event);
  }

  receive(event: LoggedEvent): void {
    if (this.#early) return this.#keepEarly(event, this.#early);
    if (event.number <= (this.#positions.get(event.run) ?? 0)) return;
    this.#positions.set(event.run, event.number);
    this.#send(event);
  }

  tellGap(): void {
    this.#writeEvent('gap', '{"reason":"events were missed; read the lists again"}');
  }

  /** Events of that run come no more: its worker has ended. */
  forget(run: string): void {
    this.#positions.delete(run);
  }

  /** A comment from time to time shows proxies, and this server, that the connection lives. */
  tick(now: number): void {
    if (now - this.#writtenAt < KEEP_ALIVE_MS) return;
    this.#writtenAt = now;
    this.#write(':\n\n');
  }

  /** Writes what waits. */
  flush(): void {
    const text = this.#waiting;
    this.#waiting = '';
    if (text === '' || this.#response.destroyed) return;
    this.#response.write(text);
    if (this.#response.writableLength > MAX_QUEUED_BYTES) this.#response.destroy();
  }

  end(): void {
    this.flush();
    this.#response.end();
  }

  #keepEarly(event: LoggedEvent, early: LoggedEvent[]): void {
    if (early.push(event) > MAX_EARLY) this.#response.destroy();
  }

  #send({ kind, type, data }: LoggedEvent): void {
    if (!this.#kinds || this.#kinds.has(kind)) this.#writeEvent(type, data);
  }

  #writeEvent(type: string, data: string): void {
    this.#write(`id: ${formatPositions(this.#positions)}\nevent: ${type}\ndata: ${data}\n\n`);
  }

  #write(text: string): void {
    if (this.#response.destroyed) return;
    if (this.#waiting === '') this.#filled();
    this.#waiting += text;
    if (this.#waiting.length > MAX_WRITE_CHARACTERS) this.flush();
  }
}
