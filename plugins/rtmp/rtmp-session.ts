// One RTMP connection: from the handshake through connect and createStream to its publishers and players.
import type { Socket } from 'node:net';
import type { Admission } from '../../core/session/admission.ts';
import { LivegoError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { formatRemote } from '../../core/net/address.ts';
import { endSocket } from '../../core/net/end-socket.ts';
import { pacedSocket } from '../../core/intake/paced-socket.ts';
import * as answer from '../../core/protocol/rtmp/responses.ts';
import { agreeCapabilities, CAPS_EX } from '../../core/protocol/rtmp/capabilities.ts';
import type { RtmpCommand } from '../../core/protocol/rtmp/command.ts';
import { RtmpConnection } from '../../core/protocol/rtmp/connection.ts';
import type { RtmpMessage } from '../../core/protocol/rtmp/message.ts';
import type { PayloadMemory } from '../../core/protocol/rtmp/chunks/payload-memory.ts';
import { parseConnect, type ConnectRequest } from '../../core/protocol/rtmp/request.ts';
import type { RtmpFormats } from '../../core/protocol/rtmp/rtmp-format.ts';
import { connectionClosed, reconnectRequest } from '../../core/protocol/rtmp/status.ts';
import { parseAppPath } from '../../core/stream-address.ts';
import type { Publication } from '../../core/session/publication.ts';
import type { Client, EndCause } from '../../core/session/session.ts';
import type { Ticker } from '../../core/ticker.ts';
import { dispatchCommand, type CommandReceiver } from './commands.ts';
import { MessageStream, type MessageStreamOwner } from './message-stream.ts';
import { CommandQueue } from './command-queue.ts';
import type { RtmpOptions } from './schema.ts';

export interface RtmpSessionOptions {
  readonly admission: Admission;
  readonly ticker: Ticker;
  readonly log: Logger;
  readonly formats: RtmpFormats;
  readonly memory: PayloadMemory;
  readonly options: RtmpOptions;
}

/** Acknowledgement window and peer bandwidth that we announce, in bytes; the classic server's. */
const WINDOW_BYTES = 2_500_000;
/** Answers that a peer provokes but does not read may queue up to this; then it is cut off. */
const MAX_UNREAD_ANSWER_BYTES = 256 * 1024;
/** A connection that is being closed gets this long to take its last bytes. */
const CLOSING_MS = 3000;

type Phase = 'handshake' | 'connecting' | 'connected' | 'closed';

export class RtmpSession implements MessageStreamOwner, CommandReceiver {
  readonly socket: Socket;
  readonly connection: RtmpConnection;
  readonly admission: Admission;
  readonly formats: RtmpFormats;
  readonly log: Logger;
  readonly #options: RtmpOptions;
  readonly #ticker: Ticker;
  readonly #streams = new Map<number, MessageStream>();
  readonly #drained = new Set<() => void>();
  readonly #removeTick: () => void;
  #client: Client;
  #connect: ConnectRequest | undefined;
  #phase: Phase = 'handshake';
  #nextStreamId = 1;
  #toldToReconnect = false;
  /** When bytes last came, and since when there is nothing to publish or play; monotonic ms. */
  #heardAt: number;
  #idleSince: number;
  #unreadAnswerBytes = 0;
  /** Who has the connection for itself, which is read in turns for that reason. */
  #alone: Publication | undefined;
  readonly #work = new CommandQueue({
    paused: () => void this.socket.pause(),
    resumed: () => void this.socket.resume(),
    failed: (error) => this.#fail(error),
  });

  constructor(socket: Socket, protocol: 'rtmp' | 'rtmps', surroundings: RtmpSessionOptions) {
    const { admission, ticker, log, formats, memory, options } = surroundings;
    this.socket = socket;
    this.admission = admission;
    this.formats = formats;
    this.#options = options;
    this.#ticker = ticker;
    this.#client = { id: admission.nextId(), plugin: 'rtmp', protocol, remote: formatRemote(socket) };
    this.log = log;
    this.#heardAt = this.#idleSince = ticker.now();
    this.connection = new RtmpConnection({
      role: 'server',
      receiver: {
        onHandshake: () => this.#handshakeDone(),
        onCommand: (command, message) => this.#work.add(() => this.#command(command, message.streamId)),
        onMedia: (message) => this.#media(message),
      },
      send: (bytes) => this.#answer(bytes),
      memory,
      limits: { maxMessageLength: options.maxMessageBytes, maxChunkSize: options.maxChunkBytes },
    });
    this.#removeTick = ticker.add((now) => this.#tick(now));
    socket.on('data', (bytes) => this.#read(bytes));
    socket.on('drain', () => this.#drain());
    socket.once('end', () => this.#gone({ code: 'left', message: 'the client closed the connection' }));
    socket.once('error', (error) =>
      this.#gone({ code: 'failed', message: `the connection broke (${error.message})` }),
    );
    socket.once('close', () => this.#gone({ code: 'left', message: 'the connection is closed' }));
  }

  get client(): Client {
    return this.#client;
  }

  get closed(): boolean {
    return this.#phase === 'closed';
  }

  get connectRequest(): ConnectRequest {
    if (this.#connect) return this.#connect;
    throw new LivegoError('LVG_RTMP_COMMAND', 'a stream command came before connect');
  }

  onDrain(drained: () => void): () => void {
    this.#drained.add(drained);
    return () => this.#drained.delete(drained);
  }

  /** Ends the whole connection from our side, with a word to those who understand it. */
  close(cause: EndCause): void {
    if (this.#phase === 'closed') return;
    this.streamEnds(cause);
    for (const stream of [...this.#streams.values()]) stream.end(cause);
    // The end of its last stream may have closed the connection already.
    this.#shut(cause);
  }

  /**
   * Called by a stream that publishes now: with nothing else on it, the connection may be read in turns, until something
   * else comes. Not by TLS, which hands on each record by itself and does not stop between two.
   */
  publishes(publication: Publication): void {
    if (this.#streams.size > 1 || this.#client.protocol === 'rtmps') return;
    this.#alone = publication;
    publication.readInTurns(pacedSocket(this.socket, () => !this.#work.busy));
  }

  /** Called before the client is told that a stream ends: one that can is asked to reconnect while it still plays. */
  streamEnds(cause: EndCause): void {
    if (this.#phase !== 'connected' || cause.code !== 'shutdown' || this.#toldToReconnect) return;
    this.#toldToReconnect = true;
    const canReconnect = ((this.#connect?.capabilities.capsEx ?? 0) & CAPS_EX.reconnect) !== 0;
    if (canReconnect) this.send(reconnectRequest({ description: cause.message }));
  }

  /** Called by a stream that ended while the connection lives: with nothing left on it, the connection ends too. */
  streamEnded(stream: MessageStream, cause: EndCause): void {
    this.#streams.delete(stream.id);
    if (this.#streams.size === 0) this.#shut(cause);
  }

  send(command: RtmpCommand, streamId = 0): void {
    this.connection.sendCommand(command, streamId, this.#connect?.encoding);
  }

  async connect(command: RtmpCommand): Promise<void> {
    if (this.#connect)
      throw new LivegoError('LVG_RTMP_COMMAND', 'connect came a second time on one connection');
    const request = parseConnect(command);
    const { app, tcUrl, pageUrl, flashVersion, transactionId } = request;
    this.#client = { ...this.#client, tcUrl, pageUrl, userAgent: flashVersion };
    const parsed = parseAppPath(app);
    if (!parsed.ok)
      return this.#refuseConnect(transactionId, 'NetConnection.Connect.InvalidApp', parsed.reason);
    const named = this.#configuredApp(parsed.app);
    const denial = await this.admission.connect({ client: this.#client, app: named, query: parsed.query });
    if (denial) {
      const code =
        denial.code === 'not-found' ? 'NetConnection.Connect.InvalidApp' : 'NetConnection.Connect.Rejected';
      return this.#refuseConnect(transactionId, code, denial.reason);
    }
    this.#connect = request;
    this.#phase = 'connected';
    this.#idleSince = this.#ticker.now();
    this.connection.setWindow(WINDOW_BYTES);
    this.connection.sendControl({ kind: 'set-peer-bandwidth', size: WINDOW_BYTES, limit: 'dynamic' });
    this.connection.setChunkSize(this.#options.chunkSize);
    const capabilities = agreeCapabilities(request.capabilities);
    const { objectEncoding } = request;
    // Always AMF0: the answer is what tells the client that AMF3 has been agreed on.
    this.connection.sendCommand(answer.connectResult({ transactionId, objectEncoding, capabilities }));
    this.send(answer.onBWDone());
  }

  createStream(transactionId: number): void {
    const request = this.connectRequest;
    if (this.#streams.size >= this.#options.maxStreamsPerConnection) {
      const reason = `a connection may have ${this.#options.maxStreamsPerConnection} streams (rtmp.maxStreamsPerConnection)`;
      return this.send(answer.callError(transactionId, reason));
    }
    // Ids that clients have taken without asking are skipped.
    while (this.#streams.has(this.#nextStreamId)) this.#nextStreamId++;
    const id = this.#nextStreamId++;
    this.#addStream(id, new MessageStream(id, request, this));
    this.send(answer.createStreamResult(transactionId, id));
  }

  findStream(streamId: number): MessageStream | undefined {
    return this.#streams.get(streamId);
  }

  // publish or play on a message stream that was never created: old encoders do, and mean a new one.
  openStream(streamId: number): MessageStream {
    const present = this.#streams.get(streamId);
    if (present) return present;
    const created = new MessageStream(streamId, this.connectRequest, this);
    if (this.#streams.size >= this.#options.maxStreamsPerConnection) {
      throw new LivegoError(
        'LVG_RTMP_COMMAND',
        `more than ${this.#options.maxStreamsPerConnection} streams on one connection`,
      );
    }
    this.#addStream(streamId, created);
    return created;
  }

  endStream(streamId: number, how: 'close' | 'delete'): void {
    const stream = this.#streams.get(streamId);
    stream?.stop({ code: 'left', message: 'the client stopped it', deliberate: true });
    if (how === 'delete') this.#streams.delete(streamId);
    this.#idleSince = this.#ticker.now();
  }

  unknown(name: string): void {
    this.log.debug({ client: this.#client.id }, `unknown RTMP command ${name}`);
  }

  #addStream(id: number, stream: MessageStream): void {
    this.#streams.set(id, stream);
    if (this.#streams.size > 1) this.#alone?.readAtOnce();
  }

  #handshakeDone(): void {
    this.#phase = 'connecting';
    this.#idleSince = this.#ticker.now();
  }

  #read(bytes: Buffer): void {
    this.#heardAt = this.#ticker.now();
    try {
      this.connection.push(bytes);
      this.#alone?.tookBytes(bytes.length);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const { id, remote } = this.#client;
    if (error instanceof LivegoError)
      this.log.info({ client: id, remote, code: error.code }, `RTMP connection closed: ${message}`);
    else this.log.error({ err: error, client: id, remote }, 'RTMP session failed');
    this.#gone({ code: 'failed', message });
    this.socket.destroy();
  }

  #media(message: RtmpMessage): void {
    if (this.#work.busy) this.#work.add(() => this.#media(message));
    else (this.#streams.get(message.streamId) ?? this.#onlyPublisher())?.media(message);
  }

  // Some encoders send media on another message stream than the one they published on.
  #onlyPublisher(): MessageStream | undefined {
    const publishers = [...this.#streams.values()].filter((stream) => stream.publishing);
    return publishers.length === 1 ? publishers[0] : undefined;
  }

  #command(command: RtmpCommand, streamId: number): Promise<void> | void {
    if (this.#phase !== 'closed') return dispatchCommand(this, command, streamId);
  }

  // A client may name more than the application: of `live/room`, `live` is asked for if that is what is configured.
  #configuredApp(path: string): string {
    const segments = path.split('/');
    for (let count = segments.length; count > 0; count--) {
      const app = segments.slice(0, count).join('/');
      if (this.admission.hasApp(app)) return app;
    }
    return path;
  }

  #refuseConnect(
    transactionId: number,
    code: Parameters<typeof answer.connectError>[1],
    reason: string,
  ): void {
    this.send(answer.connectError(transactionId, code, reason));
    this.#shut({ code: 'denied', message: reason });
  }

  #answer(bytes: Buffer): void {
    this.socket.write(bytes);
    if (this.socket.writableLength < MAX_UNREAD_ANSWER_BYTES) this.#unreadAnswerBytes = 0;
    this.#unreadAnswerBytes += bytes.length;
    if (this.#unreadAnswerBytes <= MAX_UNREAD_ANSWER_BYTES) return;
    this.#gone({ code: 'failed', message: 'the client provokes answers that it does not read' });
    this.socket.destroy();
  }

  #drain(): void {
    this.#unreadAnswerBytes = 0;
    for (const drained of this.#drained) drained();
  }

  #tick(now: number): void {
    if (this.#phase === 'closed' || this.#work.busy) return;
    const { handshakeTimeoutMs, commandTimeoutMs } = this.#options;
    const active = [...this.#streams.values()].filter((stream) => stream.active);
    const readTimeoutMs = this.admission.readTimeoutMs;
    if (active.length === 0) {
      const limit = this.#phase === 'handshake' ? handshakeTimeoutMs : commandTimeoutMs;
      if (now - this.#idleSince >= limit) {
        this.#timeOut(`nothing was published or played within ${limit / 1000} s`);
      }
    } else {
      this.#idleSince = now;
      const publishing = active.some((stream) => stream.publishing);
      const silentMs = now - this.#heardAt - (this.#alone?.unreadMs ?? 0);
      if (publishing && readTimeoutMs > 0 && silentMs >= readTimeoutMs) {
        this.#timeOut(`the publisher sent nothing for ${readTimeoutMs / 1000} s (read_timeout)`);
      }
    }
  }

  #timeOut(message: string): void {
    this.log.debug(
      { client: this.#client.id, remote: this.#client.remote },
      `RTMP connection closed: ${message}`,
    );
    this.close({ code: 'silent', message });
  }

  // The connection is over: whatever the reason, each stream on it ends once.
  #gone(cause: EndCause): void {
    if (this.#phase === 'closed') return;
    this.#release();
    for (const stream of this.#streams.values()) stream.stop(cause);
    this.#streams.clear();
    endSocket(this.socket, CLOSING_MS);
  }

  #shut(cause: EndCause): void {
    if (this.#phase === 'closed') return;
    if (this.#phase === 'connected' && cause.code === 'shutdown') this.send(connectionClosed(cause.message));
    this.#release();
    if (cause.code === 'slow') this.socket.destroy();
    else endSocket(this.socket, CLOSING_MS);
  }

  #release(): void {
    this.#phase = 'closed';
    this.#removeTick();
    this.#drained.clear();
    this.#work.clear();
    this.connection.close();
  }
}
