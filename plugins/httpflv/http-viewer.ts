// A viewer by plain HTTP: FLV straight onto its connection.
import type { Socket } from 'node:net';
import { buildChunk, LAST_CHUNK } from '../../core/http/chunked-format.ts';
import { buildFlvHeader } from '../../core/media/flv/file.ts';
import { endSocket } from '../../core/net/end-socket.ts';
import type { EndCause } from '../../core/stream/session.ts';
import type { Stream } from '../../core/stream/stream.ts';
import type { ViewerTransport } from '../../core/stream/viewer.ts';
import type { Framing } from './flv-formats.ts';

/** Told when the server ends a viewer, before its connection closes: afterwards it would look as if the viewer had left. */
export type ViewerEnds = (cause: EndCause) => void;

/** A connection that is being closed gets this long to take its last bytes. */
const CLOSING_MS = 5000;

export class HttpViewer implements ViewerTransport {
  readonly #socket: Socket;
  readonly #framing: Framing;
  readonly #ends: ViewerEnds;
  #header: (() => Buffer) | undefined;

  /** @param socket - on which the head of the response has been written */
  constructor(
    socket: Socket,
    framing: Framing,
    stream: Stream,
    only: 'audio' | 'video' | undefined,
    ends: ViewerEnds,
  ) {
    this.#socket = socket;
    this.#framing = framing;
    this.#ends = ends;
    // Written with the first packets, when it is known which tracks there are.
    this.#header = () => buildStreamHeader(stream, only);
  }

  write(bytes: Buffer): void {
    if (this.#header) {
      const header = this.#header();
      this.#header = undefined;
      this.#socket.write(this.#framing === 'chunked' ? buildChunk(header) : header);
    }
    // Past the response object: the run is framed once for all, and a call into it would cost each viewer at each flush.
    this.#socket.write(bytes);
  }

  queuedBytes(): number {
    return this.#socket.writableLength;
  }

  onDrain(drained: () => void): () => void {
    this.#socket.on('drain', drained);
    return () => this.#socket.removeListener('drain', drained);
  }

  setNoDelay(noDelay: boolean): void {
    this.#socket.setNoDelay(noDelay);
  }

  close(cause: EndCause): void {
    this.#ends(cause);
    if (cause.code === 'slow') return void this.#socket.destroy();
    if (this.#framing === 'chunked' && this.#socket.writable) this.#socket.write(LAST_CHUNK);
    endSocket(this.#socket, CLOSING_MS);
  }
}

/** The FLV header whose flags tell the truth about the tracks that this viewer gets (FLV spec E.2). */
export function buildStreamHeader(stream: Stream, only: 'audio' | 'video' | undefined): Buffer {
  const { audio, video } = stream.expectedTracks;
  return buildFlvHeader({ audio: audio && only !== 'video', video: video && only !== 'audio' });
}
