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
  type StreamTarget,
} from 'livego';
import { describeAudio, describeData, describeVideo, normaliseDataMessage } from 'livego/media';
import {
  dataPayloadAsAmf0,
  MESSAGE_TYPE,
  parsePlay,
  parsePublish,
  parseStreamAddress,
  RtmpPacketFormat,
  type RtmpCommand,
  type RtmpMessage,
} from 'livego/rtmp';
import type { Connected } from './connect.ts';
import { PlayerTransport } from './player-transport.ts';
import { StreamStatus, type ToldConnection } from './stream-status.ts';

/** The connection, as its message streams see it. */
export interface MessageStreamOwner extends ToldConnection {
  readonly context: Pick<ServerContext, 'admission' | 'log' | 'format'>;
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
  | { readonly kind: 'playing'; readonly playback: Playback };

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

/** The longest that a timer of Node waits. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class MessageStream {
  readonly id: number;
  readonly #owner: MessageStreamOwner;
  readonly #connected: Connected;
  readonly #status: StreamStatus;
  #role: Role = IDLE;
  #name = '';
  #receives = { audio: true, video: true };
  #paused = false;
  /** Set while a player that asked for a part of the stream plays. */
  #durationTimer: NodeJS.Timeout | undefined;

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

  get active(): boolean {
    return this.#role.kind !== 'idle';
  }

  /** publish (7.2.2.6). Start is sent after every gate has admitted the publisher. */
  async publish(command: RtmpCommand): Promise<void> {
    this.#requireIdle('publish');
    const target = this.#address(parsePublish(command).name, 'publish');
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

  /** play (7.2.2.1). A player that connects before the publisher gets Play.Start and waits. */
  async play(command: RtmpCommand): Promise<void> {
    // `play(false)`: how old players stop.
    if (command.args[0] === false) return this.stop({ code: 'left', message: 'the client stopped it' });
    if (this.#role.kind === 'playing')
      this.stop({ code: 'left', message: 'the client plays another stream' });
    this.#requireIdle('play');
    const { name, durationMs } = parsePlay(command);
    const target = this.#address(name, 'play');
    if (target instanceof Denial) return this.#denyPlay(target);
    const admitting: Admitting = {};
    const connection = await this.#connected.connectionFor(target);
    if (connection instanceof Denial) return this.#denyPlay(connection);
    const playback = await connection.play(target, this.#closer(admitting));
    if (playback instanceof Denial) return this.#denyPlay(playback);
    if (this.#owner.closed) return playback.stop(LEFT_AT_ONCE);
    this.#role = { kind: 'playing', playback };
    this.#name = target.name;
    if (admitting.ended) return this.end(admitting.ended);
    this.#status.playStarts(this.#name);
    // Not awaited: the client may send other commands while it waits for a publisher.
    this.#join(playback, durationMs).catch((error: unknown) => {
      this.#owner.context.log.error({ err: error }, 'a viewer could not join');
      this.end({ code: 'failed', message: 'the server failed' });
    });
  }

  /** pause (7.2.2.8): the stream is live, so packets that pass in the meantime are left out. */
  pause(paused: boolean): void {
    if (this.#role.kind !== 'playing' || this.#paused === paused) return;
    this.#paused = paused;
    this.#status.paused(this.#name, paused ? 'paused' : 'continues');
    this.#applyReception(this.#role.playback);
  }

  /** receiveAudio and receiveVideo (7.2.2.4, 7.2.2.5). */
  receive(kind: 'audio' | 'video', wanted: boolean): void {
    if (this.#receives[kind] === wanted) return;
    this.#receives[kind] = wanted;
    if (this.#role.kind === 'playing') this.#applyReception(this.#role.playback);
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
    this.#paused = false;
    clearTimeout(this.#durationTimer);
    if (role.kind === 'publishing') role.publication.end(cause);
    if (role.kind === 'publishing' && cause.code === 'left') this.#status.publishStopped(this.#name);
    if (role.kind === 'playing') role.playback.stop(cause);
  }

  #closer(admitting: Admitting): CloseSession {
    return (cause) => {
      admitting.ended = cause;
      this.end(cause);
    };
  }

  async #join(playback: Playback, durationMs: number | undefined): Promise<void> {
    const stream = await playback.findStream();
    if (this.#role.kind !== 'playing' || this.#role.playback !== playback) return;
    const transport = new PlayerTransport(
      this.#owner.socket,
      (drained) => this.#owner.onDrain(drained),
      (cause) => this.end(cause),
    );
    const denial = stream instanceof Denial ? stream : playback.start(stream, this.#format(), transport);
    if (denial) return this.#playFailed(denial);
    if (durationMs !== undefined) this.#endAfter(durationMs);
    if (this.#paused || !this.#receives.audio || !this.#receives.video) this.#applyReception(playback);
  }

  #endAfter(durationMs: number): void {
    if (durationMs > MAX_TIMER_MS) return;
    const message = `it has played the ${durationMs / 1000} s that it asked for`;
    this.#durationTimer = setTimeout(() => this.end({ code: 'left', message }), durationMs);
  }

  #playFailed(denial: Denial): void {
    this.stop({ code: 'denied', message: denial.reason });
    this.#denyPlay(denial);
  }

  #applyReception(playback: Playback): void {
    const { audio, video } = this.#receives;
    if (this.#paused || (!audio && !video)) return playback.pause();
    playback.reformat(this.#format());
    playback.resume();
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
      this.#owner.context.log.info(
        { session: publication.session.id, code: error.code },
        `a data message was left out: ${error.message}`,
      );
    }
  }

  #address(name: string, role: 'publish' | 'play'): StreamTarget | Denial {
    const { app, tcUrl } = this.#connected.command;
    const { admission } = this.#owner.context;
    const address = parseStreamAddress({ app, name, tcUrl }, (each) => admission.hasApp(each));
    if (address.ok) return { app: address.app, name: address.name, query: address.query };
    const denial = new Denial('invalid', address.reason);
    this.#connected.deny(role, denial);
    return denial;
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
