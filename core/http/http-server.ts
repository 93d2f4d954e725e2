// HTTP on connections that a shared listener accepted. Keeps its connections while plugins and routes change.
import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
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
      (request, response) => this.handle(request, response),
    );
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
    this.#server.on('clientError', answerMalformed);
    // The server never listens itself, yet its watch over slow requests begins with this event.
    this.#server.emit('listening');
  }

  /** From now on requests, also on connections that are open, meet these routes. */
  use(router: Router): void {
    this.#router = router;
  }

  /** Takes over a connection: a TCP socket, or a TLS one after its handshake. */
  accept(socket: Duplex): void {
    this.#server.emit('connection', socket);
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    if (this.#closing) response.shouldKeepAlive = false;
    this.#router.handle(request, response);
  }

  /** Closes idle keep-alive connections; those with a request under way finish it and are closed then. */
  close(): void {
    this.#closing = true;
    this.#server.keepAliveTimeout = 1;
    this.#server.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    if (request.headers.upgrade?.toLowerCase() === 'h2c')
      return this.#declineHttp2(request, socket as Socket);
    this.#router.upgrade(request, socket, head);
  }

  // Some clients offer HTTP/2 with whatever they ask; a server without it answers by HTTP/1.1 (RFC 7540 section 3.2).
  // Node has left the body unread by now, so a request that has one is answered 400.
  #declineHttp2(request: IncomingMessage, socket: Socket): void {
    if (
      request.headers['content-length'] !== undefined ||
      request.headers['transfer-encoding'] !== undefined
    ) {
      return void socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    }
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once('finish', () => socket.end());
    this.handle(request, response);
  }
}

function answerMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
