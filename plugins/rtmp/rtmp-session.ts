// One RTMP connection: from the handshake through connect and createStream to its publishers and players.
//
//   handshake ─▶ connecting ─connect, gates─▶ connected ─▶ closed
//                                               │  ▲
//                                 createStream  ▼  │ the last stream has ended
//                                          message streams
import type { Socket } from 'node:net';
import {
  endSocket,
  formatRemote,
  LivegoError,
  messageOf,
  type Arrival,
  type EndCause,
  type PacedReader,
  type Publication,
} from 'livego';
import { CAPS_EX, responses, RtmpConnection, status, type RtmpCommand, type RtmpMessage } from 'livego/rtmp';
import { CommandQueue } from './command-queue.ts';
import { CommandRate } from './command-rate.ts';
import { dispatchCommand, type CommandReceiver } from './commands.ts';
import { acceptConnect, enterApplication, type Connected, type ConnectDenial } from './connect.ts';
import { MessageStream, type MessageStreamOwner } from './message-stream.ts';
import { MessageStreams } from './message-streams.ts';
import { ReadTurns } from './read-turns.ts';
import { SessionNotes } from './session-notes.ts';
import type { RtmpSessionSettings } from './session-settings.ts';
import { SessionTimeouts } from './session-timeouts.ts';
import { UnreadResponses } from './unread-responses.ts';

export class RtmpSession implements MessageStreamOwner, CommandReceiver {
  readonly socket: Socket;
  readonly connection: RtmpConnection;
  readonly context: RtmpSessionSettings['context'];
  readonly #settings: RtmpSessionSettings;
  readonly #arrival: Arrival;
  readonly #timeouts: SessionTimeouts;
  readonly #rate: CommandRate;
  readonly #unread = new UnreadResponses();
  readonly #notes: SessionNotes;
  readonly #streams: MessageStreams;
  readonly #drained = new Set<() => void>();
  readonly #queue = new CommandQueue({
    paused: () => void this.socket.pause(),
    resumed: () => this.#turns.readOn(),
    failed: (error) => this.#fail(error),
  });
  readonly #turns: ReadTurns;
  #phase: 'handshake' | 'connecting' | 'connected' | 'closed' = 'handshake';
  #connected: Connected | undefined;
  #toldToReconnect = false;
  /** Decides when the socket is read, as long as it carries one publisher and nothing else. */
  #reader: PacedReader | undefined;

  constructor(socket: Socket, settings: RtmpSessionSettings) {
    const { context, memory, turn, options, transport } = settings;
    this.socket = socket;
    this.context = context;
    this.#settings = settings;
    const facts = { protocol: transport === 'tls' ? 'rtmps' : 'rtmp', remote: formatRemote(socket) };
    this.#arrival = context.admission.arrive(facts);
    this.#timeouts = new SessionTimeouts(options, context.now());
    this.#notes = new SessionNotes(context.peerLog, this.#arrival);
    this.#rate = new CommandRate(options.maxCommandsPerSecond);
    this.#streams = new MessageStreams(options.maxStreamsPerConnection, (id) => new MessageStream(id, this));
    this.connection = new RtmpConnection({
      role: 'server',
      receiver: {
        onHandshake: () => this.#handshakeDone(),
        onCommand: (command, { streamId }) => this.#queue.add(() => this.#command(command, streamId)),
        onMedia: (message) => this.#media(message),
        onControl: (control) => this.#streams.control(control),
        onSkipped: ({ code, message }) => this.#notes.once('skipped', `${message}; it is left out`, code),
      },
      send: (bytes) => this.#respond(bytes),
      memory,
      limits: { maxMessageLength: options.maxMessageBytes, maxChunkSize: options.maxChunkBytes },
    });
    this.#arrival.everySecond((now) => this.#tick(now));
    this.#turns = new ReadTurns(socket, this.#queue, turn, (bytes, ownership) => {
      this.#timeouts.noteBytes(this.context.now());
      this.connection.push(bytes, ownership);
      this.#reader?.bytesRead(bytes.length);
    });
    this.#listen(socket);
  }

  get closed(): boolean {
    return this.#phase === 'closed';
  }

  /** Throws LVG_RTMP_COMMAND before the client has connected. */
  get connected(): Connected {
    if (this.#connected) return this.#connected;
    throw new LivegoError('LVG_RTMP_COMMAND', 'a stream command arrived before connect');
  }

  onDrain(drained: () => void): () => void {
    this.#drained.add(drained);
    return () => this.#drained.delete(drained);
  }

  /** The server ends the connection. Its streams end first, each with its own messages to the client. */
  close(cause: EndCause): void {
    if (this.#phase === 'closed') return;
    this.streamEnds(cause);
    for (const stream of this.#streams.all) stream.end(cause);
    // The end of the last stream may have closed the connection already.
    this.#shut(cause);
  }

  /**
   * Called by a stream that publishes now. While the connection carries nothing else, core decides when it is read. A TLS
   * connection is read at once: it passes on each record by itself and does not stop between two.
   */
  publishes(publication: Publication): void {
    if (this.#streams.size > 1 || this.#settings.transport === 'tls') return;
    const take = (bytes: Buffer): void => this.#turns.take(bytes, 'lent');
    this.#reader = publication.pace(this.socket, () => this.#turns.mayRead, take);
  }

  /** Called before the client is told that a stream ends: a client that can reconnect is asked to, while it still plays. */
  streamEnds(cause: EndCause): void {
    if (this.#phase !== 'connected' || cause.code !== 'shutdown' || this.#toldToReconnect) return;
    this.#toldToReconnect = true;
    const canReconnect = ((this.#connected?.command.capabilities.capsEx ?? 0) & CAPS_EX.reconnect) !== 0;
    if (canReconnect) this.send(status.reconnectRequest({ description: cause.message }));
  }

  /** Called by a stream that has ended. The connection ends with its last stream. */
  streamEnded(stream: MessageStream, cause: EndCause): void {
    this.#streams.delete(stream.id);
    if (this.#streams.size === 0) this.#shut(cause);
  }

  send(command: RtmpCommand, streamId = 0): void {
    this.connection.sendCommand(command, streamId, this.#connected?.command.encoding);
  }

  async connect(command: RtmpCommand): Promise<void> {
    if (this.#connected)
      throw new LivegoError('LVG_RTMP_COMMAND', 'connect arrived a second time on one connection');
    const close = (cause: EndCause): void => this.close(cause);
    const entered = await enterApplication(command, this.#arrival, this.context.admission, close);
    if (this.closed) return;
    if ('reason' in entered) return this.#denyConnect(entered);
    this.#connected = entered;
    this.#phase = 'connected';
    this.#timeouts.restart(this.context.now());
    acceptConnect(entered.command, this.connection, this.#settings.options.chunkSize);
    this.send(responses.onBWDone());
  }

  createStream(transactionId: number): void {
    const stream = this.#streams.create();
    this.#shareSocket();
    if (stream) this.send(responses.createStreamResult(transactionId, stream.id));
    else this.send(responses.callError(transactionId, this.#streams.fullReason));
  }

  findStream(streamId: number): MessageStream | undefined {
    return this.#streams.find(streamId);
  }

  openStream(streamId: number): MessageStream {
    const stream = this.#streams.open(streamId);
    this.#shareSocket();
    return stream;
  }

  endStream(streamId: number, how: 'close' | 'delete'): void {
    const stream = this.#streams.find(streamId);
    if (stream?.active) this.#timeouts.restart(this.context.now());
    stream?.stop({ code: 'left', message: 'the client stopped it', deliberate: true });
    if (how === 'delete') this.#streams.delete(streamId);
  }

  unknown(name: string): void {
    this.context.log.debug(
      { client: this.#arrival.client.id },
      `unknown RTMP command ${JSON.stringify(name.slice(0, 64))}`,
    );
  }

  #listen(socket: Socket): void {
    socket.on('data', (bytes: Buffer) => this.#turns.take(bytes, 'kept'));
    socket.on('drain', () => this.#drain());
    const lost = (code: 'left' | 'failed', message: string): void => this.#lost({ code, message });
    socket.once('end', () => lost('left', 'the client closed the connection'));
    socket.on('error', ({ message }) => lost('failed', `the connection broke (${message})`));
    socket.once('close', () => lost('left', 'the connection is closed'));
  }

  // A socket with a second stream is read at once again.
  #shareSocket(): void {
    if (this.#streams.size < 2) return;
    this.#reader?.close();
    this.#reader = undefined;
  }

  #handshakeDone(): void {
    this.#phase = 'connecting';
    this.#timeouts.restart(this.context.now());
  }

  #denyConnect({ transactionId, reason }: ConnectDenial): void {
    this.send(responses.connectError(transactionId, 'NetConnection.Connect.Rejected', reason));
    this.#shut({ code: 'denied', message: reason });
  }

  #fail(error: unknown): void {
    this.#notes.failed(error);
    this.#lost({ code: 'failed', message: messageOf(error) });
    this.socket.destroy();
  }

  #media(message: RtmpMessage): void {
    if (this.#queue.busy) return this.#queue.add(() => this.#media(message));
    const stream = this.#streams.findForMedia(message.streamId);
    if (stream) stream.media(message);
    else this.#notes.mediaWithoutStream(message.streamId);
  }

  #command(command: RtmpCommand, streamId: number): Promise<void> | void {
    if (this.closed) return;
    this.#rate.note(this.context.now());
    return dispatchCommand(this, command, streamId);
  }

  #respond(bytes: Buffer): void {
    this.socket.write(bytes);
    if (!this.#unread.exceeds(bytes.length, this.socket.writableLength)) return;
    this.#lost({ code: 'failed', message: 'the client does not read the responses that it provokes' });
    this.socket.destroy();
  }

  #drain(): void {
    this.#unread.reset();
    for (const drained of this.#drained) drained();
  }

  #tick(now: number): void {
    if (this.#phase === 'closed' || this.#queue.busy) return;
    const activity = {
      handshakeDone: this.#phase !== 'handshake',
      ...this.#streams.tick(now),
      unreadMs: this.#reader?.unreadMs ?? 0,
    };
    const message = this.#timeouts.expired(now, activity, this.context.admission.readTimeoutMs);
    if (message === undefined) return;
    const { id, remote } = this.#arrival.client;
    this.context.log.debug({ client: id, remote }, `RTMP connection closed: ${message}`);
    this.close({ code: 'silent', message });
  }

  // Each stream on the connection ends once.
  #lost(cause: EndCause): void {
    if (this.#phase === 'closed') return;
    this.#release(cause);
    for (const stream of this.#streams.all) stream.stop(cause);
    this.#streams.clear();
    endSocket(this.socket);
  }

  #shut(cause: EndCause): void {
    if (this.#phase === 'closed') return;
    if (this.#phase === 'connected' && cause.code === 'shutdown')
      this.send(status.connectionClosed(cause.message));
    this.#release(cause);
    if (cause.code === 'slow') this.socket.destroy();
    else endSocket(this.socket);
  }

  #release(cause: EndCause): void {
    this.#phase = 'closed';
    this.#drained.clear();
    this.#queue.clear();
    this.connection.close();
    this.#arrival.leave(cause);
  }
}
