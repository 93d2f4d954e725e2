// Where the connections of an address come from: a listening socket of this process, or the process that started it.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { ListenAddress } from './address.ts';

export interface Door {
  /** The port in use, also when the system chose it. */
  readonly port: number;
  readonly listening: boolean;
  /** Rejects with the system's error. */
  open(): Promise<void>;
  /** Accepts nothing more; present connections live on. */
  close(): void;
}

export interface DoorSpec {
  /** The name of the address in the pool. */
  readonly key: string;
  readonly address: ListenAddress;
  readonly onConnection: (socket: Socket) => void;
  /** It listens, and has failed. */
  readonly onFailure: (error: Error) => void;
}

export type OpenDoor = (spec: DoorSpec) => Door;

const KEEP_ALIVE_DELAY_MS = 60_000;
const BACKLOG = 4096;

/** Listens in this process. */
export class OwnDoor implements Door {
  readonly #address: ListenAddress;
  readonly #server: Server;

  /** @param read - `later`: nothing is read from a connection, so that another process can have it */
  constructor({ address, onConnection, onFailure }: DoorSpec, read: 'now' | 'later' = 'now') {
    this.#address = address;
    const keepAlive = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS };
    this.#server = createServer({ noDelay: true, ...keepAlive, pauseOnConnect: read === 'later' });
    this.#server.on('connection', onConnection);
    // A failed attempt to listen is told to whoever opened it.
    this.#server.on('error', (error) => this.#server.listening && onFailure(error));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? this.#address.port;
  }

  get listening(): boolean {
    return this.#server.listening;
  }

  open(): Promise<void> {
    const { host, port, fd } = this.#address;
    const where = fd === undefined ? { port, ...(host !== undefined && { host }) } : { fd };
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ ...where, backlog: BACKLOG }, () => {
        this.#server.removeListener('error', reject);
        resolve();
      });
    });
  }

  close(): void {
    this.#server.close();
  }
}
