// HTTP on connections that a shared listener accepted. Keeps its connections while plugins and routes change.
import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { endSocket } from '../net/end-socket.ts';
import { endWithResponse } from './reply.ts';
import type { Router } from './router.ts';

const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;
const MAX_HEADER_BYTES = 16 * 1024;

export class HttpServer {
  readonly #server: Server;
  #router: Router;
  #closing = false;

  constructor(router: Router) {
    this.#router = router;
    this.#server = createServer(
      {
        noDelay: true,
        headersTimeout: HEADERS_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        maxHeaderSize: MAX_HEADER_BYTES,
      },
      (request, response) => this.#respond(request, response),
    );
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
    this.#server.on('clientError', rejectMalformed);
    // The server never listens itself, but this event starts its check for slow requests.
    this.#server.emit('listening');
  }

  /** From now on these routes apply, also to requests on open connections. */
  use(router: Router): void {
    this.#router = router;
  }

  /** Takes over a connection: a TCP socket, or a TLS one after its handshake. */
  accept(socket: Duplex): void {
    // Each of any number of pipelined requests listens to its connection.
    socket.setMaxListeners(0);
    this.#server.emit('connection', socket);
  }

  /** Closes idle keep-alive connections at once, and busy ones after the response that is under way. */
  close(): void {
    this.#closing = true;
    this.#server.keepAliveTimeout = 1;
    this.#server.close();
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    if (this.#closing) response.shouldKeepAlive = false;
    this.#router.handle(request, response);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
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
    const response = new ServerResponse(request);
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

const ERROR_STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function rejectMalformed({ code = '' }: NodeJS.ErrnoException, socket: Duplex): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  endWithResponse(socket, ERROR_STATUS[code] ?? 400);
}
