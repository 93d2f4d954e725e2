// A request for a stream: read, admitted, then answered by HTTP or by WebSocket.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Admission } from '../../core/session/admission.ts';
import { Denial, DENIAL_HTTP_STATUS } from '../../core/session/denial.ts';
import { corsHeaders, type AllowOrigin } from '../../core/http/cors.ts';
import { replyDenial } from '../../core/http/reply.ts';
import type { Logger } from '../../core/log.ts';
import { formatRemote } from '../../core/net/address.ts';
import { endSocket } from '../../core/net/end-socket.ts';
import { parseStreamAddress } from '../../core/stream-address.ts';
import type { Playback } from '../../core/session/playback.ts';
import type { Client, EndCause, StreamRequest } from '../../core/session/session.ts';
import type { Stream } from '../../core/stream/stream.ts';
import type { FlvFormats, Framing, Only } from './flv-formats.ts';
import { HttpTransport } from './http-transport.ts';
import { WebSocketTransport } from './web-socket-transport.ts';

/** A connection that was refused gets this long to read why. */
const CLOSING_MS = 3000;

/** A viewer sends no messages; one that does anyway may not fill the memory. */
const MAX_WEB_SOCKET_MESSAGE_BYTES = 4096;

interface Admitted {
  readonly playback: Playback;
  readonly stream: Stream;
  readonly only: Only;
}

/** How the server ends a session: before the viewer has joined by giving up, after that through its transport. */
interface Ending {
  close: (cause: EndCause) => void;
}

export class FlvPlayRequests {
  readonly #admission: Admission;
  readonly #log: Logger;
  readonly #allowOrigin: AllowOrigin;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_WEB_SOCKET_MESSAGE_BYTES,
  });
  readonly #formats: FlvFormats;

  constructor(admission: Admission, log: Logger, allowOrigin: AllowOrigin, formats: FlvFormats) {
    this.#admission = admission;
    this.#log = log;
    this.#allowOrigin = allowOrigin;
    this.#formats = formats;
  }

  /** Answers GET and HEAD of /{app}/{name}.flv. */
  async play(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const headers = corsHeaders(request, this.#allowOrigin);
    const ending: Ending = { close: () => response.destroy() };
    const admitted = await this.#admit(request, 'http', ending, (gone) => response.once('close', gone));
    if (admitted instanceof Denial) return replyDenial(request, response, admitted, headers);
    const { playback, stream, only } = admitted;
    const { socket } = response;
    // A request behind a stream on the same connection: its turn never comes, because the stream ends with that.
    if (response.destroyed || !socket) return playback.stop(LEFT);
    const refusal = playback.refusal(stream);
    if (refusal) {
      playback.stop({ code: 'denied', message: refusal.reason });
      return replyDenial(request, response, refusal, headers);
    }
    const framing: Framing = request.httpVersion === '1.0' ? 'bare' : 'chunked';
    writeStreamHead(response, framing, headers);
    if (request.method === 'HEAD') {
      playback.stop(LEFT);
      return void response.end();
    }
    const viewer = new HttpTransport(socket, framing, (cause) => playback.stop(cause));
    ending.close = (cause) => viewer.close(cause);
    response.once('close', () => playback.stop(LEFT));
    const denial = playback.start(stream, this.#formats.find(only, framing), viewer);
    if (denial) viewer.close({ code: 'denied', message: denial.reason });
  }

  /** Answers a WebSocket handshake on the same path. A refusal is an HTTP status, which the browser's console shows. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const ending: Ending = { close: () => socket.destroy() };
    const admitted = await this.#admit(request, 'ws', ending, (gone) => socket.once('close', gone));
    if (admitted instanceof Denial) return refuseUpgrade(socket, admitted);
    const { playback, stream, only } = admitted;
    if (socket.destroyed) return playback.stop(LEFT);
    const refusal = playback.refusal(stream);
    if (refusal) {
      playback.stop({ code: 'denied', message: refusal.reason });
      return refuseUpgrade(socket, refusal);
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const viewer = new WebSocketTransport(webSocket, socket, (cause) => playback.stop(cause));
      ending.close = (cause) => viewer.close(cause);
      webSocket.on('error', (error) => this.#log.debug({ err: error }, 'WebSocket failed'));
      webSocket.once('close', () => playback.stop(LEFT));
      const denial = playback.start(stream, this.#formats.find(only, 'bare'), viewer);
      if (denial) viewer.close({ code: 'denied', message: denial.reason });
    });
    // A handshake that ws refused (a wrong version, a missing key) has been answered by it.
    if (socket.destroyed || socket.writableEnded) playback.stop(LEFT);
  }

  async #admit(
    request: IncomingMessage,
    transport: 'http' | 'ws',
    ending: Ending,
    onGone: (gone: () => void) => void,
  ): Promise<Admitted | Denial> {
    const wanted = this.#readRequest(request, transport);
    if (wanted instanceof Denial) return wanted;
    const refused = await this.#admission.connect({
      client: wanted.client,
      app: wanted.app,
      query: wanted.query,
    });
    if (refused) return refused;
    const only = readOnly(wanted.query);
    if (only instanceof Denial) return only;
    const playback = await this.#admission.play(wanted, (cause) => ending.close(cause));
    if (playback instanceof Denial) return playback;
    onGone(() => playback.stop(LEFT));
    const stream = await playback.findStream();
    if (stream) return { playback, stream, only };
    const missing = new Denial('not-found', `nobody publishes ${playback.session.key}`);
    playback.stop({ code: 'denied', message: missing.reason });
    return missing;
  }

  #readRequest(request: IncomingMessage, transport: 'http' | 'ws'): StreamRequest | Denial {
    const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s, 2);
    const name = `${path.replace(/\.flv\/?$/i, '')}?${query}`;
    const address = parseStreamAddress({ app: '', name }, (app) => this.#admission.hasApp(app));
    if (!address.ok) return new Denial('invalid', `${path} names no stream; the URL is /APP/NAME.flv`);
    return { client: this.#describeClient(request, transport), ...address };
  }

  #describeClient(request: IncomingMessage, transport: 'http' | 'ws'): Client {
    const { socket, headers } = request;
    const secure = 'encrypted' in socket ? 's' : '';
    return {
      id: this.#admission.nextId(),
      plugin: 'httpflv',
      protocol: `${transport}${secure}-flv`,
      remote: formatRemote(socket),
      pageUrl: headers.referer ?? headers.origin,
      userAgent: headers['user-agent'],
    };
  }
}

const LEFT: EndCause = { code: 'left', message: 'the viewer has left' };

function readOnly(query: URLSearchParams): Only | Denial {
  const only = query.get('only');
  if (only === null || only === 'audio' || only === 'video') return only ?? undefined;
  return new Denial('invalid', `only=${only} is unknown; use only=audio or only=video`);
}

/** A live stream has no length (RFC 9112 section 6.3); the connection ends with it. */
function writeStreamHead(response: ServerResponse, framing: Framing, cors: OutgoingHttpHeaders): void {
  if (framing === 'bare') response.removeHeader('transfer-encoding');
  response.writeHead(200, {
    'content-type': 'video/x-flv',
    'cache-control': 'no-cache, no-store',
    connection: 'close',
    ...(framing === 'chunked' && { 'transfer-encoding': 'chunked' }),
    // nginx as a proxy in front would otherwise collect the stream before it passes it on.
    'x-accel-buffering': 'no',
    ...cors,
  });
  response.flushHeaders();
}

function refuseUpgrade(socket: Duplex, denial: Denial): void {
  const body = `${JSON.stringify({ error: denial.code, reason: denial.reason })}\n`;
  socket.write(
    `HTTP/1.1 ${DENIAL_HTTP_STATUS[denial.code]} ${denial.code}\r\nconnection: close\r\n` +
      `content-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  endSocket(socket, CLOSING_MS);
}
