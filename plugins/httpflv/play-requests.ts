// Requests for a stream: parsed, admitted, then served by HTTP or by WebSocket.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  Denial,
  type Arrival,
  type EndCause,
  type Playback,
  type ServerContext,
  type StreamTarget,
  type StreamView,
} from 'livego';
import {
  denyUpgrade,
  describeHttpClient,
  onRequestEnd,
  parseStreamUrl,
  replyDenial,
  type RouteMatch,
} from 'livego/http';
import { WebSocketServer } from 'ws';
import { findFormat, type Framing, type Only } from './flv-formats.ts';
import { HttpTransport } from './http-transport.ts';
import { WebSocketTransport } from './web-socket-transport.ts';

/** A viewer sends no messages; one that does anyway may not fill the memory. */
const MAX_WEB_SOCKET_MESSAGE_BYTES = 4096;

const LEFT: EndCause = { code: 'left', message: 'the viewer has disconnected' };

interface Admitted {
  readonly playback: Playback;
  readonly stream: StreamView;
  readonly only: Only;
}

/** One request on its way to a stream. */
interface Attempt {
  readonly arrival: Arrival;
  /** How the server ends the session: it closes the connection, and once the viewer has joined, its transport. */
  close: (cause: EndCause) => void;
}

type Context = Pick<ServerContext, 'admission' | 'log' | 'format'>;

export class PlayRequests {
  readonly #context: Context;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_WEB_SOCKET_MESSAGE_BYTES,
  });

  constructor(context: Context) {
    this.#context = context;
  }

  /** Serves GET and HEAD of /{app}/{name}.flv. */
  async play(request: IncomingMessage, response: ServerResponse, match: RouteMatch): Promise<void> {
    const attempt = this.#begin(request, 'http', () => response.destroy());
    const { arrival } = attempt;
    onRequestEnd(request, response, () => arrival.leave(LEFT));
    const asked = await this.#ask(attempt, match);
    const { socket } = response;
    if (!socket || response.destroyed) return;
    const admitted = settle(attempt, asked);
    if (admitted instanceof Denial) return replyDenial(request, response, admitted);
    const { playback, stream, only } = admitted;
    const framing: Framing = request.httpVersion === '1.0' ? 'bare' : 'chunked';
    writeStreamHead(response, framing);
    if (request.method === 'HEAD') {
      arrival.leave(LEFT);
      return void response.end();
    }
    const transport = new HttpTransport(socket, framing, (cause) => arrival.leave(cause));
    attempt.close = (cause) => transport.close(cause);
    const denial = playback.start(stream, findFormat(this.#context, only, framing), transport);
    if (denial) transport.close({ code: 'denied', message: denial.reason });
  }

  /** Serves a WebSocket handshake on the same path. A denial is an HTTP status, which the browser's console shows. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, match: RouteMatch): Promise<void> {
    const attempt = this.#begin(request, 'ws', () => socket.destroy());
    const { arrival } = attempt;
    socket.once('close', () => arrival.leave(LEFT));
    const admitted = settle(attempt, await this.#ask(attempt, match));
    if (admitted instanceof Denial) return denyUpgrade(socket, admitted);
    const { playback, stream, only } = admitted;
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const transport = new WebSocketTransport(webSocket, socket, (cause) => arrival.leave(cause));
      attempt.close = (cause) => transport.close(cause);
      webSocket.on('error', (error) => this.#context.log.debug({ err: error }, 'WebSocket failed'));
      const denial = playback.start(stream, findFormat(this.#context, only, 'bare'), transport);
      if (denial) transport.close({ code: 'denied', message: denial.reason });
    });
    // ws has responded to a handshake that it rejected: a wrong version, a missing key.
    if (socket.destroyed || socket.writableEnded) arrival.leave(LEFT);
  }

  #begin(request: IncomingMessage, transport: 'http' | 'ws', close: Attempt['close']): Attempt {
    return { arrival: this.#context.admission.arrive(describeHttpClient(request, 'flv', transport)), close };
  }

  async #ask(attempt: Attempt, match: RouteMatch): Promise<Admitted | Denial> {
    const target = this.#readTarget(match);
    if (target instanceof Denial) return target;
    const close = (cause: EndCause): void => attempt.close(cause);
    const connection = await attempt.arrival.enter(target.app, target.query, close);
    if (connection instanceof Denial) return connection;
    const only = readOnly(target.query);
    if (only instanceof Denial) return only;
    const playback = await connection.play(target, close);
    if (playback instanceof Denial) return playback;
    const stream = await playback.findStream();
    return stream instanceof Denial ? stream : { playback, stream, only };
  }

  #readTarget({ path, search }: RouteMatch): StreamTarget | Denial {
    const stream = path.replace(/\.flv\/?$/i, '');
    const target = parseStreamUrl(stream, search, (app) => this.#context.admission.hasApp(app));
    return target ?? new Denial('invalid', `${path} names no stream; the URL is /APP/NAME.flv`);
  }
}

/** Ends the arrival of a denied client: its connection may be kept alive. */
function settle({ arrival }: Attempt, asked: Admitted | Denial): Admitted | Denial {
  // Checked again: other viewers may have taken the last places since the stream was found.
  const denial = asked instanceof Denial ? asked : asked.playback.denialFor(asked.stream);
  if (denial) arrival.leave({ code: 'denied', message: denial.reason });
  return denial ?? asked;
}

function readOnly(query: URLSearchParams): Only | Denial {
  const only = query.get('only');
  if (only === null || only === 'audio' || only === 'video') return only ?? undefined;
  return new Denial('invalid', `only=${only} is unknown; use only=audio or only=video`);
}

/** A live stream has no length (RFC 9112 section 6.3); the connection ends with it. */
function writeStreamHead(response: ServerResponse, framing: Framing): void {
  response.shouldKeepAlive = false;
  if (framing === 'bare') response.removeHeader('transfer-encoding');
  response.writeHead(200, {
    'content-type': 'video/x-flv',
    'cache-control': 'no-cache, no-store',
    connection: 'close',
    ...(framing === 'chunked' && { 'transfer-encoding': 'chunked' }),
    // Without this, nginx as a proxy would collect the stream before it passes it on.
    'x-accel-buffering': 'no',
  });
  response.flushHeaders();
}
