// One line of the table of attacks, and what an attack may use.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { publishTo, type TestPublisher } from '../../helpers/rtmp-client.ts';
import { within } from '../../helpers/net.ts';
import type { Door, ServerProcess, ServerSetUp } from './server-process.ts';
import type { HealthyStream } from './healthy-stream.ts';
import { PATIENCE_MS } from './size.ts';
import { openSocket } from './viewers.ts';

export interface Attack {
  /** What is done, as a sentence. */
  readonly name: string;
  /** Does it; the driver then looks after the healthy stream. May expect what the server promises in return. */
  readonly run: (attacker: Attacker) => Promise<void>;
  /** What the server may complain of. By default a fault of a peer is no error of the server. */
  readonly complaint?: RegExp;
  /** It ends the server, so that nothing has to flow behind it. */
  readonly ends?: true;
  /** It gets a server of its own, with this. */
  readonly setUp?: ServerSetUp;
}

/** Attacks on servers with the same config. The short ones share one server. */
export interface Family {
  readonly name: string;
  readonly setUp?: ServerSetUp;
  readonly attacks: readonly Attack[];
}

/** An address of this machine that is not that of the healthy clients, for what is counted for each address. */
export const OTHER_ADDRESS = '127.0.0.66';

export class Attacker {
  readonly server: ServerProcess;
  readonly stream: HealthyStream;
  /** What must not be; looked at when the attack is over. */
  readonly faults: string[] = [];
  readonly #deferred: (() => void)[] = [];

  constructor(server: ServerProcess, stream: HealthyStream) {
    this.server = server;
    this.stream = stream;
  }

  /** A connection that ends with the attack. What the server sends is read and dropped, unless it is paused. */
  async connect(door: Door, localAddress?: string): Promise<Socket> {
    const socket = await openSocket(this.server.port(door), localAddress);
    this.defer(() => socket.destroy());
    return socket.resume();
  }

  async connections(count: number, door: Door, localAddress?: string): Promise<Socket[]> {
    return Promise.all(Array.from({ length: count }, () => this.connect(door, localAddress)));
  }

  /** Sends bytes and resolves with all that the server answers until it closes the connection. */
  async exchange(door: Door, bytes: string | Buffer): Promise<string> {
    const socket = await this.connect(door);
    const answer = readAll(socket);
    socket.write(bytes);
    return answer;
  }

  async publish(path: string): Promise<TestPublisher> {
    return publishTo(`rtmp://127.0.0.1:${this.server.port('rtmp.port')}/${path}`);
  }

  url(door: Door, path: string): string {
    return `http://127.0.0.1:${this.server.port(door)}${path}`;
  }

  defer(release: () => void): void {
    this.#deferred.push(release);
  }

  release(): void {
    for (const release of this.#deferred.splice(0)) release();
  }
}

/** Everything until the end of the connection, as latin1. */
export async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
  await closed(socket);
  return text;
}

export async function closed(socket: Socket): Promise<void> {
  if (!socket.destroyed) {
    await within(once(socket, 'close'), 'the server to close the connection', PATIENCE_MS);
  }
}

/** Resolves when the system has taken everything, or the server has closed the connection. */
export async function flushed(socket: Duplex): Promise<void> {
  if (socket.destroyed || !socket.writableNeedDrain) return;
  let listener = (): void => {};
  const either = new Promise<void>((resolve) => {
    listener = () => resolve();
    socket.on('drain', listener).on('close', listener);
  });
  await within(either, 'the server to read', PATIENCE_MS);
  socket.off('drain', listener).off('close', listener);
}

/** Lets what was written go out on its own. */
export async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
