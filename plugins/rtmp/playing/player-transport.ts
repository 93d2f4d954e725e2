// A player's connection as the fan-out sees it.
import type { Socket } from 'node:net';
import type { EndCause, ViewerTransport } from 'livego';

export class PlayerTransport implements ViewerTransport {
  readonly output: Socket;
  readonly #onDrain: (drained: () => void) => () => void;
  readonly #end: (cause: EndCause) => void;

  /** @param end - tells the player, and ends its stream */
  constructor(socket: Socket, onDrain: (drained: () => void) => () => void, end: (cause: EndCause) => void) {
    this.output = socket;
    this.#onDrain = onDrain;
    this.#end = end;
  }

  onDrain(drained: () => void): () => void {
    return this.#onDrain(drained);
  }

  close(cause: EndCause): void {
    this.#end(cause);
  }
}
