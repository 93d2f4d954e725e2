// One listening socket. It outlives the plugins that use it: a reload swaps the handler, never the port.
import type { Socket } from 'node:net';
import { callPlugin } from '../call-plugin.ts';
import type { LivegoError } from '../errors.ts';
import { livegoError } from '../errors.ts';
import type { Logger } from '../log/log.ts';
import { Throttle } from '../time/throttle.ts';
import { formatAddress, type ListenAddress } from './address.ts';
import { OwnDoor, type Door, type OpenDoor } from './door.ts';

/** Takes over a connection. Replaced as a whole, in one assignment, when a config is applied. */
export type SocketHandler = (socket: Socket) => void;

/** Connections that arrive while a new listener is staged wait for the commit. Beyond this number they are cut off. */
const MAX_STAGED_CONNECTIONS = 128;

/** Each kind of line that clients cause is logged at most this often. */
const LOG_INTERVAL_MS = 10_000;

export interface ListenerSpec {
  /** Its name in the pool. */
  readonly key: string;
  readonly address: ListenAddress;
  readonly log: Logger;
  /** Gets each connection before it is accepted. */
  readonly admit: (listener: Listener, socket: Socket) => void;
  /** It listens, and has failed. */
  readonly onFailure: (error: Error) => void;
  readonly openDoor?: OpenDoor | undefined;
}

export class Listener {
  /** A connection has come. */
  readonly arrive: (socket: Socket) => void;
  readonly address: ListenAddress;
  readonly #door: Door;
  readonly #log: Logger;
  readonly #staged: Socket[] = [];
  #handler: SocketHandler | undefined;
  readonly #failedHandshakeLines = new Throttle(LOG_INTERVAL_MS);
  readonly #badHeaderLines = new Throttle(LOG_INTERVAL_MS);
  readonly #failureLines = new Throttle(LOG_INTERVAL_MS);

  constructor({ key, address, log, admit, onFailure, openDoor = (spec) => new OwnDoor(spec) }: ListenerSpec) {
    this.address = address;
    this.#log = log;
    this.arrive = (socket) => admit(this, socket);
    this.#door = openDoor({
      key,
      address,
      onConnection: this.arrive,
      onFailure,
    });
  }

  /** The port in use, also when the system chose it. */
  get port(): number {
    return this.#door.port;
  }

  get listening(): boolean {
    return this.#door.listening;
  }

  /** Whether a config that is or was current uses it. Otherwise it is being staged. */
  get inUse(): boolean {
    return this.#handler !== undefined;
  }

  /** Rejects with the system's error. */
  open(): Promise<void> {
    return this.#door.open();
  }

  /** Accepts nothing more; present connections live on. */
  close(): void {
    this.#door.close();
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
        socket.destroy();
        if (!this.#failureLines.admits()) return;
        const where = formatAddress(this.address);
        this.#log.error(
          { err: error, ...this.#failureLines.others },
          `a connection on ${where} could not be served`,
        );
      },
    );
  }

  /** A proxy has sent no header of the PROXY protocol. Logged at most every ten seconds. */
  noteBadHeader(remote: string): void {
    if (!this.#badHeaderLines.admits()) return;
    const where = formatAddress(this.address);
    this.#log.warn(
      { remote, ...this.#badHeaderLines.others },
      `connection on ${where} closed: its proxy sent no PROXY header (proxyProtocol)`,
    );
  }

  /** A client did not complete the TLS handshake: it speaks plain RTMP or HTTP, perhaps. Logged like a bad header. */
  noteFailedHandshake(remote: string, reason: string): void {
    if (!this.#failedHandshakeLines.admits()) return;
    this.#log.info(
      { remote, ...this.#failedHandshakeLines.others },
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
