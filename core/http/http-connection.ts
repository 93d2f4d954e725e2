// One HTTP connection. Its requests are answered one after another, and it is not read while a request waits: a client
// that sends many requests and reads no response costs no more than one read of its connection.
//
//          request                 the response has been sent, nothing waits
//   idle ───────────▶ answering ──────────────────────────────────────────────▶ idle
//                      │     ▲
//                      ▼     │ the response has been sent: the next one, in a later turn of the loop
//                    requests wait; the connection is paused
//
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { endSocket } from '../net/end-socket.ts';
import { endWithResponse } from './replies/reply.ts';
import type { WaitingRequests } from './waiting-requests.ts';

/** From the first byte of a request, or from the connection, to the end of its headers. */
const HEADERS_TIMEOUT_MS = 10_000;
/** Between two requests. */
export const KEEP_ALIVE_MS = 30_000;
/** For the body of a request. */
export const BODY_TIMEOUT_MS = 300_000;

/** A client that sends more requests behind a stream is not read any more. A write then shows when it has left. */
const MAX_NEVER_ANSWERED = 64;

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export class HttpConnection {
  readonly #socket: Duplex;
  readonly #total: WaitingRequests;
  readonly #answerCurrent: () => void;
  readonly #endCurrent: () => void;
  readonly #waiting: ServerResponse[] = [];
  #current: ServerResponse | undefined;
  /** When the present wait began: for a request, for the rest of its headers, for its body. */
  #since: number;
  #limitMs = HEADERS_TIMEOUT_MS;
  /** Bytes that had been read when the connection became idle. */
  #readBefore: number;
  #closed = false;
  /** What has arrived is left in the system. */
  #unread = false;
  /** Requests behind the last response. Node keeps each of them until the connection closes. */
  readonly #neverAnswered: IncomingMessage[] = [];
  /** Nothing is answered after the present response. */
  #last = false;

  /** @param total - counts the requests that wait on all connections of the server */
  constructor(socket: Duplex, total: WaitingRequests, answer: Answer, now: number) {
    this.#socket = socket;
    this.#total = total;
    this.#since = now;
    this.#readBefore = this.#bytesRead;
    // Made once for all requests.
    this.#answerCurrent = () => {
      const response = this.#current!;
      if (!this.#closed && !socket.destroyed) answer(response.req, response);
    };
    this.#endCurrent = () => this.#end();
    socket.prependOnceListener('close', () => this.#release());
    // Node resumes a connection after each request and response, in a later tick.
    socket.on('resume', () => {
      if (this.#unread) this.#stopReading();
    });
  }

  /** Nothing is being answered, and nothing waits. */
  get idle(): boolean {
    return this.#current === undefined;
  }

  /** Closes it at once, or after the response that is under way. */
  finish(): void {
    this.#last = true;
    const current = this.#current;
    if (current && !current.headersSent) current.shouldKeepAlive = false;
    if (!this.#closed && this.idle && this.#bytesRead === this.#readBefore) this.#socket.destroy();
  }

  take(response: ServerResponse, now: number): void {
    if (this.#closed) return this.#stopReading();
    if (!this.#current) return this.#begin(response, now);
    if (this.#isLast) {
      this.#neverAnswered.push(response.req);
      return this.#stopReading();
    }
    if (!this.#total.add()) return void this.#socket.destroy();
    this.#waiting.push(response);
    this.#stopReading();
  }

  /** Another protocol takes the connection over. */
  handOver(): void {
    this.#closed = true;
  }

  /** Ends a connection on which a request is too slow, or none comes. Called about once a second. */
  checkTime(now: number): void {
    if (this.#closed) return;
    // What waits behind the last response is never answered. Reading on a little now and then shows when the client leaves.
    if (this.#isLast) {
      this.#neverAnswered.push(...this.#dropWaiting());
      if (this.#neverAnswered.length <= MAX_NEVER_ANSWERED) this.#readOn();
    }
    if (!this.#current && this.#limitMs !== HEADERS_TIMEOUT_MS && this.#bytesRead !== this.#readBefore)
      this.#wait(now, HEADERS_TIMEOUT_MS);
    else if (this.#current?.req.complete) this.#since = now;
    if (now - this.#since < this.#limitMs) return;
    this.#closed = true;
    if (this.#limitMs === KEEP_ALIVE_MS) return endSocket(this.#socket);
    if (this.#current?.headersSent) return void this.#socket.destroy();
    endWithResponse(this.#socket, 408);
  }

  #begin(response: ServerResponse, now: number): void {
    this.#current = response;
    this.#wait(now, BODY_TIMEOUT_MS);
    response.on('close', this.#endCurrent);
    this.#total.turns.run(this.#answerCurrent);
  }

  /** Node closes each response once, and only the current one is observed. */
  #end(): void {
    if (this.#closed) return;
    // The limit of the response (write-timeout.ts).
    const socket = this.#socket;
    if (socket instanceof Socket && socket.timeout) socket.setTimeout(0);
    if (this.#last) return endSocket(this.#socket);
    const next = this.#waiting.shift();
    // In a later turn: answers that are ready at once would otherwise hold up everybody else.
    if (next) return this.#total.turns.runLater(() => this.#proceed(next));
    this.#current = undefined;
    this.#wait(this.#since, KEEP_ALIVE_MS);
    this.#readBefore = this.#bytesRead;
  }

  #proceed(next: ServerResponse): void {
    this.#total.remove();
    if (this.#closed || this.#socket.destroyed) return;
    if (this.#waiting.length === 0) this.#readOn();
    this.#begin(next, this.#since);
  }

  #wait(since: number, limitMs: number): void {
    this.#since = since;
    this.#limitMs = limitMs;
  }

  /** The connection ends with the present response, as with a stream's. */
  get #isLast(): boolean {
    const current = this.#current;
    return current !== undefined && current.headersSent && !current.shouldKeepAlive;
  }

  // Where `pause` does nothing because the stream is paused already, only the event makes Node stop reading.
  #stopReading(): void {
    this.#unread = true;
    this.#socket.pause();
    this.#socket.emit('pause');
  }

  #readOn(): void {
    this.#unread = false;
    this.#socket.resume();
  }

  #release(): void {
    this.#closed = true;
    // Before Node does it: its error for each of them, with a stack, costs ten times as much as they do.
    for (const request of [...this.#dropWaiting(), ...this.#neverAnswered]) request.destroy();
  }

  #dropWaiting(): IncomingMessage[] {
    const dropped = this.#waiting.splice(0);
    for (let left = dropped.length; left > 0; left--) this.#total.remove();
    return dropped.map(({ req }) => req);
  }

  get #bytesRead(): number {
    return (this.#socket as { readonly bytesRead?: number }).bytesRead ?? 0;
  }
}
