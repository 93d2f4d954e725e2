// A protocol of its own: a client connects by TCP, sends the line "live/movie?token=…", and gets the stream as an FLV file
// that does not end. Try: echo live/movie | nc HOST 8012 | ffplay -
import type { Socket } from 'node:net';
import {
  addressSchema,
  definePlugin,
  Denial,
  endSocket,
  formatRemote,
  type Arrival,
  type EndCause,
  type Playback,
  type ServerContext,
  type StreamView,
} from 'livego';
import { parseStreamUrl } from 'livego/http';
import { FLV } from 'livego/media';

interface Options {
  readonly port: string | number;
}

const LEFT: EndCause = { code: 'left', message: 'the viewer has disconnected' };

/** A client has this long to send its line. */
const LINE_TIMEOUT_MS = 10_000;

const MAX_LINE_BYTES = 4096;

/** A connection that is being closed gets this long to take its last bytes. */
const CLOSING_MS = 3000;

export default definePlugin<Options>({
  name: 'flv-by-tcp',
  enabledByDefault: false,
  schema: { type: 'object', properties: { port: addressSchema(8012, 'Address of the TCP port.') } },
  server(context, options) {
    context.listen(options, (socket) => new FlvByTcp(socket, context));
  },
});

/** One connection. */
class FlvByTcp {
  readonly #socket: Socket;
  readonly #context: ServerContext;
  readonly #arrival: Arrival;
  #line = '';

  constructor(socket: Socket, context: ServerContext) {
    this.#socket = socket;
    this.#context = context;
    this.#arrival = context.admission.arrive({ protocol: 'flv-by-tcp', remote: formatRemote(socket) });
    const deadline = context.now() + LINE_TIMEOUT_MS;
    this.#arrival.everySecond((now) => {
      if (now >= deadline && !this.#line.includes('\n')) socket.destroy();
    });
    socket.on('data', (bytes) => this.#read(bytes));
    socket.once('close', () => this.#arrival.leave(LEFT));
  }

  #read(bytes: Buffer): void {
    if (this.#line.includes('\n')) return;
    this.#line += bytes.toString('latin1');
    if (this.#line.length > MAX_LINE_BYTES) return void this.#socket.destroy();
    const end = this.#line.indexOf('\n');
    if (end < 0) return;
    this.#play(this.#line.slice(0, end).trim()).catch((error: unknown) => {
      this.#context.log.error({ err: error }, 'a viewer could not be served');
      this.#socket.destroy();
    });
  }

  async #play(line: string): Promise<void> {
    const admitted = await this.#admit(line);
    if (admitted instanceof Denial) return this.#deny(admitted);
    const { playback, stream } = admitted;
    const socket = this.#socket;
    const format = this.#context.format(FLV);
    const denial = playback.start(stream, format, {
      output: socket,
      onDrain: (drained) => {
        socket.on('drain', drained);
        return () => socket.removeListener('drain', drained);
      },
      close: (cause) => this.#end(cause),
    });
    if (denial) this.#deny(denial);
  }

  async #admit(line: string): Promise<{ playback: Playback; stream: StreamView } | Denial> {
    const { admission } = this.#context;
    const [path = '', search = ''] = line.split('?', 2);
    const target = parseStreamUrl(path, search, (app) => admission.hasApp(app));
    if (!target) return new Denial('invalid', 'send APP/NAME and a line end');
    const close = (cause: EndCause): void => this.#end(cause);
    const connection = await this.#arrival.enter(target.app, target.query, close);
    if (connection instanceof Denial) return connection;
    const playback = await connection.play(target, close);
    if (playback instanceof Denial) return playback;
    const stream = await playback.findStream();
    return stream instanceof Denial ? stream : { playback, stream };
  }

  /** The client is told why, in words, where FLV would begin. */
  #deny({ code, reason }: Denial): void {
    this.#socket.write(`${code}: ${reason}\n`);
    this.#end({ code: 'denied', message: reason });
  }

  /** Ends everything of the client. */
  #end(cause: EndCause): void {
    this.#arrival.leave(cause);
    if (cause.code === 'slow') this.#socket.destroy();
    else endSocket(this.#socket, CLOSING_MS);
  }
}
