// A viewer by plain HTTP: FLV straight onto its connection.
import type { Socket } from 'node:net';
import { LAST_CHUNK } from '../../core/http/chunked-format.ts';
import { endSocket } from '../../core/net/end-socket.ts';
import type { Framing } from './flv-formats.ts';
import { FlvTransport, type ViewerEnds } from './flv-transport.ts';

/** A connection that is being closed gets this long to take its last bytes. */
const CLOSING_MS = 5000;

export class HttpTransport extends FlvTransport {
  /** Past the response object: the run is framed once for all, and a call into it would cost each viewer at each flush. */
  readonly output: Socket;
  readonly #framing: Framing;

  /** @param socket - on which the head of the response has been written */
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
    endSocket(this.output, CLOSING_MS);
  }
}
