// One message stream of a connection: idle, publishing or playing.
import type { Socket } from 'node:net';
import type { Admission } from '../../core/session/admission.ts';
import { Denial } from '../../core/session/denial.ts';
import { LivegoError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { normaliseDataMessage } from '../../core/media/flv/metadata.ts';
import { describeAudio, describeData, describeVideo } from '../../core/media/flv/tag-body.ts';
import { noDelaySwitch } from '../../core/net/no-delay.ts';
import * as answer from '../../core/protocol/rtmp/responses.ts';
import { dataPayloadAsAmf0, type RtmpCommand } from '../../core/protocol/rtmp/command.ts';
import type { RtmpConnection } from '../../core/protocol/rtmp/connection.ts';
import { MESSAGE_TYPE, type RtmpMessage } from '../../core/protocol/rtmp/message.ts';
import { parsePlay, parsePublish, type ConnectRequest } from '../../core/protocol/rtmp/request.ts';
import type { RtmpFormats, RtmpPacketFormat } from '../../core/protocol/rtmp/rtmp-format.ts';
import * as status from '../../core/protocol/rtmp/status.ts';
import { parseStreamAddress } from '../../core/stream-address.ts';
import type { Playback } from '../../core/session/playback.ts';
import type { Publication } from '../../core/session/publication.ts';
import type { Client, EndCause, StreamRequest } from '../../core/session/session.ts';
import type { ViewerTransport } from '../../core/delivery/viewer.ts';

/** What a message stream needs of its connection. */
export interface MessageStreamOwner {
  readonly client: Client;
  readonly socket: Socket;
  readonly connection: RtmpConnection;
  readonly admission: Admission;
  readonly formats: RtmpFormats;
  readonly log: Logger;
  /** The connection is over; nobody will stop a stream that begins now. */
  readonly closed: boolean;
  send(command: RtmpCommand, streamId?: number): void;
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
const LEFT_AT_ONCE: EndCause = { code: 'left', message: 'the client left while it was being let in' };
const DENIED: EndCause = { code: 'denied', message: 'the request was refused' };

export class MessageStream {
  readonly id: number;
  readonly #connect: ConnectRequest;
  readonly #owner: MessageStreamOwner;
  #role: Role = IDLE;
  #name = '';
  #receives = { audio: true, video: true };
  #paused = false;

  constructor(id: number, connect: ConnectRequest, owner: MessageStreamOwner) {
    this.id = id;
    this.#connect = connect;
    this.#owner = owner;
  }

  get publishing(): boolean {
    return this.#role.kind === 'publishing';
  }

  get active(): boolean {
    return this.#role.kind !== 'idle';
  }

  /** publish (7.2.2.6). Start goes out after every gate has let the publisher pass. */
  async publish(command: RtmpCommand): Promise<void> {
    this.#requireIdle('publish');
    const { name } = parsePublish(command);
    const request = this.#address(name);
    if (request instanceof Denial) return this.#refusePublish(request);
    const publication = await this.#owner.admission.publish(request, (cause) => this.end(cause));
    if (publication instanceof Denial) return this.#refusePublish(publication);
    if (this.#owner.closed) return this.#owner.admission.unpublish(publication, LEFT_AT_ONCE);
    this.#role = { kind: 'publishing', publication };
    this.#name = request.name;
    this.#owner.connection.sendUserControl({ event: 'stream-begin', streamId: this.id });
    this.#send(status.publishStart(request.name));
    this.#owner.publishes(publication);
  }

  /** play (7.2.2.1). Who comes before the publisher is told Start and waits. */
  async play(command: RtmpCommand): Promise<void> {
    // `play(false)`: how old players stop.
    if (command.args[0] === false) return this.stop({ code: 'left', message: 'the client stopped it' });
    if (this.#role.kind === 'playing')
      this.stop({ code: 'left', message: 'the client plays another stream' });
    this.#requireIdle('play');
    const request = this.#address(parsePlay(command).name);
    if (request instanceof Denial) return this.#refusePlay(request);
    const playback = await this.#owner.admission.play(request, (cause) => this.end(cause));
    if (playback instanceof Denial) return this.#refusePlay(playback);
    if (this.#owner.closed) return playback.stop(LEFT_AT_ONCE);
    this.#role = { kind: 'playing', playback };
    this.#name = request.name;
    this.#owner.connection.sendUserControl({ event: 'stream-begin', streamId: this.id });
    this.#send(status.playReset(request.name));
    this.#send(status.playStart(request.name));
    this.#owner.connection.sendData(answer.sampleAccess(), this.id);
    // No NetStream.Data.Start behind it: ffmpeg takes that for a track of unknown data, and nobody waits for it.
    // Not awaited: while it waits for a publisher the client may well do something else.
    this.#join(playback).catch((error: unknown) => {
      this.#owner.log.error({ err: error }, 'a viewer could not join');
      this.end({ code: 'failed', message: 'the server failed' });
    });
  }

  /** pause (7.2.2.8): packets of the meantime are lost, as befits a live stream. */
  pause(paused: boolean): void {
    if (this.#role.kind !== 'playing' || this.#paused === paused) return;
    this.#paused = paused;
    this.#owner.connection.sendUserControl({
      event: paused ? 'stream-eof' : 'stream-begin',
      streamId: this.id,
    });
    this.#send(paused ? status.pauseNotify(this.#name) : status.unpauseNotify(this.#name));
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
    if (type === MESSAGE_TYPE.video) role.publication.write(describeVideo(payload), timestamp, payload);
    else if (type === MESSAGE_TYPE.audio) role.publication.write(describeAudio(payload), timestamp, payload);
    else this.#data(role.publication, message);
  }

  /** The server ends it: the client is told, then this stream and perhaps the connection close. */
  end(cause: EndCause): void {
    const { kind } = this.#role;
    if (kind === 'idle') return;
    this.stop(cause);
    this.#owner.streamEnds(cause);
    if (kind === 'publishing') this.#tellPublisher(cause);
    else this.#tellPlayer(cause);
    this.#owner.streamEnded(this, cause);
  }

  /** The client has ended it, or is gone: nobody is told. */
  stop(cause: EndCause): void {
    const role = this.#role;
    this.#role = IDLE;
    this.#paused = false;
    if (role.kind === 'publishing') this.#owner.admission.unpublish(role.publication, cause);
    if (role.kind === 'publishing' && cause.code === 'left') this.#send(status.unpublishSuccess(this.#name));
    if (role.kind === 'playing') role.playback.stop(cause);
  }

  async #join(playback: Playback): Promise<void> {
    const stream = await playback.findStream();
    if (this.#role.kind !== 'playing' || this.#role.playback !== playback) return;
    const { key } = playback.session;
    if (!stream) return this.#playFailed(new Denial('not-found', `nobody publishes ${key}`));
    const denial = playback.start(stream, this.#format(), new PlayerTransport(this.#owner, this));
    if (denial) return this.#playFailed(denial);
    if (this.#paused || !this.#receives.audio || !this.#receives.video) this.#applyReception(playback);
  }

  #playFailed(denial: Denial): void {
    this.stop({ code: 'denied', message: denial.reason });
    this.#refusePlay(denial);
  }

  #applyReception(playback: Playback): void {
    const { audio, video } = this.#receives;
    if (this.#paused || (!audio && !video)) playback.pause();
    else playback.reformat(this.#format());
  }

  #format(): RtmpPacketFormat {
    const { audio, video } = this.#receives;
    const only = audio === video ? undefined : audio ? 'audio' : 'video';
    return this.#owner.formats.acquire(this.#owner.connection.chunkSize, this.id, only);
  }

  #data(publication: Publication, { type, timestamp, payload }: RtmpMessage): void {
    try {
      const body = normaliseDataMessage(dataPayloadAsAmf0(type, payload));
      publication.write(describeData(body), timestamp, body);
    } catch (error) {
      if (!(error instanceof LivegoError)) throw error;
      this.#owner.log.info(
        { session: publication.session.id, code: error.code },
        `a data message was left out: ${error.message}`,
      );
    }
  }

  #address(name: string): StreamRequest | Denial {
    const { app, tcUrl } = this.#connect;
    const address = parseStreamAddress({ app, name, tcUrl }, (each) => this.#owner.admission.hasApp(each));
    if (!address.ok) return new Denial('invalid', address.reason);
    return { client: this.#owner.client, app: address.app, name: address.name, query: address.query };
  }

  #requireIdle(what: string): void {
    if (this.#role.kind === 'idle') return;
    throw new LivegoError(
      'LVG_RTMP_COMMAND',
      `${what} came on message stream ${this.id}, which is ${this.#role.kind} already`,
    );
  }

  #refusePublish(denial: Denial): void {
    const reason = denial.code === 'duplicate' || denial.code === 'invalid' ? 'BadName' : 'Denied';
    this.#send(status.publishRefused(reason, denial.reason));
    this.#owner.streamEnded(this, DENIED);
  }

  #refusePlay(denial: Denial): void {
    this.#send(status.playRefused(denial.code === 'not-found' ? 'StreamNotFound' : 'Failed', denial.reason));
    this.#owner.connection.sendUserControl({ event: 'stream-eof', streamId: this.id });
    this.#owner.streamEnded(this, DENIED);
  }

  #tellPublisher(cause: EndCause): void {
    this.#send(
      status.publishRefused(
        cause.code === 'replaced' ? 'BadName' : 'Denied',
        `${this.#name}: ${cause.message}`,
      ),
    );
  }

  #tellPlayer(cause: EndCause): void {
    this.#owner.connection.sendUserControl({ event: 'stream-eof', streamId: this.id });
    if (cause.code === 'unpublished') this.#send(status.unpublishNotify(this.#name));
    this.#send(status.playStop(this.#name));
  }

  #send(command: RtmpCommand): void {
    this.#owner.send(command, this.id);
  }
}

/** A player's connection as the fan-out sees it. */
class PlayerTransport implements ViewerTransport {
  readonly output: Socket;
  readonly setNoDelay: ((noDelay: boolean) => void) | undefined;
  readonly #owner: MessageStreamOwner;
  readonly #stream: MessageStream;

  constructor(owner: MessageStreamOwner, stream: MessageStream) {
    this.output = owner.socket;
    this.setNoDelay = noDelaySwitch(owner.socket);
    this.#owner = owner;
    this.#stream = stream;
  }

  onDrain(drained: () => void): () => void {
    return this.#owner.onDrain(drained);
  }

  close(cause: EndCause): void {
    this.#stream.end(cause);
  }
}
