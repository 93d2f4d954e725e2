// RTMP 1.0 and Enhanced RTMP, for both ends. This room turns bytes into messages, commands and states, and back:
// handshake/, chunks/, commands and their answers, and the client's dialogue (client/). It knows no socket, no clock and
// no stream; the meaning of a server's commands is the RTMP plugin's.
//
// This file is one end of a connection: handshake, chunks and protocol control.
import { LivegoError } from '../../errors.ts';
import { ReceiveWindow, SendWindow } from './acknowledgement.ts';
import { splitAggregate } from './aggregate.ts';
import { ChunkReader, DEFAULT_CHUNK_SIZE, MAX_CHUNK_SIZE } from './chunks/chunk-reader.ts';
import type { ChunkReaderLimits } from './chunks/chunk-reader.ts';
import { buildChunks } from './chunks/chunk-writer.ts';
import type { PayloadMemory } from './chunks/payload-memory.ts';
import type { BytesOwnership } from './chunks/unfinished-memory.ts';
import { buildCommand, buildData, isCommandType, parseCommand } from './command.ts';
import type { CommandEncoding, RtmpCommand, RtmpData } from './command.ts';
import { ClientHandshake, ServerHandshake } from './handshake/handshake.ts';
import type { ClientHandshakeOptions } from './handshake/handshake.ts';
import { buildControl, isControlType, MESSAGE_TYPE, parseControl } from './message.ts';
import type { ControlMessage, RtmpMessage, UserControlEvent } from './message.ts';
import { CHUNK_STREAM } from './rtmp-format.ts';

/** Receives the peer's messages. Everything is called inside `push`. */
export interface RtmpReceiver {
  /** The handshake is over: commands may be sent. */
  onHandshake?(): void;
  onCommand(command: RtmpCommand, message: RtmpMessage): void;
  /**
   * Audio, video and data (types 8, 9, 18, 15), also those inside aggregates, in order. Hot: once per packet. The
   * payload is the receiver's to keep.
   */
  onMedia(message: RtmpMessage): void;
  /** Protocol control, after the connection has done its own part (chunk size, windows, ping). */
  onControl?(control: ControlMessage): void;
  /** A command or protocol control message could not be read, or not to its end: that part of it is left out. */
  onSkipped?(fault: LivegoError): void;
}

export interface RtmpConnectionOptions {
  readonly role: 'server' | 'client';
  readonly receiver: RtmpReceiver;
  /** Takes bytes for the peer. They are never written to afterwards. */
  readonly send: (bytes: Buffer) => void;
  readonly limits?: ChunkReaderLimits;
  /** For the peer's messages; connections may share it. */
  readonly memory?: PayloadMemory;
  readonly handshake?: ClientHandshakeOptions;
}

const CONTROL_CHUNK_STREAM = 2;
const COMMAND_CHUNK_STREAM = 3;
/** Malformed commands and control messages that a peer may send: an encoder sends few, and each costs work. */
const MAX_SKIPPED = 100;

/**
 * `push` takes the peer's bytes in any slices; answers go out through `send`. After `push` has thrown, or after
 * `close`, nothing more is read or sent.
 */
export class RtmpConnection {
  readonly #receiver: RtmpReceiver;
  readonly #send: (bytes: Buffer) => void;
  readonly #reader: ChunkReader;
  readonly #received = new ReceiveWindow();
  readonly #window = new SendWindow();
  #handshake: ServerHandshake | ClientHandshake | undefined;
  #chunkSize = DEFAULT_CHUNK_SIZE;
  #acknowledgedByPeer = 0;
  #skipped = 0;
  #closed = false;

  constructor(options: RtmpConnectionOptions) {
    this.#receiver = options.receiver;
    this.#send = options.send;
    this.#reader = new ChunkReader(
      { onMessage: (message) => this.#receive(message) },
      options.limits,
      options.memory,
    );
    this.#handshake =
      options.role === 'server'
        ? new ServerHandshake(options.handshake)
        : new ClientHandshake(options.handshake);
  }

  /** Bytes received after the handshake. */
  get bytesReceived(): number {
    return this.#received.total;
  }

  /** Sequence number of the peer's last Acknowledgement: bytes modulo 2^32. */
  get acknowledgedByPeer(): number {
    return this.#acknowledgedByPeer;
  }

  /** Our current chunk size: formats for this connection must use the same. */
  get chunkSize(): number {
    return this.#chunkSize;
  }

  /** The peer's current chunk size. */
  get peerChunkSize(): number {
    return this.#reader.chunkSize;
  }

  /** Bytes allocated for messages that are not complete. */
  get unfinishedBytes(): number {
    return this.#reader.unfinishedBytes;
  }

  /** For a client: sends C0 and C1. A server waits. */
  start(): void {
    if (this.#handshake instanceof ClientHandshake) this.#emit(this.#handshake.start());
  }

  /**
   * Throws LivegoError (LVG_RTMP_HANDSHAKE, _CHUNK, _MESSAGE, _COMMAND or LVG_AMF) for bytes that cannot be read; the
   * connection is then closed. Errors of the receiver pass through.
   * @param ownership - `lent`: the bytes may change as soon as this returns. Only when the handshake is over
   */
  push(bytes: Buffer, ownership: BytesOwnership = 'kept'): void {
    if (this.#closed || bytes.length === 0) return;
    try {
      const rest = this.#handshake === undefined ? bytes : this.#pushHandshake(this.#handshake, bytes);
      if (rest.length === 0) return;
      this.#reader.push(rest, ownership);
      // Counted after reading: a window that these bytes announce applies to them too.
      const acknowledge = this.#received.receive(rest.length);
      if (acknowledge !== undefined) {
        this.sendControl({ kind: 'acknowledgement', sequenceNumber: acknowledge });
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Reads and sends nothing any more. Payloads that the receiver has been given stay valid. */
  close(): void {
    this.#closed = true;
    this.#reader.close();
  }

  /** Sends a protocol control message on message stream 0. Use setChunkSize and setWindow for those two. */
  sendControl(control: ControlMessage): void {
    const { type, payload } = buildControl(control);
    this.#sendMessage({ type, streamId: 0, timestamp: 0, payload, chunkStreamId: CONTROL_CHUNK_STREAM });
  }

  sendUserControl(event: UserControlEvent): void {
    this.sendControl({ kind: 'user-control', ...event });
  }

  /** Announces the chunk size of everything we send from now on: 1 to 16777215 bytes. */
  setChunkSize(size: number): void {
    if (!Number.isInteger(size) || size < 1 || size > MAX_CHUNK_SIZE) {
      throw new LivegoError(
        'LVG_RTMP_CHUNK',
        `Chunk size ${size} is not a whole number from 1 to ${MAX_CHUNK_SIZE}.`,
      );
    }
    this.sendControl({ kind: 'set-chunk-size', chunkSize: size });
    this.#chunkSize = size;
  }

  /** Announces the bytes after which the peer is to acknowledge (5.4.4), unless it has been told already. */
  setWindow(size: number): void {
    if (size === this.#window.size) return;
    this.#window.announce(size);
    this.sendControl({ kind: 'window-acknowledgement-size', size });
  }

  /** Asks the peer to answer; the answer arrives as `onControl` with the same 32-bit number. */
  ping(timestamp: number): void {
    this.sendUserControl({ event: 'ping-request', timestamp: timestamp >>> 0 });
  }

  sendCommand(command: RtmpCommand, streamId = 0, encoding: CommandEncoding = 'amf0'): void {
    const { type, payload } = buildCommand(command, encoding);
    this.#sendMessage({ type, streamId, timestamp: 0, payload, chunkStreamId: COMMAND_CHUNK_STREAM });
  }

  sendData(data: RtmpData, streamId: number, timestamp = 0, encoding: CommandEncoding = 'amf0'): void {
    const { type, payload } = buildData(data, encoding);
    this.#sendMessage({ type, streamId, timestamp, payload, chunkStreamId: CHUNK_STREAM.data });
  }

  /** Sends an audio, video or data message as it is. `timestamp`: milliseconds, unsigned 32 bits. */
  sendMedia(type: number, streamId: number, timestamp: number, payload: Buffer): void {
    const kind = type === MESSAGE_TYPE.audio ? 'audio' : type === MESSAGE_TYPE.video ? 'video' : 'data';
    this.#sendMessage({ type, streamId, timestamp, payload, chunkStreamId: CHUNK_STREAM[kind] });
  }

  #sendMessage(message: RtmpMessage): void {
    this.#emit(buildChunks(message, this.#chunkSize));
  }

  #emit(bytes: Buffer): void {
    if (!this.#closed) this.#send(bytes);
  }

  /** Returns the bytes behind the handshake. */
  #pushHandshake(handshake: ServerHandshake | ClientHandshake, bytes: Buffer): Buffer {
    const progress = handshake.push(bytes);
    if (progress.reply !== undefined) this.#emit(progress.reply);
    if (progress.done) {
      this.#handshake = undefined;
      this.#receiver.onHandshake?.();
    }
    return progress.rest;
  }

  #receive(message: RtmpMessage): void {
    const { type } = message;
    if (type === MESSAGE_TYPE.audio || type === MESSAGE_TYPE.video || type === MESSAGE_TYPE.dataAmf0) {
      this.#receiver.onMedia(message);
    } else if (isCommandType(type)) {
      this.#unlessMalformed(
        () => parseCommand(type, message.payload, (fault) => this.#skip(fault)),
        (command) => this.#receiver.onCommand(command, message),
      );
    } else if (isControlType(type)) {
      this.#unlessMalformed(
        () => parseControl(type, message.payload),
        (control) => this.#obey(control),
      );
    } else if (type === MESSAGE_TYPE.dataAmf3) {
      this.#receiver.onMedia(message);
    } else if (type === MESSAGE_TYPE.aggregate) {
      splitAggregate(message, (part) => {
        if (!this.#closed) this.#receiver.onMedia(part);
      });
    }
    // Shared objects (16, 19) and undefined types are ignored: RTMP has no way to reject a message.
  }

  /** Does what the message says if it can be read. What is not needed does not end a stream. */
  #unlessMalformed<Value>(read: () => Value, use: (value: Value) => void): void {
    let value: Value;
    try {
      value = read();
    } catch (error) {
      if (!(error instanceof LivegoError)) throw error;
      return this.#skip(error);
    }
    use(value);
  }

  #skip(fault: LivegoError): void {
    if (this.#skipped++ >= MAX_SKIPPED) throw fault;
    this.#receiver.onSkipped?.(fault);
  }

  #obey(control: ControlMessage): void {
    switch (control.kind) {
      case 'window-acknowledgement-size':
        this.#received.setWindow(control.size);
        break;
      case 'set-peer-bandwidth': {
        const size = this.#window.limit(control.size, control.limit);
        if (size !== undefined) this.sendControl({ kind: 'window-acknowledgement-size', size });
        break;
      }
      case 'acknowledgement':
        this.#acknowledgedByPeer = control.sequenceNumber;
        break;
      case 'user-control':
        if (control.event === 'ping-request') {
          this.sendUserControl({ event: 'ping-response', timestamp: control.timestamp });
        }
        break;
      default:
    }
    this.#receiver.onControl?.(control);
  }
}
