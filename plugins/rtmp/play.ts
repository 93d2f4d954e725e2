// What a message stream plays: a live stream or a recording. Both take the same commands.
import type { Socket } from 'node:net';
import type { EndCause, Playback, ServerContext } from 'livego';
import type { RtmpCommand, RtmpConnection, RtmpPacketFormat } from 'livego/rtmp';

export interface Play {
  readonly playback: Playback;
  /** Whether anything may still be sent. */
  readonly active: boolean;
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
  readonly id: number;
  readonly socket: Socket;
  readonly connection: RtmpConnection;
  readonly context: Pick<ServerContext, 'admission' | 'log' | 'now'>;
  /** Whether the player wants audio or video. */
  receives(): boolean;
  format(): RtmpPacketFormat;
  send(command: RtmpCommand): void;
  onDrain(drained: () => void): () => void;
  /** It cannot be played, or not on. A Denial is passed on to the player. */
  failed(error: unknown): void;
  end(cause: EndCause): void;
}
