// RTMP clients of this process: a publisher and a player, and a bare connection whose commands the test writes itself.
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { AmfValue } from '../../core/media/amf-value.ts';
import { RtmpClientSession, type RtmpClientOptions } from '../../core/protocol/rtmp/client.ts';
import type { CommandEncoding, RtmpCommand } from '../../core/protocol/rtmp/command.ts';
import { RtmpConnection } from '../../core/protocol/rtmp/connection.ts';
import { MESSAGE_TYPE, type ControlMessage, type RtmpMessage } from '../../core/protocol/rtmp/message.ts';
import { parseStatus, type RtmpStatus } from '../../core/protocol/rtmp/status.ts';
import { parseRtmpUrl } from '../../core/stream-address.ts';
import type { MediaKind } from '../../core/media/packet.ts';
import { connectTo, within } from './net.ts';

/** A media message as it came, or as it is to be sent: payload and raw timestamp in milliseconds. */
export interface WirePacket {
  readonly kind: MediaKind;
  readonly timestamp: number;
  readonly payload: Buffer;
}

const TYPE: Readonly<Record<MediaKind, number>> = {
  audio: MESSAGE_TYPE.audio,
  video: MESSAGE_TYPE.video,
  data: MESSAGE_TYPE.dataAmf0,
};

function toPacket({ type, timestamp, payload }: RtmpMessage): WirePacket {
  const kind = type === MESSAGE_TYPE.video ? 'video' : type === MESSAGE_TYPE.audio ? 'audio' : 'data';
  return { kind, timestamp, payload };
}

/** Waits for something that grows: `until` looks again at each `notify`. */
class Progress {
  readonly #waiting = new Set<() => void>();

  notify(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  async until<Value>(look: () => Value | undefined | false, what: string): Promise<Value> {
    const seen = new Promise<Value>((resolve, reject) => {
      const wake = (): void => {
        try {
          const value = look();
          if (value === undefined || value === false) return;
          this.#waiting.delete(wake);
          resolve(value);
        } catch (error) {
          reject(error);
        }
      };
      this.#waiting.add(wake);
      wake();
    });
    return within(seen, what);
  }
}

export interface ClientOptions {
  /** What carries the bytes, if not a TCP connection to the URL's host: TLS, or a pair in memory. */
  readonly socket?: Duplex;
  readonly session?: Partial<RtmpClientOptions>;
}

/** What publishers and players have in common. */
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
        onRefused: () => this.#become('refused'),
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

  /** Resolves once publishing or playing has begun; throws with the server's words if it refused. */
  async ready(): Promise<this> {
    await this.progress.until(() => {
      if (this.outcome === 'refused') throw new Error(`refused: ${this.statuses.at(-1)?.description}`);
      if (this.closed && this.outcome === 'pending') throw new Error('The server closed the connection.');
      return this.outcome !== 'pending';
    }, 'the server to say Start');
    return this;
  }

  /** Resolves with the refusal. */
  async refused(): Promise<RtmpStatus> {
    await this.progress.until(() => this.outcome === 'refused', 'the server to refuse');
    return this.statuses.at(-1)!;
  }

  /** Resolves when the connection is gone. */
  async gone(): Promise<void> {
    await this.progress.until(() => this.closed, 'the end of the connection');
  }

  /** Takes leave and closes. */
  async leave(): Promise<void> {
    this.session.stop();
    this.socket.end();
    await this.gone();
  }

  /** The connection breaks without a word. */
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

  /** Sends all; resolves when they have left this process. */
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

async function socketFor(url: string, { socket }: ClientOptions): Promise<Duplex> {
  if (socket) return socket;
  const parsed = parseRtmpUrl(url);
  if (!parsed.ok) throw new Error(parsed.reason);
  return connectTo(parsed.port, parsed.host);
}

/** Begins to publish; see `ready` and `refused`. */
export async function openPublisher(url: string, options: ClientOptions = {}): Promise<TestPublisher> {
  return new TestPublisher('publish', url, await socketFor(url, options), options);
}

/** Publishes: the server has said Start. */
export async function publishTo(url: string, options: ClientOptions = {}): Promise<TestPublisher> {
  return (await openPublisher(url, options)).ready();
}

/** Begins to play; see `ready` and `refused`. */
export async function openPlayer(url: string, options: ClientOptions = {}): Promise<TestPlayer> {
  return new TestPlayer('play', url, await socketFor(url, options), options);
}

/** Plays: the server has said Start. */
export async function playFrom(url: string, options: ClientOptions = {}): Promise<TestPlayer> {
  return (await openPlayer(url, options)).ready();
}

/** One message from the server, in the order in which all of them came. */
export type Heard =
  | {
      readonly kind: 'command';
      readonly streamId: number;
      readonly type: number;
      readonly command: RtmpCommand;
    }
  | { readonly kind: 'control'; readonly control: ControlMessage }
  | { readonly kind: 'media'; readonly streamId: number; readonly packet: WirePacket };

/** A connection past its handshake whose commands the test writes itself. */
export class RtmpDialogue {
  readonly socket: Duplex;
  readonly connection: RtmpConnection;
  readonly heard: Heard[] = [];
  readonly progress = new Progress();
  encoding: CommandEncoding = 'amf0';
  closed = false;
  #handshaken = false;
  #read = 0;

  constructor(socket: Duplex) {
    this.socket = socket;
    this.connection = new RtmpConnection({
      role: 'client',
      send: (bytes) => void socket.write(bytes),
      receiver: {
        onHandshake: () => void (this.#handshaken = true),
        onCommand: (command, { streamId, type }) =>
          void this.heard.push({ kind: 'command', streamId, type, command }),
        onControl: (control) => void this.heard.push({ kind: 'control', control }),
        onMedia: (message) =>
          void this.heard.push({ kind: 'media', streamId: message.streamId, packet: toPacket(message) }),
      },
    });
    socket.on('data', (bytes: Buffer) => {
      this.connection.push(bytes);
      this.progress.notify();
    });
    socket.once('error', () => {});
    socket.once('close', () => {
      this.closed = true;
      this.progress.notify();
    });
    this.connection.start();
  }

  /** Sends a command. */
  call(
    name: string,
    transactionId: number,
    args: readonly AmfValue[] = [],
    { streamId = 0, object = null }: { readonly streamId?: number; readonly object?: AmfValue } = {},
  ): void {
    this.connection.sendCommand({ name, transactionId, object, args }, streamId, this.encoding);
  }

  send(packet: WirePacket, streamId = 1): void {
    this.connection.sendMedia(TYPE[packet.kind], streamId, packet.timestamp, packet.payload);
  }

  /** Goes on reading what came until `accept` takes a message; what stood before it is skipped. */
  async next<Kind extends Heard['kind']>(
    kind: Kind,
    accept: (heard: Extract<Heard, { kind: Kind }>) => boolean,
    what: string,
  ): Promise<Extract<Heard, { kind: Kind }>> {
    return this.progress.until(() => {
      while (this.#read < this.heard.length) {
        const heard = this.heard[this.#read++]!;
        if (heard.kind === kind && accept(heard as Extract<Heard, { kind: Kind }>))
          return heard as Extract<Heard, { kind: Kind }>;
      }
      if (this.closed) throw new Error(`The connection ended before ${what}.`);
      return undefined;
    }, what);
  }

  /** The next command of that name. */
  async command(name: string): Promise<RtmpCommand> {
    return (await this.next('command', ({ command }) => command.name === name, name)).command;
  }

  /** The next onStatus. */
  async status(): Promise<RtmpStatus> {
    return parseStatus(await this.command('onStatus'))!;
  }

  /** The next _result or _error. */
  async answer(transactionId: number): Promise<RtmpCommand> {
    const answers = ({ command }: { readonly command: RtmpCommand }): boolean =>
      ['_result', '_error'].includes(command.name) && command.transactionId === transactionId;
    return (await this.next('command', answers, `the answer to ${transactionId}`)).command;
  }

  /** The next media message. */
  async media(): Promise<{ readonly streamId: number; readonly packet: WirePacket }> {
    return this.next('media', () => true, 'media');
  }

  async handshake(): Promise<this> {
    await this.progress.until(() => this.#handshaken, 'the handshake');
    return this;
  }

  /** connect as librtmp sends it; `fields` adds to the command object or replaces. */
  async connect(app: string, fields: Readonly<Record<string, AmfValue>> = {}): Promise<RtmpCommand> {
    this.call('connect', 1, [], {
      object: { app, type: 'nonprivate', flashVer: 'FMLE/3.0', tcUrl: `rtmp://test/${app}`, ...fields },
    });
    return this.answer(1);
  }

  /** createStream; resolves with the message stream id. */
  async createStream(transactionId = 2): Promise<number> {
    this.call('createStream', transactionId);
    return Number((await this.answer(transactionId)).args[0]);
  }

  async gone(): Promise<void> {
    await this.progress.until(() => this.closed, 'the end of the connection');
  }
}

/** A connection to that port, past its handshake. */
export async function openDialogue(port: number): Promise<RtmpDialogue> {
  const socket = await connectTo(port);
  const dialogue = new RtmpDialogue(socket);
  onTestFinished(() => dialogue.connection.close());
  return dialogue.handshake();
}

/** A connection of which connect has succeeded. */
export async function connectDialogue(
  port: number,
  app = 'live',
  fields: Readonly<Record<string, AmfValue>> = {},
): Promise<RtmpDialogue> {
  const dialogue = await openDialogue(port);
  const answer = await dialogue.connect(app, fields);
  if (answer.name !== '_result') throw new Error(`connect was answered by ${answer.name}`);
  return dialogue;
}
