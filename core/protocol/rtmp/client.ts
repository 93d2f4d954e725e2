// The client of a publish or a play: from the handshake to the first media, as relays and tests use it.
import { LivegoError } from '../../errors.ts';
import type { AmfValue } from '../../media/amf-value.ts';
import { emptyResult } from './responses.ts';
import { buildCapabilities, parseCapabilities, SERVER_CAPABILITIES } from './capabilities.ts';
import type { RtmpCapabilities } from './capabilities.ts';
import type { ChunkReaderLimits } from './chunks/chunk-reader.ts';
import type { RtmpCommand, RtmpData } from './command.ts';
import { RtmpConnection } from './connection.ts';
import type { ClientHandshakeOptions } from './handshake/handshake.ts';
import type { ControlMessage, RtmpMessage } from './message.ts';
import { parseStatus } from './status.ts';
import type { RtmpStatus } from './status.ts';

/** Where the client stands. `ready`: publishing or playing. `refused` and `ended` are final. */
export type RtmpClientState =
  'handshake' | 'connect' | 'create-stream' | 'start' | 'ready' | 'refused' | 'ended';

/** Who is told how it goes. Everything is called inside `push`. */
export interface RtmpClientObserver {
  /** The server has accepted the publish or begun the play: media may be sent, or follows. */
  onReady(): void;
  /** The server has said no, at whatever stage. The caller closes the socket. */
  onRefused(status: RtmpStatus): void;
  /** Audio, video and data of a play, and data that a server sends to a publisher. */
  onMedia?(message: RtmpMessage): void;
  /** The server has ended the stream or the connection in good order. The caller closes the socket. */
  onEnded?(status: RtmpStatus): void;
  /** Every onStatus, before what it means is reported. */
  onStatus?(status: RtmpStatus): void;
  /** Enhanced RTMP v2: connect again, to `tcUrl` (absolute or relative to the present one) or to the same place. */
  onReconnectRequest?(request: { readonly tcUrl: string | undefined; readonly description: string }): void;
}

export interface RtmpClientOptions {
  readonly mode: 'publish' | 'play';
  /** As in `RtmpUrl`: application, stream name with its query, and tcUrl, all as typed. */
  readonly app: string;
  readonly name: string;
  readonly tcUrl: string;
  readonly observer: RtmpClientObserver;
  readonly send: (bytes: Buffer) => void;
  /** Our chunk size once connected. Default 65536: fewer headers, and every server reads it. */
  readonly chunkSize?: number;
  /** What the server should take as our buffer, in milliseconds. Default 1000. */
  readonly bufferLengthMs?: number;
  readonly flashVersion?: string;
  readonly capabilities?: RtmpCapabilities;
  readonly limits?: ChunkReaderLimits;
  readonly handshake?: ClientHandshakeOptions;
}

const DEFAULT_WINDOW = 2_500_000;
const CONNECT_TRANSACTION = 1;

/** `start` at -2000: the live stream of that name, else a recorded one (7.2.2.1; in milliseconds, as players send it). */
const LIVE_OR_RECORDED = -2000;

const ENDED_CODES = new Set([
  'NetConnection.Connect.Closed',
  'NetStream.Play.Stop',
  'NetStream.Play.Complete',
  'NetStream.Play.UnpublishNotify',
]);

/** Feed it the socket's bytes with `push`; it answers through `send`. */
export class RtmpClientSession {
  readonly #options: RtmpClientOptions;
  readonly #connection: RtmpConnection;
  #state: RtmpClientState = 'handshake';
  #nextTransaction = CONNECT_TRANSACTION + 1;
  #createStreamTransaction = 0;
  #streamId = 0;
  #serverCapabilities = parseCapabilities(null);

  constructor(options: RtmpClientOptions) {
    this.#options = options;
    this.#connection = new RtmpConnection({
      role: 'client',
      send: options.send,
      receiver: {
        onHandshake: () => this.#connect(),
        onCommand: (command) => this.#receiveCommand(command),
        onMedia: (message) => this.#receiveMedia(message),
        onControl: (control) => this.#receiveControl(control),
      },
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(options.handshake === undefined ? {} : { handshake: options.handshake }),
    });
  }

  get state(): RtmpClientState {
    return this.#state;
  }

  /** For pings, byte counts, and formats that need the chunk size. */
  get connection(): RtmpConnection {
    return this.#connection;
  }

  /** Message stream id, known from 'start' on. */
  get streamId(): number {
    return this.#streamId;
  }

  /** What the server said in connect's result; not `enhanced` before that and for classic servers. */
  get serverCapabilities(): RtmpCapabilities {
    return this.#serverCapabilities;
  }

  /** Begins the handshake: once the socket is connected. */
  start(): void {
    this.#connection.start();
  }

  /** Throws LivegoError for what cannot be read; the session is then over. */
  push(bytes: Buffer): void {
    this.#connection.push(bytes);
  }

  /** Sends audio, video or data to the server. Throws LVG_RTMP_COMMAND unless the publish is ready. */
  sendMedia(type: number, timestamp: number, payload: Buffer): void {
    this.#checkPublishing();
    this.#connection.sendMedia(type, this.#streamId, timestamp >>> 0, payload);
  }

  sendData(data: RtmpData, timestamp = 0): void {
    this.#checkPublishing();
    this.#connection.sendData(data, this.#streamId, timestamp >>> 0);
  }

  /** Takes leave in order, if there is anything to leave; the caller then closes the socket. */
  stop(): void {
    if (this.#state === 'start' || this.#state === 'ready') {
      if (this.#options.mode === 'publish') this.#call('FCUnpublish', null, [this.#options.name]);
      this.#call('deleteStream', null, [this.#streamId]);
    }
    this.#state = 'ended';
    this.#connection.close();
  }

  #connect(): void {
    this.#state = 'connect';
    const { app, tcUrl, mode } = this.#options;
    const publishing = mode === 'publish';
    const object: Record<string, AmfValue> = {
      app,
      ...(publishing ? { type: 'nonprivate' } : {}),
      flashVer:
        this.#options.flashVersion ?? (publishing ? 'FMLE/3.0 (compatible; livego)' : 'LNX 9,0,124,2'),
      tcUrl,
      // What Flash Player says it can play: every codec it ever knew (7.2.1.1).
      ...(publishing
        ? {}
        : { fpad: false, capabilities: 15, audioCodecs: 4071, videoCodecs: 252, videoFunction: 1 }),
      objectEncoding: 0,
      ...buildCapabilities(this.#options.capabilities ?? SERVER_CAPABILITIES),
    };
    this.#connection.sendCommand({ name: 'connect', transactionId: CONNECT_TRANSACTION, object, args: [] });
  }

  #receiveCommand(command: RtmpCommand): void {
    switch (command.name) {
      case '_result':
        this.#receiveResult(command);
        break;
      case '_error':
        this.#receiveError(command);
        break;
      case 'onStatus':
        this.#receiveStatus(command);
        break;
      case 'close':
        this.#end({ level: 'status', code: 'NetConnection.Connect.Closed', description: '', info: {} });
        break;
      case '_onbwcheck':
        // Flash Media Server measures the way to us and waits for each answer.
        this.#connection.sendCommand(emptyResult(command.transactionId));
        break;
      default:
      // onBWDone, onFCPublish and other notices ask for nothing.
    }
  }

  #receiveResult(command: RtmpCommand): void {
    if (this.#state === 'connect' && command.transactionId === CONNECT_TRANSACTION) {
      this.#serverCapabilities = parseCapabilities(command.object);
      this.#createStream();
    } else if (this.#state === 'create-stream' && command.transactionId === this.#createStreamTransaction) {
      const streamId = command.args[0];
      if (typeof streamId !== 'number') {
        throw new LivegoError(
          'LVG_RTMP_COMMAND',
          'The server answered createStream without a message stream id.',
        );
      }
      this.#streamId = streamId >>> 0;
      this.#startStream();
    }
  }

  #createStream(): void {
    this.#state = 'create-stream';
    this.#connection.setWindow(DEFAULT_WINDOW);
    this.#connection.setChunkSize(this.#options.chunkSize ?? 65536);
    if (this.#options.mode === 'publish') {
      this.#call('releaseStream', null, [this.#options.name]);
      this.#call('FCPublish', null, [this.#options.name]);
    }
    this.#createStreamTransaction = this.#call('createStream', null, []);
  }

  #startStream(): void {
    this.#state = 'start';
    if (this.#options.mode === 'publish') {
      this.#call('publish', null, [this.#options.name, 'live'], this.#streamId);
      return;
    }
    this.#call('play', null, [this.#options.name, LIVE_OR_RECORDED], this.#streamId);
    const milliseconds = this.#options.bufferLengthMs ?? 1000;
    this.#connection.sendUserControl({ event: 'set-buffer-length', streamId: this.#streamId, milliseconds });
  }

  /** Many servers answer releaseStream and FCPublish with an error, or not at all; only the two that matter count. */
  #receiveError(command: RtmpCommand): void {
    const { transactionId } = command;
    const connecting = this.#state === 'connect' && transactionId === CONNECT_TRANSACTION;
    const creating = this.#state === 'create-stream' && transactionId === this.#createStreamTransaction;
    if (!connecting && !creating) return;
    this.#refuse(
      parseStatus(command) ?? {
        level: 'error',
        code: connecting ? 'NetConnection.Connect.Failed' : 'NetConnection.Call.Failed',
        description: `The server answered ${connecting ? 'connect' : 'createStream'} with an error.`,
        info: {},
      },
    );
  }

  #receiveStatus(command: RtmpCommand): void {
    const status = parseStatus(command);
    if (status === undefined) return;
    this.#options.observer.onStatus?.(status);
    if (status.code === 'NetConnection.Connect.ReconnectRequest') {
      const { tcUrl } = status.info;
      this.#options.observer.onReconnectRequest?.({
        tcUrl: typeof tcUrl === 'string' ? tcUrl : undefined,
        description: status.description,
      });
    } else if (status.level === 'error') {
      this.#refuse(status);
    } else if (status.code === 'NetStream.Publish.Start' || status.code === 'NetStream.Play.Start') {
      this.#becomeReady();
    } else if (ENDED_CODES.has(status.code)) {
      this.#end(status);
    }
  }

  #receiveMedia(message: RtmpMessage): void {
    // Some servers begin a play without Play.Start.
    if (this.#state === 'start' && this.#options.mode === 'play') this.#becomeReady();
    if (this.#state === 'ready') this.#options.observer.onMedia?.(message);
  }

  #receiveControl(control: ControlMessage): void {
    if (control.kind !== 'user-control' || control.event !== 'stream-eof' || this.#state !== 'ready') return;
    if (this.#options.mode !== 'play' || control.streamId !== this.#streamId) return;
    this.#end({
      level: 'status',
      code: 'NetStream.Play.Stop',
      description: 'The stream has ended.',
      info: {},
    });
  }

  #becomeReady(): void {
    if (this.#state !== 'start') return;
    this.#state = 'ready';
    this.#options.observer.onReady();
  }

  #refuse(status: RtmpStatus): void {
    if (this.#state === 'refused' || this.#state === 'ended') return;
    this.#state = 'refused';
    this.#options.observer.onRefused(status);
  }

  #end(status: RtmpStatus): void {
    if (this.#state === 'refused' || this.#state === 'ended') return;
    this.#state = 'ended';
    this.#options.observer.onEnded?.(status);
  }

  #call(name: string, object: AmfValue, args: readonly AmfValue[], streamId = 0): number {
    const transactionId = this.#nextTransaction++;
    this.#connection.sendCommand({ name, transactionId, object, args }, streamId);
    return transactionId;
  }

  #checkPublishing(): void {
    if (this.#state === 'ready' && this.#options.mode === 'publish') return;
    throw new LivegoError(
      'LVG_RTMP_COMMAND',
      `The ${this.#options.mode} is in state "${this.#state}": nothing can be sent.`,
    );
  }
}
