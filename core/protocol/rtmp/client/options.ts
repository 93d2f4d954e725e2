// The options of a client session, and the observer that it reports to.
import type { RtmpCapabilities } from '../capabilities.ts';
import type { ChunkReaderLimits } from '../chunks/chunk-reader.ts';
import type { ClientHandshakeOptions } from '../handshake/handshake.ts';
import type { ControlMessage, RtmpMessage } from '../message.ts';
import type { RtmpStatus } from '../status.ts';
import type { RtmpRejection } from './rejection.ts';

/** Follows the session. Everything is called inside `push`. */
export interface RtmpClientObserver {
  /** The server has accepted the publish or begun the play: media may be sent, or follows. */
  onReady(): void;
  /** The server has said no, at whatever stage. The caller closes the socket. */
  onRejected(rejection: RtmpRejection): void;
  /** Audio, video and data of a play, and data that a server sends to a publisher. */
  onMedia?(message: RtmpMessage): void;
  /** The server has ended the stream or the connection in good order. The caller closes the socket. */
  onEnded?(status: RtmpStatus): void;
  /** Every onStatus, before its meaning is reported. */
  onStatus?(status: RtmpStatus): void;
  /** Protocol control, such as acknowledgements and answers to pings. */
  onControl?(control: ControlMessage): void;
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
  /** The buffer that the server should assume on our side, in milliseconds. Default 1000. */
  readonly bufferLengthMs?: number;
  readonly flashVersion?: string;
  /** Default: those of a server that forwards every codec. */
  readonly capabilities?: RtmpCapabilities;
  readonly limits?: ChunkReaderLimits;
  readonly handshake?: ClientHandshakeOptions;
}
