// The client's side of RTMP: one publish or one play, from the handshake to the last byte. This room has the dialogue
// with a server (client.ts), the states it goes through (client-state.ts) and how a server says no (rejection.ts).
// Sockets, timeouts and another try are the caller's: bytes in, bytes out.
import { LivegoError } from '../../../errors.ts';
import type { AmfValue } from '../../../media/amf-value.ts';
import { parseCapabilities } from '../capabilities.ts';
import type { RtmpCapabilities } from '../capabilities.ts';
import type { RtmpCommand, RtmpData } from '../command.ts';
import { RtmpConnection } from '../connection.ts';
import type { ControlMessage, RtmpMessage } from '../message.ts';
import { emptyResult } from '../responses.ts';
import { impliedStatus, parseStatus } from '../status.ts';
import type { RtmpStatus } from '../status.ts';
import { isFinal } from './client-state.ts';
import type { RtmpClientState } from './client-state.ts';
import { buildConnectObject } from './connect-object.ts';
import type { RtmpClientOptions } from './options.ts';
import { buildRejection } from './rejection.ts';
import type { RtmpCall } from './rejection.ts';

export type { RtmpClientState } from './client-state.ts';
export type { RtmpClientObserver, RtmpClientOptions } from './options.ts';
export type { RtmpCall, RtmpRejection } from './rejection.ts';

const WINDOW_BYTES = 2_500_000;
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
  #state: RtmpClientState = { name: 'handshake' };
  #nextTransaction = CONNECT_TRANSACTION + 1;
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

  /** The abilities in the server's answer to connect; not `enhanced` before that and for classic servers. */
  get serverCapabilities(): RtmpCapabilities {
    return this.#serverCapabilities;
  }

  /** Begins the handshake: once the socket is connected. */
  start(): void {
    this.#connection.start();
  }

  /** Throws LivegoError for bytes that cannot be read; the session has then failed. */
  push(bytes: Buffer): void {
    try {
      this.#connection.push(bytes);
    } catch (error) {
      this.#enter({ name: 'failed', error });
      throw error;
    }
  }

  /** Sends audio, video or data to the server. Throws LVG_RTMP_COMMAND unless the publish is ready. */
  sendMedia(type: number, timestamp: number, payload: Buffer): void {
    this.#connection.sendMedia(type, this.#publishedStreamId(), timestamp >>> 0, payload);
  }

  sendData(data: RtmpData, timestamp = 0): void {
    this.#connection.sendData(data, this.#publishedStreamId(), timestamp >>> 0);
  }

  /** Ends the stream in order, if there is one; the caller then closes the socket. */
  stop(): void {
    const state = this.#state;
    if (state.name === 'start' || state.name === 'ready') {
      if (this.#options.mode === 'publish') this.#call('FCUnpublish', [this.#options.name]);
      this.#call('deleteStream', [state.streamId]);
    }
    this.#enter({ name: 'ended', status: undefined });
    this.#connection.close();
  }

  #connect(): void {
    this.#enter({ name: 'connect' });
    const object = buildConnectObject(this.#options);
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
        this.#end(impliedStatus('NetConnection.Connect.Closed'));
        break;
      case '_onbwcheck':
        // Flash Media Server measures the way to us and waits for each answer.
        this.#connection.sendCommand(emptyResult(command.transactionId));
        break;
      default:
      // onBWDone, onFCPublish and other notices ask for nothing.
    }
  }

  /**
   * The call that this command answers. Only the two that matter count: many servers answer releaseStream and FCPublish
   * with an error, or not at all.
   */
  #answeredCall({ transactionId }: RtmpCommand): 'connect' | 'createStream' | undefined {
    const state = this.#state;
    if (state.name === 'connect' && transactionId === CONNECT_TRANSACTION) return 'connect';
    if (state.name === 'create-stream' && transactionId === state.transactionId) return 'createStream';
    return undefined;
  }

  #receiveResult(command: RtmpCommand): void {
    const call = this.#answeredCall(command);
    if (call === 'connect') {
      this.#serverCapabilities = parseCapabilities(command.object);
      this.#createStream();
    } else if (call === 'createStream') {
      const streamId = command.args[0];
      if (typeof streamId !== 'number') {
        throw new LivegoError(
          'LVG_RTMP_COMMAND',
          'The server answered createStream without a message stream id.',
        );
      }
      this.#startStream(streamId >>> 0);
    }
  }

  #createStream(): void {
    const { mode, name, chunkSize } = this.#options;
    this.#connection.setWindow(WINDOW_BYTES);
    this.#connection.setChunkSize(chunkSize ?? 65536);
    if (mode === 'publish') {
      this.#call('releaseStream', [name]);
      this.#call('FCPublish', [name]);
    }
    this.#enter({ name: 'create-stream', transactionId: this.#call('createStream', []) });
  }

  #startStream(streamId: number): void {
    const { mode, name, bufferLengthMs } = this.#options;
    this.#enter({ name: 'start', streamId });
    if (mode === 'publish') {
      this.#call('publish', [name, 'live'], streamId);
      return;
    }
    this.#call('play', [name, LIVE_OR_RECORDED], streamId);
    const milliseconds = bufferLengthMs ?? 1000;
    this.#connection.sendUserControl({ event: 'set-buffer-length', streamId, milliseconds });
  }

  #receiveError(command: RtmpCommand): void {
    const call = this.#answeredCall(command);
    if (call === undefined) return;
    const code = call === 'connect' ? 'NetConnection.Connect.Failed' : 'NetConnection.Call.Failed';
    this.#reject(call, parseStatus(command) ?? impliedStatus(code));
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
      this.#reject(this.#pendingCall(), status);
    } else if (status.code === 'NetStream.Publish.Start' || status.code === 'NetStream.Play.Start') {
      this.#becomeReady();
    } else if (ENDED_CODES.has(status.code)) {
      this.#end(status);
    }
  }

  /** The call that an error without a transaction id is about. */
  #pendingCall(): RtmpCall {
    const { name } = this.#state;
    if (name === 'handshake' || name === 'connect') return 'connect';
    return name === 'create-stream' ? 'createStream' : this.#options.mode;
  }

  #receiveMedia(message: RtmpMessage): void {
    // Some servers begin a play without Play.Start.
    if (this.#state.name === 'start' && this.#options.mode === 'play') this.#becomeReady();
    if (this.#state.name === 'ready') this.#options.observer.onMedia?.(message);
  }

  #receiveControl(control: ControlMessage): void {
    this.#options.observer.onControl?.(control);
    const state = this.#state;
    if (control.kind !== 'user-control' || control.event !== 'stream-eof') return;
    if (state.name !== 'ready' || this.#options.mode !== 'play' || control.streamId !== state.streamId)
      return;
    this.#end(impliedStatus('NetStream.Play.Stop', 'The stream has ended.'));
  }

  #becomeReady(): void {
    const state = this.#state;
    if (state.name !== 'start') return;
    this.#enter({ name: 'ready', streamId: state.streamId });
    this.#options.observer.onReady();
  }

  #reject(call: RtmpCall, status: RtmpStatus): void {
    const rejection = buildRejection(call, status);
    if (this.#enter({ name: 'rejected', rejection })) this.#options.observer.onRejected(rejection);
  }

  #end(status: RtmpStatus): void {
    if (this.#enter({ name: 'ended', status })) this.#options.observer.onEnded?.(status);
  }

  /** Returns false, and changes nothing, if the present state is final. */
  #enter(state: RtmpClientState): boolean {
    if (isFinal(this.#state)) return false;
    this.#state = state;
    return true;
  }

  #call(name: string, args: readonly AmfValue[], streamId = 0): number {
    const transactionId = this.#nextTransaction++;
    this.#connection.sendCommand({ name, transactionId, object: null, args }, streamId);
    return transactionId;
  }

  #publishedStreamId(): number {
    const state = this.#state;
    if (state.name === 'ready' && this.#options.mode === 'publish') return state.streamId;
    throw new LivegoError(
      'LVG_RTMP_COMMAND',
      `The ${this.#options.mode} is in state "${state.name}": nothing can be sent.`,
    );
  }
}
