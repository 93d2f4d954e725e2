// A viewer by plain HTTP: FLV straight onto its connection.
import type { Socket } from 'node:net';
import { buildChunk, LAST_CHUNK } from '../../core/http/chunked-format.ts';
import { endSocket } from '../../core/net/end-socket.ts';
import type { Stream } from '../../core/stream/stream.ts';
import type { Framing, Only } from './flv-formats.ts';
import { FlvViewer, type ViewerEnds } from './flv-viewer.ts';

/** A connection that is being closed gets this long to take its last bytes. */
const CLOSING_MS = 5000;

export class HttpViewer extends FlvViewer {
  readonly #socket: Socket;
  readonly #framing: Framing;

  /** @param socket - on which the head of the response has been written */
  constructor(socket: Socket, framing: Framing, stream: Stream, only: Only, ends: ViewerEnds) {
    super(socket, stream, only, ends);
    this.#socket = socket;
    this.#framing = framing;
  }

  protected override sendHeader(header: Buffer): void {
    this.#socket.write(this.#framing === 'chunked' ? buildChunk(header) : header);
  }

  // Past the response object: the run is framed once for all, and a call into it would cost each viewer at each flush.
  protected override send(run: Buffer): void {
    this.#socket.write(run);
  }

  protected override cut(): void {
    this.#socket.destroy();
  }

  protected override finish(): void {
    if (this.#framing === 'chunked' && this.#socket.writable) this.#socket.write(LAST_CHUNK);
    endSocket(this.#socket, CLOSING_MS);
  }
}
