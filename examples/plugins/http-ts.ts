// HTTP-TS, an output protocol: GET /{app}/{name}.ts gives the live stream as MPEG-TS, without an end. All viewers of a stream
// share one muxer and its bytes. Try: ffplay http://HOST:8011/live/movie.ts
import type { IncomingMessage, ServerResponse } from 'node:http';
import { addressSchema, definePlugin, Denial } from 'livego';
import type { AddressOption, Arrival, EndCause, ServerContext, Sink, StreamView } from 'livego';
import { describeHttpClient, onRequestEnd, parseStreamUrl, replyDenial, type RouteMatch } from 'livego/http';
import { SegmentMuxer, type MediaPacket } from 'livego/media';

const LEFT: EndCause = { code: 'left', message: 'the viewer has disconnected' };
/** Packets go out together after this time of the stream. */
const CHUNK_MS = 100;
/** A viewer begins with the last keyframe, if it is no further back than this. */
const MAX_GROUP_MS = 10_000;
const MAX_GROUP_BYTES = 8 * 1024 * 1024;
/** A viewer for which more waits is disconnected. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

export default definePlugin<{ readonly port: AddressOption }>({
  name: 'http-ts',
  schema: {
    type: 'object',
    properties: {
      port: addressSchema(8011, 'Address of http://HOST:PORT/APP/NAME.ts. Others may share it.'),
    },
  },
  server(context, options) {
    const streams = new Map<string, TsStream>();
    const play = async (
      request: IncomingMessage,
      response: ServerResponse,
      match: RouteMatch,
    ): Promise<void> => {
      const arrival = context.admission.arrive(describeHttpClient(request, 'ts', 'http'));
      onRequestEnd(request, response, () => arrival.leave(LEFT));
      const view = await admit(context, arrival, match, () => response.destroy());
      if (view instanceof Denial) {
        arrival.leave({ code: 'denied', message: view.reason });
        return replyDenial(request, response, view);
      }
      response.writeHead(200, { 'content-type': 'video/mp2t', 'cache-control': 'no-cache, no-store' });
      response.flushHeaders();
      if (request.method === 'HEAD') return void response.end();
      const stream = streams.get(view.key) ?? new TsStream(context, view, () => streams.delete(view.key));
      streams.set(view.key, stream);
      onRequestEnd(request, response, () => stream.remove(response));
      stream.add(response, arrival);
    };
    context.serve(options, [{ methods: ['GET', 'HEAD'], path: '/*', extension: 'ts', handle: play }]);
    context.onStop(() => streams.forEach((stream) => stream.end()));
  },
});

/** The way of every client: gates of the application, gates of playing, then the stream. */
async function admit(
  { admission }: ServerContext,
  arrival: Arrival,
  { path, search }: RouteMatch,
  close: () => void,
): Promise<StreamView | Denial> {
  const target = parseStreamUrl(path.replace(/\.ts$/i, ''), search, (app) => admission.hasApp(app));
  if (!target) return new Denial('invalid', `${path} names no stream; the URL is /APP/NAME.ts`);
  const connection = await arrival.enter(target.app, target.query, close);
  if (connection instanceof Denial) return connection;
  const playback = await connection.play(target, close);
  if (playback instanceof Denial) return playback;
  const stream = await playback.findStream();
  return stream instanceof Denial ? stream : (playback.countViewer(stream, () => ({})) ?? stream);
}

/** One stream with its viewers. It is muxed while there are any. */
class TsStream implements Sink {
  readonly #muxer = new SegmentMuxer({ maxSegmentBytes: MAX_GROUP_BYTES });
  readonly #viewers = new Map<ServerResponse, Arrival>();
  readonly #detach: () => void;
  readonly #onEmpty: () => void;
  /** The chunks since the last keyframe. */
  #group: Buffer[] = [];
  #groupBytes = 0;
  #groupStart = 0;
  #chunkStart = 0;

  constructor(context: ServerContext, stream: StreamView, onEmpty: () => void) {
    this.#onEmpty = onEmpty;
    this.#detach = context.attach(stream, this);
  }

  add(response: ServerResponse, arrival: Arrival): void {
    this.#viewers.set(response, arrival);
    for (const chunk of this.#group) this.#send(response, chunk);
  }

  remove(response: ServerResponse): void {
    if (!this.#viewers.delete(response) || this.#viewers.size > 0) return;
    this.#detach();
    this.#onEmpty();
  }

  write(packet: MediaPacket): void {
    if (packet.keyframe || packet.timestamp - this.#chunkStart >= CHUNK_MS) this.#flush(packet);
    this.#muxer.push(packet);
  }

  discontinuity(): void {
    this.#deliver(this.#muxer.cut('discontinuity'));
  }

  /** The stream has ended, or the plugin stops. */
  end(): void {
    this.#deliver(this.#muxer.cut());
    for (const [response, arrival] of this.#viewers) {
      arrival.leave({ code: 'unpublished', message: 'the stream has ended' });
      response.end();
    }
    this.#viewers.clear();
    this.#onEmpty();
  }

  #flush({ keyframe, timestamp }: MediaPacket): void {
    this.#deliver(this.#muxer.cut());
    this.#chunkStart = timestamp;
    if (!keyframe && timestamp - this.#groupStart < MAX_GROUP_MS) return;
    this.#group = [];
    this.#groupBytes = 0;
    this.#groupStart = timestamp;
  }

  #deliver(chunk: Buffer | undefined): void {
    if (!chunk) return;
    this.#groupBytes += chunk.length;
    if (this.#groupBytes <= MAX_GROUP_BYTES) this.#group.push(chunk);
    for (const response of this.#viewers.keys()) this.#send(response, chunk);
  }

  #send(response: ServerResponse, chunk: Buffer): void {
    if (response.writableLength <= MAX_WAITING_BYTES) return void response.write(chunk);
    this.#viewers.get(response)?.leave({ code: 'slow', message: 'the viewer reads too slowly' });
    response.destroy();
  }
}
