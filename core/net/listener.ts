// One listening socket. It outlives the plugins that use it: a reload swaps the handler, never the port.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { callPlugin } from '../call-plugin.ts';
import type { LivegoError } from '../errors.ts';
import { livegoError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { formatAddress, type ListenAddress } from './address.ts';

/** Takes over a connection. Replaced as a whole, in one assignment, when a config is applied. */
export type SocketHandler = (socket: Socket) => void;

/** Connections that arrive while a new listener is staged wait for the commit. Beyond this number they are cut off. */
const MAX_STAGED_CONNECTIONS = 128;

/** "No PROXY header" is logged at most this often. */
const BAD_HEADER_LOG_INTERVAL_MS = 10_000;

const KEEP_ALIVE_DELAY_MS = 60_000;
const BACKLOG = 4096;

export class Listener {
  readonly address: ListenAddress;
  readonly server: Server;
  readonly #log: Logger;
  readonly #staged: Socket[] = [];
  #handler: SocketHandler | undefined;
  #failedHandshakeAt = Number.NEGATIVE_INFINITY;
  #failedHandshakes = 0;
  #badHeaderAt = -Infinity;

  /** @param onConnection - gets each connection before it is accepted */
  constructor(
    address: ListenAddress,
    log: Logger,
    onConnection: (listener: Listener, socket: Socket) => void,
  ) {
    this.address = address;
    this.#log = log;
    const keepAlive = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS };
    this.server = createServer({ noDelay: true, ...keepAlive });
    this.server.on('connection', (socket) => onConnection(this, socket));
  }

  /** The port in use, also when the system chose it. */
  get port(): number {
    return (this.server.address() as AddressInfo | null)?.port ?? this.address.port;
  }

  /** Whether a config that is or was current uses it. Otherwise it is being staged. */
  get inUse(): boolean {
    return this.#handler !== undefined;
  }

  /** Rejects with the system's error. */
  open(): Promise<void> {
    const { host, port, fd } = this.address;
    const where = fd === undefined ? { port, ...(host !== undefined && { host }) } : { fd };
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ ...where, backlog: BACKLOG }, () => {
        this.server.removeListener('error', reject);
        resolve();
      });
    });
  }

  /** From now on connections go to `handler`, also those that arrived while the config was staged. */
  use(handler: SocketHandler): void {
    this.#handler = handler;
    for (const socket of this.takeStaged()) if (!socket.destroyed) this.accept(socket);
  }

  accept(socket: Socket): void {
    if (this.#handler) this.guard(socket, this.#handler);
    else if (this.#staged.length < MAX_STAGED_CONNECTIONS) this.#staged.push(socket);
    else socket.destroy();
  }

  /** Hands a connection to a plugin. If that fails, only this connection is lost. */
  guard(socket: Socket, handler: SocketHandler): void {
    callPlugin(
      () => handler(socket),
      (error) => {
        this.#log.error({ err: error }, `a connection on ${formatAddress(this.address)} could not be served`);
        socket.destroy();
      },
    );
  }

  /** A proxy has sent no header of the PROXY protocol. Logged at most every ten seconds. */
  noteBadHeader(remote: string): void {
    const now = performance.now();
    if (now - this.#badHeaderAt < BAD_HEADER_LOG_INTERVAL_MS) return;
    this.#badHeaderAt = now;
    const where = formatAddress(this.address);
    this.#log.warn(
      { remote },
      `connection on ${where} closed: its proxy sent no PROXY header (proxyProtocol)`,
    );
  }

  /** A client did not complete the TLS handshake: it speaks plain RTMP or HTTP, perhaps. Logged like a bad header. */
  noteFailedHandshake(remote: string, reason: string): void {
    const now = performance.now();
    this.#failedHandshakes++;
    if (now - this.#failedHandshakeAt < BAD_HEADER_LOG_INTERVAL_MS) return;
    this.#failedHandshakeAt = now;
    const others = this.#failedHandshakes - 1;
    this.#failedHandshakes = 0;
    this.#log.info(
      { remote, ...(others > 0 && { others }) },
      `connection on ${formatAddress(this.address)} denied: ${reason}`,
    );
  }

  /** Removes the connections that no handler has received yet. The caller owns them. */
  takeStaged(): Socket[] {
    return this.#staged.splice(0);
  }
}

/** Templates of LVG_LISTEN by the code of the system. */
const LISTEN_FAILURES = new Map<string | undefined, 'inUse' | 'forbidden' | 'notHere' | 'unknownHost'>([
  ['EADDRINUSE', 'inUse'],
  ['EACCES', 'forbidden'],
  ['EADDRNOTAVAIL', 'notHere'],
  ['ENOTFOUND', 'unknownHost'],
]);

/** The error for an address that cannot be listened on. */
export function explainListenError(error: unknown, address: ListenAddress, option: string): LivegoError {
  const { code, message } = error as NodeJS.ErrnoException;
  const template = address.fd === undefined ? (LISTEN_FAILURES.get(code) ?? 'failed') : 'inherited';
  const values = { option, address: formatAddress(address), reason: message };
  return livegoError('LVG_LISTEN', template, values, error);
}
