// What viewers by HTTP and by WebSocket have in common: an FLV header first, a queue that is their connection's.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { buildFlvHeader } from '../../core/media/flv/file.ts';
import type { EndCause } from '../../core/stream/session.ts';
import type { Stream } from '../../core/stream/stream.ts';
import type { ViewerTransport } from '../../core/stream/viewer.ts';
import type { Only } from './flv-formats.ts';

/** Told when the server ends a viewer, before its connection closes: afterwards it would look as if the viewer had left. */
export type ViewerEnds = (cause: EndCause) => void;

export abstract class FlvViewer implements ViewerTransport {
  readonly #connection: Duplex;
  readonly #ends: ViewerEnds;
  #header: (() => Buffer) | undefined;

  constructor(connection: Duplex, stream: Stream, only: Only, ends: ViewerEnds) {
    this.#connection = connection;
    this.#ends = ends;
    // Written with the first packets, when it is known which tracks there are.
    this.#header = () => buildStreamHeader(stream, only);
  }

  write(bytes: Buffer): void {
    if (this.#header) {
      const header = this.#header();
      this.#header = undefined;
      this.sendHeader(header);
    }
    this.send(bytes);
  }

  queuedBytes(): number {
    return this.#connection.writableLength;
  }

  onDrain(drained: () => void): () => void {
    this.#connection.on('drain', drained);
    return () => this.#connection.removeListener('drain', drained);
  }

  setNoDelay(noDelay: boolean): void {
    if ('setNoDelay' in this.#connection) (this.#connection as Socket).setNoDelay(noDelay);
  }

  close(cause: EndCause): void {
    this.#ends(cause);
    // Who reads too slowly would not read a farewell either.
    if (cause.code === 'slow') this.cut();
    else this.finish(cause);
  }

  protected abstract sendHeader(header: Buffer): void;
  /** A run of tags, framed already. */
  protected abstract send(run: Buffer): void;
  /** Ends the connection on the spot. */
  protected abstract cut(): void;
  /** Ends it after what has been sent. */
  protected abstract finish(cause: EndCause): void;
}

/** The FLV header whose flags tell the truth about the tracks that this viewer gets (FLV spec E.2). */
function buildStreamHeader(stream: Stream, only: Only): Buffer {
  const { audio, video } = stream.expectedTracks;
  return buildFlvHeader({ audio: audio && only !== 'video', video: video && only !== 'audio' });
}
