// Listening sockets, shared by address and kept across reloads for as long as a generation holds them.
//
// The room holds listening sockets, their addresses and certificates. The protocols of connections are in plugins.
import { close, open } from 'node:fs';
import type { Socket } from 'node:net';
import { devNull } from 'node:os';
import { livegoError } from '../errors.ts';
import type { Logger } from '../log/log.ts';
import { Throttle } from '../time/throttle.ts';
import { formatAddress, formatRemote, type ListenAddress } from './address.ts';
import { AddressSwap } from './address-swap.ts';
import type { OpenDoor } from './door.ts';
import { readOpenFileLimit } from './open-file-limit.ts';
import { Listener } from './listener.ts';

/** "Too many connections" is logged at most this often. */
const DENIAL_LOG_INTERVAL_MS = 10_000;
const FULL_LOG_INTERVAL_MS = 60_000;

interface Entry {
  readonly listener: Listener;
  readonly swap: AddressSwap;
  references: number;
}

export class ListenerPool {
  readonly #log: Logger;
  readonly #entries = new Map<string, Entry>();
  readonly #sockets = new Set<Socket>();
  readonly #openDoor: OpenDoor | undefined;
  /** Connections that other processes have. */
  #handedOver = 0;
  #maxConnections = 0;
  readonly #deniedLines = new Throttle(DENIAL_LOG_INTERVAL_MS);
  readonly #fullLines = new Throttle(FULL_LOG_INTERVAL_MS);
  readonly #openFiles = readOpenFileLimit();

  /** @param openDoor - default: addresses are listened on in this process */
  constructor(log: Logger, openDoor?: OpenDoor) {
    this.#log = log;
    this.#openDoor = openDoor;
  }

  /** Connections of all listeners, also of listeners that have closed. */
  get connections(): number {
    return this.#sockets.size + this.#handedOver;
  }

  get listeners(): readonly Listener[] {
    return [...this.#entries.values()].map((entry) => entry.listener);
  }

  find(key: string): Listener | undefined {
    return this.#entries.get(key)?.listener;
  }

  /** @param maxConnections - 0 means no limit */
  configure(maxConnections: number): void {
    this.#maxConnections = maxConnections;
  }

  /**
   * Holds the listener with that key, and opens it if it is not held yet. Connections are accepted at once, but wait until
   * a handler is set. Throws LVG_LISTEN naming the option and the address.
   */
  async acquire(key: string, address: ListenAddress, option: string): Promise<Listener> {
    const present = this.#entries.get(key);
    if (present) {
      await this.#requireListening(present.listener, option);
      present.references++;
      return present.listener;
    }
    const listener = new Listener({
      key,
      address,
      log: this.#log,
      admit: (each, socket) => this.#admit(each, socket),
      openDoor: this.#openDoor,
      onFailure: (error) => this.#noteFailure(error, formatAddress(address)),
    });
    const swap = await AddressSwap.open(listener, option, this.#outgoing(address.port), this.#log);
    this.#entries.set(key, { listener, swap, references: 1 });
    return listener;
  }

  /**
   * Releases a listener; the last release closes it at once. Its connections live on. Resolves when the listeners that gave
   * way to it, and are still held, listen again.
   */
  release(key: string): Promise<unknown> {
    const entry = this.#entries.get(key);
    if (!entry || --entry.references > 0) return Promise.resolve();
    this.#entries.delete(key);
    entry.listener.close();
    const { back, opened } = entry.swap.undo(this.listeners);
    for (const socket of entry.listener.takeStaged()) {
      if (back[0]) back[0].accept(socket);
      else socket.destroy();
    }
    return opened;
  }

  /** Takes a connection that another process has accepted at that address. */
  deliver(key: string, socket: Socket): void {
    const listener = this.#entries.get(key)?.listener;
    if (listener) this.#admit(listener, socket);
    else socket.destroy();
  }

  /** Another process has the connection from now on. It still counts. */
  handOver(socket: Socket): void {
    if (this.#sockets.delete(socket)) this.#handedOver++;
  }

  /** Connections that were handed over have closed. */
  closedElsewhere(count: number): void {
    this.#handedOver -= count;
  }

  /** Cuts every connection that is left. */
  destroyConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Resolves when the last connection has closed. */
  async drained(): Promise<void> {
    const closed = [...this.#sockets].map(
      (socket) => new Promise((resolve) => socket.once('close', resolve)),
    );
    await Promise.all(closed);
  }

  // A listener that does not listen has given way to another address, and one config asks for both.
  async #requireListening(listener: Listener, option: string): Promise<void> {
    if (listener.listening) return;
    const address = formatAddress(listener.address);
    await listener.open().catch((error: unknown) => {
      throw livegoError('LVG_LISTEN', 'replaced', { option, address }, error);
    });
  }

  #admit(listener: Listener, socket: Socket): void {
    if (this.#maxConnections > 0 && this.connections >= this.#maxConnections) return this.#deny(socket);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // A socket that breaks before a handler has it would end the process if nothing listened for its error.
    socket.on('error', ignoreBrokenSocket);
    listener.accept(socket);
  }

  // A server without free file descriptors fails at each connection.
  #noteFailure(error: NodeJS.ErrnoException, address: string): void {
    const { code } = error;
    if (code !== 'EMFILE' && code !== 'ENFILE')
      return this.#log.error({ err: error }, `listener ${address} failed`);
    this.#noteNoFiles(code, ` on ${address}`);
  }

  /**
   * Called about once a second. libuv itself accepts and closes connections for which no file descriptor is free, and tells
   * nobody: so one is asked for.
   */
  lookForFiles(): void {
    if (this.#openFiles === undefined || this.connections < this.#openFiles / 4) return;
    open(devNull, (error, descriptor) => {
      if (!error) return close(descriptor, ignoreBrokenSocket);
      const { code } = error;
      if (code === 'EMFILE' || code === 'ENFILE') this.#noteNoFiles(code, '');
    });
  }

  #noteNoFiles(code: string, where: string): void {
    if (!this.#fullLines.admits()) return;
    const limit = this.#openFiles === undefined ? '' : ` from ${this.#openFiles}`;
    const way = `raise the limit of this process${limit} (ulimit -n, LimitNOFILE=), or set maxConnections below it`;
    this.#log.warn(
      this.#fullLines.others,
      `no file descriptor is free for a connection${where} (${code}); ${way}`,
    );
  }

  #deny(socket: Socket): void {
    const remote = formatRemote(socket);
    socket.destroy();
    if (!this.#deniedLines.admits()) return;
    this.#log.warn(
      { remote, ...this.#deniedLines.others },
      `connection denied: ${this.#maxConnections} are open (maxConnections)`,
    );
  }

  // Only listeners that no staged config has acquired again may have to give way.
  #outgoing(port: number): readonly Listener[] {
    return [...this.#entries.values()]
      .filter(({ listener, references }) => references === 1 && listener.inUse)
      .map(({ listener }) => listener)
      .filter(({ address, listening }) => port !== 0 && address.port === port && listening);
  }
}

// A connection that breaks is reported by 'close', which the owner of the socket listens to.
function ignoreBrokenSocket(): void {}
