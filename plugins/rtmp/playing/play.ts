// What a message stream plays: a live stream or a recording. Both take the same commands.
//
// The room holds the two, and what a name in a command means. The message stream decides when they begin and end.
import type { Socket } from 'node:net';
import type { EndCause, Playback, ServerContext } from 'livego';
import type { RtmpConnection, RtmpPacketFormat } from 'livego/rtmp';
import type { StreamStatus } from '../stream-status.ts';

export interface Play {
  readonly playback: Playback;
  /** Tells the player that it plays, and begins. */
  start(): void;
  pause(paused: boolean): void;
  seek(timeMs: number): void;
  /** What the player wants to receive has changed. */
  receive(): void;
  /** The player says how much it buffers. */
  setBuffer(bufferMs: number): void;
  /** Called about once a second. */
  tick(now: number): void;
  /** Sends nothing any more. */
  stop(): void;
}

/** The message stream, as what it plays sees it. */
export interface PlayOwner {
  readonly status: StreamStatus;
  readonly socket: Socket;
  readonly connection: RtmpConnection;
  readonly context: Pick<ServerContext, 'peerLog' | 'now'>;
  /** Whether the player wants audio or video. */
  receives(): boolean;
  format(): RtmpPacketFormat;
  onDrain(drained: () => void): () => void;
  /** It cannot be played, or not on. A Denial is passed on to the player. */
  failed(error: unknown): void;
  end(cause: EndCause): void;
}
