// The connection of a viewer, as little of it as its queue needs.
import type { EndCause } from '../end-cause.ts';

/** The receiver of a viewer's bytes: a socket, or anything else that takes bytes as Node's Writable does. */
export interface ViewerOutput {
  /** The bytes are shared with other viewers and must not be changed. If it throws or returns a promise, the viewer is closed. */
  write(bytes: Buffer): unknown;
  /** Bytes written that the system has not taken yet. */
  readonly writableLength: number;
}

/** The connection of a viewer, as little of it as the fan-out needs. Implemented by protocol plugins. */
export interface ViewerTransport {
  /** Always the same one. */
  readonly output: ViewerOutput;
  /**
   * Calls back each time the output has passed on all its bytes after it was full. Returns a function that ends this.
   */
  onDrain(drained: () => void): () => void;
  /** Tells the client and closes the connection. */
  close(cause: EndCause): void;
}
