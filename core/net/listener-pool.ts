// Listening sockets, shared by address and kept across reloads for as long as somebody holds them.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { LivegoError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { formatAddress, formatRemote, type ListenAddress } from './address.ts';

/** What becomes of connections on a listener. Replaced as a whole, in one assignment, when a config comes into force. */
export type ConnectionHandler = (socket: Socket) => void;

/** A connection that arrives while a new listener is staged waits for the commit; more than this many are refused. */
const MAX_STAGED_CONNECTIONS = 128;

/** "Too many connections" is logged at most this often. */
const REFUSAL_LOG_INTERVAL_MS = 10_000;

/** One listening socket. It outlives the plugins that use it: a reload swaps the handler, never the port. */
export class Listener {
  readonly address: ListenAddress;
  readonly server: Server;
  readonly #log: Logger;
  readonly #staged: Socket[] = [];
  #handler: ConnectionHandler | undefined;

  constructor(address: ListenAddress, server: Server, log: Logger) {
    this.address = address;
    this.server = server;
    this.#log = log;
  }

  /** The port in use, also when the system chose it. */
  get port(): number {
    return (this.server.address() as AddressInfo | null)?.port ?? this.address.port;
  }

  /** Whether a config that is or was in force uses it; else it is being staged. */
  get inUse(): boolean {
    return this.#handler !== undefined;
  }

  /** From now on connections go to `handler`, beginning with those that came while the config was staged. */
  use(handler: ConnectionHandler): void {
    this.#handler = handler;
    for (const socket of this.takeStaged()) if (!socket.destroyed) this.accept(socket);
  }

  // A handler is a plugin's: one that throws loses this connection, not the process or the commit of a config.
  accept(socket: Socket): void {
    try {
      if (this.#handler) this.#handler(socket);
      else if (this.#staged.length < MAX_STAGED_CONNECTIONS) this.#staged.push(socket);
      else socket.destroy();
    } catch (error) {
      this.#log.error({ err: error }, `a connection on ${formatAddress(this.address)} could not be served`);
      socket.destroy();
    }
  }

  /** Connections that no handler has had yet; they are the caller's now. */
  takeStaged(): Socket[] {
    return this.#staged.splice(0);
  }
}

interface Entry {
  readonly listener: Listener;
  /** Listeners that had to close so that this one could open. */
  readonly displaced: readonly Listener[];
  references: number;
}

export class ListenerPool {
  readonly #log: Logger;
  readonly #entries = new Map<string, Entry>();
  readonly #sockets = new Set<Socket>();
  #maxConnections = 0;
  #refusedAt = -Infinity;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Connections of all listeners, also of those that are closed by now. */
  get connections(): number {
    return this.#sockets.size;
  }

  get listeners(): readonly Listener[] {
    return [...this.#entries.values()].map((entry) => entry.listener);
  }

  /** @param maxConnections - 0 means no limit */
  configure(maxConnections: number): void {
    this.#maxConnections = maxConnections;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /**
   * Holds the listener of that key, opening it first if nobody holds it yet. Connections are accepted at once, but wait
   * until a handler is set. Throws LVG_LISTEN naming the option and the address.
   */
  async acquire(key: string, address: ListenAddress, option: string): Promise<Listener> {
    const present = this.#entries.get(key);
    if (present) {
      const { listener } = present;
      // It gave way to another address, and could not come back or must not: both are asked for at once.
      if (!listener.server.listening)
        await bind(listener.server, address).catch(() => Promise.reject(excluded(address, option)));
      present.references++;
      return listener;
    }
    const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
    const listener = new Listener(address, server, this.#log);
    server.on('connection', (socket) => this.#admit(listener, socket));
    const displaced = await listen(server, address, option, this.#outgoing(address.port));
    server.on('error', (error) =>
      this.#log.error({ err: error }, `listener ${formatAddress(address)} failed`),
    );
    this.#entries.set(key, { listener, displaced, references: 1 });
    return listener;
  }

  /**
   * Lets go of a listener; the last holder closes it at once. Its connections live on. Resolves when those that gave
   * way to it and are still held listen again.
   */
  release(key: string): Promise<unknown> {
    const entry = this.#entries.get(key);
    if (!entry || --entry.references > 0) return Promise.resolve();
    this.#entries.delete(key);
    entry.listener.server.close();
    const present = this.listeners;
    const back = entry.displaced.filter((each) => present.includes(each));
    const open = back.map((each) => this.#reopen(each));
    for (const socket of entry.listener.takeStaged()) {
      if (back[0]) back[0].accept(socket);
      else socket.destroy();
    }
    return Promise.all(open);
  }

  /** Cuts every connection that is left. */
  destroyConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Resolves when the last connection is gone. */
  async drained(): Promise<void> {
    const gone = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    await Promise.all(gone);
  }

  #admit(listener: Listener, socket: Socket): void {
    if (this.#maxConnections > 0 && this.#sockets.size >= this.#maxConnections) return this.#refuse(socket);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Without a listener of its own, a socket that breaks before a handler has it would take the process down.
    socket.on('error', ignoreBrokenSocket);
    listener.accept(socket);
  }

  // The listener that took its place goes, because its config was refused, while this one is still held.
  async #reopen(listener: Listener): Promise<void> {
    try {
      await bind(listener.server, listener.address);
    } catch (error) {
      this.#log.error({ err: error }, `${formatAddress(listener.address)} could not be opened again`);
    }
  }

  #refuse(socket: Socket): void {
    const remote = formatRemote(socket);
    socket.destroy();
    const now = performance.now();
    if (now - this.#refusedAt < REFUSAL_LOG_INTERVAL_MS) return;
    this.#refusedAt = now;
    this.#log.warn({ remote }, `connection refused: ${this.#maxConnections} are open (maxConnections)`);
  }

  // Every interface and one of them exclude each other on one port, and so do two names of one interface: the system
  // refuses the second. Only what no staged config has asked for again may have to give way.
  #outgoing(port: number): readonly Listener[] {
    return [...this.#entries.values()]
      .filter(({ listener, references }) => references === 1 && listener.inUse)
      .map(({ listener }) => listener)
      .filter(({ address, server }) => port !== 0 && address.port === port && server.listening);
  }
}

// A connection that breaks is told by 'close', which whoever owns the socket listens to.
function ignoreBrokenSocket(): void {}

/** Resolves with the listeners that had to give way. */
async function listen(
  server: Server,
  address: ListenAddress,
  option: string,
  outgoing: readonly Listener[],
): Promise<readonly Listener[]> {
  try {
    await bind(server, address);
    return [];
  } catch (error) {
    const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (outgoing.length === 0 || !inUse) throw explain(error, address, option);
    await takeOver(server, address, option, outgoing);
    return outgoing;
  }
}

// `:1935` becomes `127.0.0.1:1935` or the other way round. The one must close before the other can open: a moment of
// microseconds, and the only one in which a port is away. Connections that are open do not notice.
async function takeOver(
  server: Server,
  address: ListenAddress,
  option: string,
  outgoing: readonly Listener[],
): Promise<void> {
  for (const each of outgoing) each.server.close();
  try {
    await bind(server, address);
  } catch (error) {
    for (const each of outgoing) await bind(each.server, each.address);
    throw explain(error, address, option);
  }
}

function bind(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(
      { port: address.port, ...(address.host !== undefined && { host: address.host }), backlog: 4096 },
      () => {
        server.removeListener('error', reject);
        resolve();
      },
    );
  });
}

function excluded(address: ListenAddress, option: string): LivegoError {
  const where = formatAddress(address);
  return new LivegoError(
    'LVG_LISTEN',
    `${option}: ${where} and another address of this config exclude each other; change a port`,
  );
}

function explain(error: unknown, address: ListenAddress, option: string): LivegoError {
  const { code, message } = error as NodeJS.ErrnoException;
  const where = formatAddress(address);
  const reasons: Record<string, string> = {
    EADDRINUSE: `${where} is in use by another program; stop that program or choose another port`,
    EACCES: `${where} may not be opened by this user; ports below 1024 need privileges`,
    EADDRNOTAVAIL: `${where} is not an address of this machine`,
    ENOTFOUND: `${where}: the host name is unknown`,
  };
  return new LivegoError(
    'LVG_LISTEN',
    `${option}: ${reasons[code ?? ''] ?? `${where} cannot be listened on (${message})`}`,
    {
      cause: error,
    },
  );
}
