// An RTMP connection to a peer: dialled, authenticated, then one publish or one play.
//
//   dial ─▶ handshake, connect ─▶ publish or play ─▶ ready ─▶ over
//     ▲            │ asks for authentication
//     └────────────┘
//
import type { Socket } from 'node:net';
import { after, endSocket, messageOf } from 'livego';
import {
  parseRtmpUrl,
  RtmpClientSession,
  type ControlMessage,
  type RtmpClientObserver,
  type RtmpMessage,
  type RtmpRejection,
  type RtmpUrl,
} from 'livego/rtmp';
import type { AuthenticationStep } from './authentication.ts';
import { nextStep } from './authentication.ts';
import { dial } from './dial.ts';
import { describeSocketError, quotePeer, type Failure } from './failure.ts';
import type { LinkEvents, LinkSettings, PublishingLink } from './link.ts';
import { Liveness } from './liveness.ts';

export interface RtmpLinkSettings extends LinkSettings {
  readonly mode: 'publish' | 'play';
  readonly chunkSize: number;
  readonly events: LinkEvents;
  /** Audio, video and data of a play. */
  readonly media?: (message: RtmpMessage) => void;
}

/** A name for the authentication, and one for its answer. */
const MAX_AUTHENTICATION_STEPS = 2;

export class RtmpLink implements PublishingLink {
  readonly chunkSize: number;
  readonly #settings: RtmpLinkSettings;
  readonly #url: RtmpUrl;
  readonly #liveness: Liveness;
  #query = '';
  #steps = 0;
  #socket: Socket | undefined;
  #session: RtmpClientSession | undefined;
  #cancelLimit = (): void => {};
  #receivedBefore = 0;
  #over = false;

  constructor(settings: RtmpLinkSettings) {
    const parsed = parseRtmpUrl(settings.address.url);
    if (!parsed.ok) throw new TypeError(parsed.reason);
    this.#settings = settings;
    this.#url = parsed;
    this.chunkSize = settings.chunkSize;
    this.#liveness = new Liveness(settings);
    this.#dial();
  }

  get socket(): Socket {
    return this.#socket!;
  }

  get messageStreamId(): number {
    const state = this.#session?.state;
    return state?.name === 'ready' ? state.streamId : 0;
  }

  get receivedBytes(): number {
    return this.#receivedBefore + (this.#socket?.bytesRead ?? 0);
  }

  /** Without those that still wait here. */
  get #sentBytes(): number {
    const { bytesWritten = 0, writableLength = 0 } = this.#socket ?? {};
    return bytesWritten - writableLength;
  }

  close(): void {
    if (this.#over) return;
    this.#release();
    this.#session?.stop();
    if (this.#socket?.connecting) this.#socket.destroy();
    else if (this.#socket) endSocket(this.#socket);
  }

  fail(failure: Failure): void {
    if (this.#over) return;
    this.#release();
    this.#session?.connection.close();
    this.#socket?.destroy();
    this.#settings.events.ended(failure);
  }

  tick(now: number): void {
    if (this.#over || this.#session?.state.name !== 'ready') return;
    const silence = this.#liveness.check(now, { received: this.receivedBytes, sent: this.#sentBytes });
    if (silence === 'ping') this.#session.connection.ping(now);
    else if (silence !== undefined) this.fail(silence);
  }

  #dial(): void {
    const { address, trust, timeouts, events } = this.#settings;
    const { host, port } = this.#url;
    this.#limit(timeouts.connectTimeoutMs, 'no connection within', 'connectTimeoutMs');
    const socket = dial({ host, port, secure: address.scheme === 'rtmps' }, trust, () => {
      this.#limit(timeouts.responseTimeoutMs, 'no answer within', 'responseTimeoutMs');
      if (this.#steps === 0) events.connected();
      this.#begin(socket);
    });
    this.#socket = socket;
    let connected = false;
    socket.once('connect', () => (connected = true));
    const lost = (message: string): void => {
      if (socket !== this.#socket) return;
      const closed = connected ? 'closed' : 'unreachable';
      this.fail({ kind: closed, message });
    };
    socket.on('error', (error) => lost(describeSocketError(error)));
    socket.once('end', () => lost('the peer closed the connection'));
    socket.once('close', () => lost('the connection is closed'));
  }

  #begin(socket: Socket): void {
    const { mode, via, chunkSize } = this.#settings;
    const { app, name, tcUrl } = this.#url;
    const session = new RtmpClientSession({
      mode,
      name,
      chunkSize,
      app: this.#withQuery(app),
      tcUrl: this.#withQuery(tcUrl),
      flashVersion: mode === 'publish' ? `FMLE/3.0 (compatible; ${via})` : `LNX 9,0,124,2 (${via})`,
      send: (bytes) => void socket.write(bytes),
      observer: this.#observer,
    });
    this.#session = session;
    socket.on('data', (bytes) => this.#read(session, bytes));
    session.start();
  }

  readonly #observer: RtmpClientObserver = {
    onReady: () => this.#ready(),
    onRejected: (rejection) => this.#rejected(rejection),
    onEnded: ({ code, description }) =>
      this.fail({ kind: 'ended', message: `the peer ended it (${quotePeer(description || code)})` }),
    onReconnectRequest: ({ tcUrl = this.#url.tcUrl }) =>
      this.fail({ kind: 'moved', message: 'the peer asks for another connection', redirect: tcUrl }),
    onControl: (control) => this.#hear(control),
    onMedia: (message) => {
      this.#liveness.noteMedia();
      this.#settings.media?.(message);
    },
  };

  #read(session: RtmpClientSession, bytes: Buffer): void {
    if (this.#over || session !== this.#session) return;
    try {
      session.push(bytes);
    } catch (error) {
      const message = `the peer sends what cannot be read (${messageOf(error)})`;
      this.fail({ kind: 'closed', message });
    }
  }

  #hear(control: ControlMessage): void {
    if (control.kind === 'acknowledgement') this.#liveness.noteAcknowledgement(this.#sentBytes);
    if (control.kind === 'user-control' && control.event === 'ping-response') this.#liveness.notePong();
  }

  // A play is ready when its first packet has come: many servers accept a play of a stream that nobody publishes.
  #ready(): void {
    this.#liveness.start();
    if (this.#settings.mode === 'play') return;
    this.#cancelLimit();
    this.#settings.events.ready(this);
  }

  #rejected(rejection: RtmpRejection): void {
    const { app } = this.#url;
    const { description } = rejection.status;
    const [bare = ''] = app.split('?');
    const step = rejection.call === 'connect' ? nextStep(description, this.#url.userinfo, bare) : undefined;
    if (step !== undefined) return this.#authenticate(step);
    const message = quotePeer(rejection.message);
    const { redirect } = rejection;
    this.fail(redirect === undefined ? { kind: 'rejected', message } : { kind: 'moved', message, redirect });
  }

  #authenticate(step: AuthenticationStep): void {
    if ('failed' in step) return this.fail({ kind: 'rejected', message: step.failed });
    if (this.#steps++ >= MAX_AUTHENTICATION_STEPS)
      return this.fail({ kind: 'rejected', message: 'the peer asks for authentication again and again' });
    this.#query = step.query;
    const socket = this.#socket;
    this.#receivedBefore = this.receivedBytes;
    this.#session = undefined;
    this.#socket = undefined;
    socket?.destroy();
    this.#dial();
  }

  /** The first packet of a play has come. */
  playing(): void {
    this.#cancelLimit();
    this.#settings.events.ready(this);
  }

  #withQuery(text: string): string {
    if (this.#query === '') return text;
    return `${text}${text.includes('?') ? '&' : '?'}${this.#query}`;
  }

  #limit(limitMs: number, what: string, option: string): void {
    this.#cancelLimit();
    const message = `${what} ${limitMs / 1000} s (${option})`;
    this.#cancelLimit = after(limitMs, () => this.fail({ kind: 'timeout', message }));
  }

  #release(): void {
    this.#over = true;
    this.#cancelLimit();
  }
}
