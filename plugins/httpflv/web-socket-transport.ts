// A viewer by WebSocket: each flush of FLV tags is one binary message (RFC 6455).
import type { Duplex } from 'node:stream';
import type { EndCause, EndCode, ViewerOutput } from 'livego';
import type { WebSocket } from 'ws';
import { FlvTransport, type ViewerEnds } from './flv-transport.ts';

/** Close codes of RFC 6455 section 7.4.1. All other causes are 1000: the stream has ended. */
const CLOSE_CODES: Partial<Record<EndCode, number>> = {
  shutdown: 1001,
  slow: 1008,
  denied: 1008,
  expired: 1008,
  kicked: 1008,
  removed: 1001,
  failed: 1011,
};
/** A close frame's reason has at most 123 bytes (section 5.5). */
const MAX_REASON_BYTES = 123;

export class WebSocketTransport extends FlvTransport {
  readonly output: ViewerOutput;
  readonly #webSocket: WebSocket;

  /** @param socket - the connection under the WebSocket */
  constructor(webSocket: WebSocket, socket: Duplex, ends: ViewerEnds) {
    super(socket, ends);
    this.#webSocket = webSocket;
    this.output = {
      write: (run) => webSocket.send(run),
      get writableLength() {
        return socket.writableLength;
      },
    };
  }

  protected override cut(): void {
    this.#webSocket.terminate();
  }

  protected override finish(cause: EndCause): void {
    const reason = Buffer.from(cause.message)
      .subarray(0, MAX_REASON_BYTES)
      .toString()
      .replace(/\uFFFD+$/, '');
    this.#webSocket.close(CLOSE_CODES[cause.code] ?? 1000, reason);
  }
}
