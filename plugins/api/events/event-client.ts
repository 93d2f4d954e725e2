// A client that follows events: server-sent events over one response (WHATWG HTML, section 9.2).
import type { IncomingMessage, ServerResponse } from 'node:http';
import { onRequestEnd } from 'livego/http';
import type { EventKind, EventLog, LoggedEvent } from './event-log.ts';

/** A client for which more than this waits reads too slowly. It connects again, and gets what it has missed. */
const MAX_QUEUED_BYTES = 1024 * 1024;
const KEEP_ALIVE_MS = 15_000;
/** Browsers wait this long before they connect again. */
const RETRY_MS = 2000;

export class EventClient {
  readonly #response: ServerResponse;
  readonly #kinds: ReadonlySet<EventKind> | undefined;
  readonly #stop: () => void;
  #writtenAt: number;

  /**
   * Sends what came after `lastId`, and everything from now on.
   * @param kinds - undefined: all
   */
  constructor(
    { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
    log: EventLog,
    {
      kinds,
      lastId,
      now,
      ended,
    }: {
      readonly kinds: ReadonlySet<EventKind> | undefined;
      readonly lastId: string | undefined;
      readonly now: number;
      readonly ended: (client: EventClient) => void;
    },
  ) {
    this.#response = response;
    this.#kinds = kinds;
    this.#writtenAt = now;
    response.on('error', () => {});
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write(`retry: ${RETRY_MS}\n\n`);
    const missed = lastId === undefined ? [] : log.since(lastId);
    if (missed) for (const event of missed) this.#send(event);
    else
      response.write(
        `id: ${log.lastId}\nevent: gap\ndata: {"reason":"events were missed; read the lists again"}\n\n`,
      );
    this.#stop = log.follow((event) => this.#send(event));
    onRequestEnd(request, response, () => {
      this.#stop();
      ended(this);
    });
  }

  /** A comment from time to time shows proxies, and this server, that the connection lives. */
  tick(now: number): void {
    if (now - this.#writtenAt < KEEP_ALIVE_MS) return;
    this.#writtenAt = now;
    this.#write(':\n\n');
  }

  end(): void {
    this.#stop();
    this.#response.end();
  }

  #send({ id, kind, type, data }: LoggedEvent): void {
    if (!this.#kinds || this.#kinds.has(kind)) this.#write(`id: ${id}\nevent: ${type}\ndata: ${data}\n\n`);
  }

  #write(text: string): void {
    if (this.#response.destroyed) return;
    this.#response.write(text);
    if (this.#response.writableLength > MAX_QUEUED_BYTES) this.#response.destroy();
  }
}
