// A viewer's connection, by HTTP or by WebSocket, as the fan-out sees it.
import type { Duplex } from 'node:stream';
import type { EndCause, ViewerOutput, ViewerTransport } from 'livego';

/** Called when the server ends a viewer, before its connection closes: after that the viewer would seem to have left. */
export type ViewerEnds = (cause: EndCause) => void;

export abstract class FlvTransport implements ViewerTransport {
  abstract readonly output: ViewerOutput;
  readonly #connection: Duplex;
  readonly #ends: ViewerEnds;

  constructor(connection: Duplex, ends: ViewerEnds) {
    this.#connection = connection;
    this.#ends = ends;
  }

  onDrain(drained: () => void): () => void {
    this.#connection.on('drain', drained);
    return () => this.#connection.removeListener('drain', drained);
  }

  close(cause: EndCause): void {
    this.#ends(cause);
    // A viewer that reads too slowly would not read a farewell either.
    if (cause.code === 'slow') this.cut();
    else this.finish(cause);
  }

  /** Ends the connection on the spot. */
  protected abstract cut(): void;
  /** Ends it after everything that has been sent. */
  protected abstract finish(cause: EndCause): void;
}
