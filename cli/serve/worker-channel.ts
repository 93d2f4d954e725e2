// Sends messages to a worker's process, and connections, of which several may be on their way at once.
//
// Node sends one connection and then holds everything back, other messages too, until the other process has read it. A
// worker reads once in a turn of its event loop, so it would get one connection a turn: with turns of 10 ms, as on a busy
// machine, no more than 100 a second. Node waits so that it can close its own copy. Here the copy stays open (`keepOpen`)
// until the worker says that it has the connection, so nothing has to wait; and a worker that ends before has lost none.
import type { ChildProcess, SendHandle } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Message } from '../../core/workers/conversation.ts';

/** As many as a worker can take before its time slice is over, without waiting for the supervisor to get one as well. */
const MOST_UNDER_WAY = 16;

/** The field in which Node has what waits behind a connection; null when nothing has to. */
const FIELD = '_handleQueue';

interface HandleReceipt {
  readonly cmd?: unknown;
}

export class WorkerChannel {
  readonly #child: ChildProcess;
  readonly #failed: (message: Message) => void;
  /** Messages whose connections the other process has not read, the oldest first. */
  readonly #unread: Message[] = [];
  readonly #canGoOn: boolean;

  /** @param failed - gets the message whose connection the process could not read: it has no free file descriptor, perhaps */
  constructor(child: ChildProcess, failed: (message: Message) => void) {
    this.#child = child;
    this.#failed = failed;
    // On Windows a connection that two processes have is another thing.
    this.#canGoOn = process.platform !== 'win32' && Reflect.get(child, FIELD) === null;
    if (this.#canGoOn)
      child.prependListener('internalMessage', (receipt: HandleReceipt) => this.#takeReceipt(receipt));
  }

  /** Connections that may be on their way at once. With a version of Node that has no such field it is one. */
  get mostUnderWay(): number {
    return this.#canGoOn ? MOST_UNDER_WAY : 1;
  }

  /** The connection stays open here too; the caller closes it when the worker has it. */
  send(message: Message, socket: Socket | undefined): void {
    if (!this.#child.connected) return;
    const isLive = socket && Reflect.get(socket, '_handle') !== null;
    this.#child.send(message, socket as SendHandle | undefined, { keepOpen: this.#canGoOn }, ignoreFailure);
    if (!this.#canGoOn || !isLive) return;
    this.#unread.push(message);
    Reflect.set(this.#child, FIELD, null);
  }

  #takeReceipt({ cmd }: HandleReceipt): void {
    if (cmd !== 'NODE_HANDLE_ACK' && cmd !== 'NODE_HANDLE_NACK') return;
    // Node expects a queue with each receipt, and empties it.
    Reflect.set(this.#child, FIELD, []);
    const message = this.#unread.shift();
    if (message && cmd === 'NODE_HANDLE_NACK') this.#failed(message);
  }
}

// A worker that ends while it is spoken to is noticed by its exit.
function ignoreFailure(): void {}
