// A viewer by WebSocket: each flush of FLV tags is one binary message (RFC 6455).
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { EndCause, EndCode } from '../../core/stream/session.ts';
import type { Stream } from '../../core/stream/stream.ts';
import type { ViewerTransport } from '../../core/stream/viewer.ts';
import { buildStreamHeader, type ViewerEnds } from './http-viewer.ts';

/** Close codes of RFC 6455 section 7.4.1; 1000 is the end of the stream. */
const CLOSE_CODES: Partial<Record<EndCode, number>> = {
  shutdown: 1001,
  slow: 1008,
  denied: 1008,
  kicked: 1008,
  removed: 1001,
  failed: 1011,
};
/** A close frame's reason has at most 123 bytes (section 5.5). */
const MAX_REASON_BYTES = 123;

export class WebSocketViewer implements ViewerTransport {
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  readonly #ends: ViewerEnds;
  #header: (() => Buffer) | undefined;

  constructor(
    webSocket: WebSocket,
    socket: Duplex,
    stream: Stream,
    only: 'audio' | 'video' | undefined,
    ends: ViewerEnds,
  ) {
    this.#webSocket = webSocket;
    this.#ends = ends;
    this.#socket = socket;
    this.#header = () => buildStreamHeader(stream, only);
  }

  write(bytes: Buffer): void {
    if (this.#header) {
      this.#webSocket.send(this.#header());
      this.#header = undefined;
    }
    this.#webSocket.send(bytes);
  }

  queuedBytes(): number {
    return this.#socket.writableLength;
  }

  onDrain(drained: () => void): () => void {
    this.#socket.on('drain', drained);
    return () => this.#socket.removeListener('drain', drained);
  }

  setNoDelay(noDelay: boolean): void {
    if ('setNoDelay' in this.#socket) (this.#socket as Socket).setNoDelay(noDelay);
  }

  close(cause: EndCause): void {
    this.#ends(cause);
    if (cause.code === 'slow') return this.#webSocket.terminate();
    const reason = Buffer.from(cause.message)
      .subarray(0, MAX_REASON_BYTES)
      .toString()
      .replace(/\uFFFD+$/, '');
    this.#webSocket.close(CLOSE_CODES[cause.code] ?? 1000, reason);
  }
}
