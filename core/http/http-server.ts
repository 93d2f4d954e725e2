// HTTP on connections that a shared listener accepted. Keeps its connections while plugins and routes change.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { endSocket } from '../net/end-socket.ts';
import { HttpConnection, type Answer } from './http-connection.ts';
import { HttpResponse } from './http-response.ts';
import type { HttpServices } from './http-services.ts';
import { lendFiles } from './files/open-files.ts';
import { endWithResponse } from './replies/reply.ts';
import type { Router } from './router.ts';

const MAX_HEADER_BYTES = 16 * 1024;
const MAX_LISTENERS = 32;

export class HttpServer {
  readonly #server: Server<typeof IncomingMessage, typeof HttpResponse>;
  readonly #services: HttpServices;
  readonly #connections = new Map<Duplex, HttpConnection>();
  #stopTicking: (() => void) | undefined;
  readonly #answer: Answer = (request, response) => this.#respond(request, response);
  #router: Router;
  #closing = false;

  constructor(router: Router, services: HttpServices) {
    this.#router = router;
    this.#services = services;
    this.#server = createServer(
      {
        noDelay: true,
        // The clock of HttpConnection has these limits: Node's own would count the time in which this process was stopped.
        headersTimeout: 0,
        requestTimeout: 0,
        keepAliveTimeout: 0,
        maxHeaderSize: MAX_HEADER_BYTES,
        ServerResponse: HttpResponse,
      },
      (request, response) => this.#take(request, response),
    );
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
    this.#server.on('clientError', rejectMalformed);
  }

  /** From now on these routes apply, also to requests on open connections. */
  use(router: Router): void {
    this.#router = router;
  }

  /** Takes over a connection: a TCP socket, or a TLS one after its handshake. */
  accept(socket: Duplex): void {
    const { ticker, waiting } = this.#services;
    this.#stopTicking ??= ticker.add((now) => this.#checkTimes(now));
    // The server, its connection object and the plugin that answers all listen to it.
    socket.setMaxListeners(MAX_LISTENERS);
    this.#server.emit('connection', socket);
    // Its listeners have to come after Node's.
    this.#connections.set(socket, new HttpConnection(socket, waiting, this.#answer, ticker.now()));
    socket.once('close', () => this.#forget(socket));
  }

  /** Closes idle keep-alive connections at once, and busy ones after the response that is under way. */
  close(): void {
    this.#closing = true;
    this.#server.close();
    for (const connection of this.#connections.values()) connection.finish();
  }

  #forget(socket: Duplex): void {
    this.#connections.delete(socket);
    if (this.#connections.size > 0) return;
    this.#stopTicking?.();
    this.#stopTicking = undefined;
  }

  #checkTimes(now: number): void {
    for (const connection of this.#connections.values()) connection.checkTime(now);
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    this.#connections.get(request.socket)?.take(response, this.#services.ticker.now());
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    if (this.#closing) response.shouldKeepAlive = false;
    // A plugin may write behind the end of a response, or go on reading a request that has broken off.
    request.on('error', ignoreBroken);
    response.on('error', ignoreBroken);
    lendFiles(request, this.#services.files);
    this.#router.answer(request, response);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const connection = this.#connections.get(socket);
    // A response is under way: what another protocol writes would get into it.
    if (connection && !connection.idle) return void socket.destroy();
    connection?.handOver();
    const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
    if (isWebSocket) this.#router.upgrade(request, socket, head);
    else this.#ignoreUpgrade(request, socket as Socket);
  }

  // A server may ignore an Upgrade header (RFC 9110 section 7.8): some clients offer HTTP/2 with every request. Node has
  // left the body unread by now, so a request with a body gets 400.
  #ignoreUpgrade(request: IncomingMessage, socket: Socket): void {
    const { headers } = request;
    if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined)
      return endWithResponse(socket, 400);
    const response = new HttpResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    // Node has let go of the connection: without these lines a response larger than its buffer would wait for ever, and a
    // viewer that disconnects would not be noticed.
    socket.on('drain', () => response.emit('drain'));
    socket.resume();
    response.once('finish', () => endSocket(socket));
    this.#respond(request, response);
  }
}

// What has happened is seen by the end of the connection.
function ignoreBroken(): void {}

const ERROR_STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function rejectMalformed({ code = '' }: NodeJS.ErrnoException, socket: Duplex): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  endWithResponse(socket, ERROR_STATUS[code] ?? 400);
}
