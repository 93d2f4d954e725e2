// A connection to a peer as relays see it.
import type { Socket } from 'node:net';
import type { PacketInfo } from 'livego/media';
import type { RelayAddress } from './address.ts';
import type { TlsTrust } from './dial.ts';
import type { Failure } from './failure.ts';

/** Hears how a connection goes. `ended` is called once, unless the connection was closed from our side. */
export interface LinkEvents {
  /** A connection is made; the peer has said nothing yet. */
  connected(): void;
  /** The target accepts the stream, or the source has sent its first packet. */
  ready(link: Link): void;
  ended(failure: Failure): void;
}

/** Gets what a source sends. */
export interface SourceEvents extends LinkEvents {
  packet(info: PacketInfo, timestamp: number, payload: Buffer): void;
}

export interface LinkSettings {
  readonly address: RelayAddress;
  readonly trust: TlsTrust;
  readonly timeouts: LinkTimeouts;
  /** How we introduce ourselves: names the servers that the stream has passed. */
  readonly via: string;
  readonly now: () => number;
}

export interface LinkTimeouts {
  readonly connectTimeoutMs: number;
  readonly responseTimeoutMs: number;
  readonly silenceTimeoutMs: number;
}

export interface Link {
  readonly receivedBytes: number;
  /** Ends the connection in order. Nothing is reported afterwards. */
  close(): void;
  /** Ends it because of a fault, which is reported. */
  fail(failure: Failure): void;
  /** Called about once a second. */
  tick(now: number): void;
}

/** A connection that a stream can be sent on. */
export interface PublishingLink extends Link {
  readonly socket: Socket;
  /** Where the target expects media. */
  readonly messageStreamId: number;
  readonly chunkSize: number;
}
