// A viewer by plain HTTP: FLV straight onto its connection.
import type { Socket } from 'node:net';
import { endSocket } from 'livego';
import { LAST_CHUNK } from 'livego/http';
import type { Framing } from './flv-formats.ts';
import { FlvTransport, type ViewerEnds } from './flv-transport.ts';

export class HttpTransport extends FlvTransport {
  /** Not the response object: runs are framed once for all viewers, and its `write` would cost each viewer at each flush. */
  readonly output: Socket;
  readonly #framing: Framing;

  /** @param socket - the head of the response has been written to it */
  constructor(socket: Socket, framing: Framing, ends: ViewerEnds) {
    super(socket, ends);
    this.output = socket;
    this.#framing = framing;
  }

  protected override cut(): void {
    this.output.destroy();
  }

  protected override finish(): void {
    if (this.#framing === 'chunked' && this.output.writable) this.output.write(LAST_CHUNK);
    endSocket(this.output);
  }
}
