// Healthy viewers of each protocol. They live as long as their stream, which may be longer than one test.
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { FlvReader } from '../../../core/media/flv/tag-reader.ts';
import { within } from '../../helpers/net.ts';
import { TestPlayer, TestPublisher, type WirePacket } from '../../helpers/rtmp-client.ts';
import { PATIENCE_MS } from './size.ts';
import { Comparison, frameIn } from './source.ts';

export interface HealthyViewer {
  readonly protocol: string;
  /** The number of the newest frame that it has got, of each kind. */
  readonly reached: number;
  readonly fault: string | undefined;
  close(): void;
}

/** A viewer whose packets come by themselves. */
class LiveViewer implements HealthyViewer {
  readonly protocol: string;
  readonly #comparison = new Comparison(1);
  readonly #changed: () => void;
  readonly #close: () => void;
  #fault: string | undefined;
  #closed = false;

  constructor(protocol: string, changed: () => void, close: () => void) {
    this.protocol = protocol;
    this.#changed = changed;
    this.#close = close;
  }

  get reached(): number {
    return this.#comparison.reached;
  }

  get fault(): string | undefined {
    return this.#fault ?? this.#comparison.fault;
  }

  take(packets: readonly WirePacket[]): void {
    for (const packet of packets) {
      const frame = frameIn(packet);
      if (frame) this.#comparison.take(frame, packet.timestamp);
    }
    this.#changed();
  }

  ended(how: string): void {
    if (!this.#closed) this.#fault ??= `was ended: ${how}`;
    this.#changed();
  }

  close(): void {
    this.#closed = true;
    this.#close();
  }
}

export async function openSocket(port: number, localAddress?: string): Promise<Socket> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    ...(localAddress ? { localAddress } : {}),
  });
  await within(once(socket, 'connect'), `a connection to port ${port}`, PATIENCE_MS);
  return socket.on('error', () => {});
}

export async function openHealthyPublisher(url: string): Promise<TestPublisher> {
  const socket = await openSocket(Number(new URL(url).port));
  return new TestPublisher('publish', url, socket, {});
}

export async function viewByRtmp(url: string, changed: () => void): Promise<HealthyViewer> {
  const socket = await openSocket(Number(new URL(url).port));
  const player = new TestPlayer('play', url, socket, {});
  const viewer = new LiveViewer('RTMP', changed, () => socket.destroy());
  socket.on('data', () => viewer.take(player.packets.splice(0)));
  socket.once('close', () => viewer.ended('the connection was closed'));
  return viewer;
}

export function viewByHttp(url: string, changed: () => void): HealthyViewer {
  const reader = new FlvReader();
  const asked = request(url, { agent: false });
  const viewer = new LiveViewer('HTTP-FLV', changed, () => asked.destroy());
  asked.once('error', (error) => viewer.ended(error.message)).end();
  asked.once('response', (response) => {
    if (response.statusCode !== 200) viewer.ended(`status ${response.statusCode}`);
    response.on('data', (bytes: Buffer) => viewer.take(packetsOf(reader, bytes)));
    response.on('error', () => {}).once('close', () => viewer.ended('the response ended'));
  });
  return viewer;
}

export function viewByWebSocket(url: string, changed: () => void): HealthyViewer {
  const reader = new FlvReader();
  const socket = new WebSocket(url);
  const viewer = new LiveViewer('WebSocket-FLV', changed, () => socket.terminate());
  socket.on('message', (bytes: Buffer) => viewer.take(packetsOf(reader, bytes)));
  socket.once('error', (error) => viewer.ended(error.message));
  socket.once('close', (code) => viewer.ended(`closed with ${code}`));
  return viewer;
}

function packetsOf(reader: FlvReader, bytes: Buffer): WirePacket[] {
  return reader.push(bytes).map(({ type, timestamp, body }) => ({
    kind: type === 'script' ? 'data' : type,
    timestamp,
    payload: body,
  }));
}
