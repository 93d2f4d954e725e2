// What viewers by HTTP and by WebSocket have in common: a queue that is their connection's, and how they end.
import type { Duplex } from 'node:stream';
import { noDelaySwitch } from '../../core/net/no-delay.ts';
import type { EndCause } from '../../core/session/session.ts';
import type { ViewerOutput, ViewerTransport } from '../../core/delivery/viewer.ts';

/** Told when the server ends a viewer, before its connection closes: afterwards it would look as if the viewer had left. */
export type ViewerEnds = (cause: EndCause) => void;

export abstract class FlvTransport implements ViewerTransport {
  abstract readonly output: ViewerOutput;
  readonly setNoDelay: ((noDelay: boolean) => void) | undefined;
  readonly #connection: Duplex;
  readonly #ends: ViewerEnds;

  constructor(connection: Duplex, ends: ViewerEnds) {
    this.setNoDelay = noDelaySwitch(connection);
    this.#connection = connection;
    this.#ends = ends;
  }

  onDrain(drained: () => void): () => void {
    this.#connection.on('drain', drained);
    return () => this.#connection.removeListener('drain', drained);
  }

  close(cause: EndCause): void {
    this.#ends(cause);
    // Who reads too slowly would not read a farewell either.
    if (cause.code === 'slow') this.cut();
    else this.finish(cause);
  }

  /** Ends the connection on the spot. */
  protected abstract cut(): void;
  /** Ends it after what has been sent. */
  protected abstract finish(cause: EndCause): void;
}
