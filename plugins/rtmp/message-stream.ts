// One message stream of a connection: idle, publishing or playing.
//
//            publish, every gate passed
//   idle ────────────────────────────────▶ publishing ─┐
//    │▲  play, every gate passed                       │ stop, end
//    │└────────────────────────────────────────────────┤
//    └───────────────────────────────────▶ playing ────┘
//
import type { Socket } from 'node:net';
import {
  Denial,
  LivegoError,
  type CloseSession,
  type EndCause,
  type Playback,
  type Publication,
  type ServerContext,
} from 'livego';
import { describeAudio, describeData, describeVideo, normaliseDataMessage } from 'livego/media';
import {
  dataPayloadAsAmf0,
  MESSAGE_TYPE,
  parsePlay,
  parsePublish,
  RtmpPacketFormat,
  type PlayCommand,
  type RtmpCommand,
  type RtmpMessage,
} from 'livego/rtmp';
import type { Connected } from './connect.ts';
import { LivePlay } from './playing/live-play.ts';
import type { Play, PlayOwner } from './playing/play.ts';
import { DEFAULT_BUFFER_MS, StoredPlay } from './playing/stored-play.ts';
import { findPlayTarget, findTarget, type PlayTarget } from './playing/stream-target.ts';
import { StreamStatus, type ToldConnection } from './stream-status.ts';

/** The connection, as its message streams see it. */
export interface MessageStreamOwner extends ToldConnection {
  readonly context: Pick<ServerContext, 'admission' | 'log' | 'peerLog' | 'format' | 'now'>;
  readonly socket: Socket;
  /** Throws LVG_RTMP_COMMAND before the client has connected. */
  readonly connected: Connected;
  /** The connection has ended; nothing will stop a stream that starts now. */
  readonly closed: boolean;
  onDrain(drained: () => void): () => void;
  publishes(publication: Publication): void;
  streamEnds(cause: EndCause): void;
  streamEnded(stream: MessageStream, cause: EndCause): void;
}

type Role =
  | { readonly kind: 'idle' }
  | { readonly kind: 'publishing'; readonly publication: Publication }
  | { readonly kind: 'playing'; readonly play: Play };

const IDLE: Role = { kind: 'idle' };
const LEFT_AT_ONCE: EndCause = {
  code: 'left',
  message: 'the client disconnected while it was being admitted',
};
const DENIED: EndCause = { code: 'denied', message: 'the request was denied' };

/** A session that is being admitted. The server may end it before the stream has it. */
interface Admitting {
  ended?: EndCause;
}

/**
 * Viewers on higher message streams start at the next keyframe. Nearly all play on 1, and the GOP cache is kept encoded
 * once for each id.
 */
const MAX_CACHED_STREAM_ID = 4;

export class MessageStream {
  readonly id: number;
  readonly #owner: MessageStreamOwner;
  readonly #connected: Connected;
  readonly #status: StreamStatus;
  #role: Role = IDLE;
  #name = '';
  #receives = { audio: true, video: true };
  #bufferMs = DEFAULT_BUFFER_MS;

  /** Throws LVG_RTMP_COMMAND before the client has connected. */
  constructor(id: number, owner: MessageStreamOwner) {
    this.id = id;
    this.#owner = owner;
    this.#connected = owner.connected;
    this.#status = new StreamStatus(id, owner);
  }

  get publishing(): boolean {
    return this.#role.kind === 'publishing';
  }

  /** A player that has been sent all of a recording still plays it: it may pause and seek. */
  get active(): boolean {
    return this.#role.kind !== 'idle';
  }

  /** publish (7.2.2.6). Start is sent after every gate has admitted the publisher. */
  async publish(command: RtmpCommand): Promise<void> {
    this.#requireIdle('publish');
    const { admission } = this.#owner.context;
    const target = findTarget(this.#connected, parsePublish(command).name, admission);
    if (target instanceof Denial) return this.#denyPublish(target);
    const admitting: Admitting = {};
    const connection = await this.#connected.connectionFor(target);
    if (connection instanceof Denial) return this.#denyPublish(connection);
    const publication = await connection.publish(target, this.#closer(admitting));
    if (publication instanceof Denial) return this.#denyPublish(publication);
    if (this.#owner.closed) return publication.end(LEFT_AT_ONCE);
    this.#role = { kind: 'publishing', publication };
    this.#name = target.name;
    if (admitting.ended) return this.end(admitting.ended);
    this.#status.publishStarts(this.#name);
    this.#owner.publishes(publication);
  }

  /** play (7.2.2.1), of a stream or a recording. */
  async play(command: RtmpCommand): Promise<void> {
    // `play(false)`: how old players stop.
    if (command.args[0] === false) return this.stop({ code: 'left', message: 'the client stopped it' });
    if (this.#role.kind === 'playing')
      this.stop({ code: 'left', message: 'the client plays another stream' });
    this.#requireIdle('play');
    const wanted = parsePlay(command);
    const found = findPlayTarget(this.#connected, wanted.name, this.#owner.context.admission);
    if (found instanceof Denial) return this.#denyPlay(found);
    const admitting: Admitting = {};
    const connection = await this.#connected.connectionFor(found.target);
    if (connection instanceof Denial) return this.#denyPlay(connection);
    const playback = await connection.play(found.target, this.#closer(admitting));
    if (playback instanceof Denial) return this.#denyPlay(playback);
    if (this.#owner.closed) return playback.stop(LEFT_AT_ONCE);
    const play = this.#playOf(found, playback, wanted);
    this.#role = { kind: 'playing', play };
    this.#name = found.target.name;
    if (admitting.ended) this.end(admitting.ended);
    else play.start();
  }

  /** pause (7.2.2.8). */
  pause(paused: boolean): void {
    this.#playing?.pause(paused);
  }

  /** seek (7.2.2.7). */
  seek(timeMs: number): void {
    this.#playing?.seek(timeMs);
  }

  /** SetBufferLength (7.1.7). */
  setBuffer(bufferMs: number): void {
    this.#bufferMs = bufferMs;
    this.#playing?.setBuffer(bufferMs);
  }

  /** receiveAudio and receiveVideo (7.2.2.4, 7.2.2.5). */
  receive(kind: 'audio' | 'video', wanted: boolean): void {
    if (this.#receives[kind] === wanted) return;
    this.#receives[kind] = wanted;
    this.#playing?.receive();
  }

  /** Called about once a second. */
  tick(now: number): void {
    this.#playing?.tick(now);
  }

  /** One audio, video or data message of the publisher. */
  media(message: RtmpMessage): void {
    const role = this.#role;
    const { type, timestamp, payload } = message;
    // Encoders send empty messages to keep a track alive; they hold nothing to play.
    if (role.kind !== 'publishing' || payload.length === 0) return;
    if (type === MESSAGE_TYPE.video) role.publication.receive(describeVideo(payload), timestamp, payload);
    else if (type === MESSAGE_TYPE.audio)
      role.publication.receive(describeAudio(payload), timestamp, payload);
    else this.#data(role.publication, message);
  }

  /** The server ends it: the client is told, then this stream and perhaps the connection close. */
  end(cause: EndCause): void {
    const { kind } = this.#role;
    if (kind === 'idle') return;
    this.stop(cause);
    this.#owner.streamEnds(cause);
    if (kind === 'publishing') this.#status.publishEnds(this.#name, cause);
    else this.#status.playEnds(this.#name, cause);
    this.#owner.streamEnded(this, cause);
  }

  /** The client has ended it or has disconnected, so it is not told. */
  stop(cause: EndCause): void {
    const role = this.#role;
    this.#role = IDLE;
    if (role.kind === 'publishing') role.publication.end(cause);
    if (role.kind === 'publishing' && cause.code === 'left') this.#status.publishStopped(this.#name);
    if (role.kind !== 'playing') return;
    role.play.stop();
    role.play.playback.stop(cause);
  }

  #closer(admitting: Admitting): CloseSession {
    return (cause) => {
      admitting.ended = cause;
      this.end(cause);
    };
  }

  get #playing(): Play | undefined {
    return this.#role.kind === 'playing' ? this.#role.play : undefined;
  }

  #playOf({ target, stored }: PlayTarget, playback: Playback, { start, durationMs }: PlayCommand): Play {
    const { socket, connection, context } = this.#owner;
    const owner: PlayOwner = {
      status: this.#status,
      socket,
      connection,
      context,
      receives: () => this.#receives.audio || this.#receives.video,
      format: () => this.#format(),
      onDrain: (drained) => this.#owner.onDrain(drained),
      failed: (error) => this.#playFailed(error),
      end: (cause) => this.end(cause),
    };
    if (!stored) return new LivePlay({ name: target.name, playback, durationMs }, owner);
    const startMs = Math.max(0, start);
    return new StoredPlay({ item: stored, playback, startMs, durationMs, bufferMs: this.#bufferMs }, owner);
  }

  #playFailed(error: unknown): void {
    if (error instanceof Denial) {
      this.stop({ code: 'denied', message: error.reason });
      return this.#denyPlay(error);
    }
    this.#owner.context.peerLog.error({ err: error }, 'a viewer could not be served');
    this.end({ code: 'failed', message: 'the server failed' });
  }

  #format(): RtmpPacketFormat {
    const { audio, video } = this.#receives;
    const only = audio === video ? undefined : audio ? 'audio' : 'video';
    const { chunkSize } = this.#owner.connection;
    const startsAt = this.id > MAX_CACHED_STREAM_ID ? 'next-keyframe' : undefined;
    return this.#owner.context.format(
      `${chunkSize}/${this.id}/${only ?? 'all'}`,
      () => new RtmpPacketFormat(chunkSize, this.id, only, startsAt),
    );
  }

  #data(publication: Publication, { type, timestamp, payload }: RtmpMessage): void {
    try {
      const body = normaliseDataMessage(dataPayloadAsAmf0(type, payload));
      publication.receive(describeData(body), timestamp, body);
    } catch (error) {
      if (!(error instanceof LivegoError)) throw error;
      this.#owner.context.peerLog.info(
        { session: publication.session.id, code: error.code },
        `a data message was left out: ${error.message}`,
      );
    }
  }

  #requireIdle(what: string): void {
    if (this.#role.kind === 'idle') return;
    throw new LivegoError(
      'LVG_RTMP_COMMAND',
      `${what} arrived on message stream ${this.id}, which is ${this.#role.kind} already`,
    );
  }

  #denyPublish(denial: Denial): void {
    this.#status.publishDenied(denial);
    this.#owner.streamEnded(this, DENIED);
  }

  #denyPlay(denial: Denial): void {
    this.#status.playDenied(denial);
    this.#owner.streamEnded(this, DENIED);
  }
}
