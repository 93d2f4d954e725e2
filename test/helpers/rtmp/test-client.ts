// A publisher and a player in this process.
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { MediaKind } from '../../../core/media/packet.ts';
import { RtmpClientSession, type RtmpClientOptions } from '../../../core/protocol/rtmp/client/client.ts';
import type { RtmpStatus } from '../../../core/protocol/rtmp/status.ts';
import { parseRtmpUrl } from '../../../core/stream-address.ts';
import { Progress } from './progress.ts';
import { toPacket, TYPE, type WirePacket } from './wire-packet.ts';

export interface ClientOptions {
  /** Carries the bytes in place of a TCP connection to the URL's host: TLS, or a pair in memory. */
  readonly socket?: Duplex;
  readonly session?: Partial<RtmpClientOptions>;
}

/** The common part of publishers and players. */
export class TestClient {
  readonly socket: Duplex;
  readonly session: RtmpClientSession;
  readonly statuses: RtmpStatus[] = [];
  readonly packets: WirePacket[] = [];
  readonly progress = new Progress();
  reconnectRequests = 0;
  outcome: 'pending' | 'ready' | 'refused' | 'ended' = 'pending';
  closed = false;

  constructor(mode: 'publish' | 'play', url: string, socket: Duplex, options: ClientOptions) {
    const parsed = parseRtmpUrl(url);
    if (!parsed.ok) throw new Error(parsed.reason);
    const { app, name, tcUrl } = parsed;
    this.socket = socket;
    this.session = new RtmpClientSession({
      mode,
      app,
      name,
      tcUrl,
      send: (bytes) => void socket.write(bytes),
      observer: {
        onReady: () => this.#become('ready'),
        onRejected: () => this.#become('refused'),
        onEnded: () => this.#become('ended'),
        onStatus: (status) => void this.statuses.push(status),
        onReconnectRequest: () => void this.reconnectRequests++,
        onMedia: (message) => void this.packets.push(toPacket(message)),
      },
      ...options.session,
    });
    socket.on('data', (bytes: Buffer) => {
      this.session.push(bytes);
      this.progress.notify();
    });
    socket.once('error', () => {});
    socket.once('close', () => {
      this.closed = true;
      this.progress.notify();
    });
    this.session.start();
  }

  /** Codes of every onStatus so far. */
  get codes(): string[] {
    return this.statuses.map((status) => status.code);
  }

  /** Resolves once publishing or playing has started; throws with the server's words if it was denied. */
  async ready(): Promise<this> {
    await this.progress.until(() => {
      if (this.outcome === 'refused') throw new Error(`refused: ${this.statuses.at(-1)?.description}`);
      if (this.closed && this.outcome === 'pending') throw new Error('The server closed the connection.');
      return this.outcome !== 'pending';
    }, 'the server to say Start');
    return this;
  }

  /** Resolves with the denial. */
  async refused(): Promise<RtmpStatus> {
    await this.progress.until(() => this.outcome === 'refused', 'the server to refuse');
    return this.statuses.at(-1)!;
  }

  /** Resolves when the connection has closed. */
  async gone(): Promise<void> {
    await this.progress.until(() => this.closed, 'the end of the connection');
  }

  /** Ends publishing or playing, and closes. */
  async leave(): Promise<void> {
    this.session.stop();
    this.socket.end();
    await this.gone();
  }

  /** Breaks the connection without notice. */
  vanish(): void {
    this.socket.destroy();
  }

  #become(outcome: TestClient['outcome']): void {
    this.outcome = outcome;
  }
}

export class TestPublisher extends TestClient {
  send(packet: WirePacket): void {
    this.session.sendMedia(TYPE[packet.kind], packet.timestamp, packet.payload);
  }

  /** Sends all packets; resolves when they have left this process. */
  async sendAll(packets: readonly WirePacket[]): Promise<void> {
    for (const packet of packets) {
      this.send(packet);
      if (this.socket.writableNeedDrain) await once(this.socket, 'drain');
    }
  }
}

export class TestPlayer extends TestClient {
  /** Resolves with the first `count` packets of these kinds; by default of audio and video. */
  async received(count: number, kinds: readonly MediaKind[] = ['audio', 'video']): Promise<WirePacket[]> {
    const wanted = (): WirePacket[] => this.packets.filter((packet) => kinds.includes(packet.kind));
    const packets = await this.progress.until(() => wanted().length >= count && wanted(), `${count} packets`);
    return packets.slice(0, count);
  }

  /** Resolves with everything of audio and video, once the stream or the connection has ended. */
  async all(): Promise<WirePacket[]> {
    await this.progress.until(() => this.outcome === 'ended' || this.closed, 'the end of the stream');
    return this.packets.filter((packet) => packet.kind !== 'data');
  }
}
