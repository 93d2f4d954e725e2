// A source that sends FLV, by HTTP or by WebSocket.
import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { after, LivegoError } from 'livego';
import { describeAudio, describeVideo, FlvReader, type FlvTag } from 'livego/media';
import { WebSocket } from 'ws';
import { ALL_ADDRESSES, tlsSettings } from './dial.ts';
import { describeSocketError, quotePeer, type Failure } from './failure.ts';
import type { Link, LinkSettings, SourceEvents } from './link.ts';
import { Liveness } from './liveness.ts';
import { readData } from './source-data.ts';

/** A tag, that is, a video frame, that is larger is not taken. */
const MAX_TAG_BYTES = 8 * 1024 * 1024;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export class FlvLink implements Link {
  readonly #settings: LinkSettings;
  readonly #events: SourceEvents;
  readonly #reader = new FlvReader({ maxTagBytes: MAX_TAG_BYTES });
  readonly #liveness: Liveness;
  readonly #destroy: () => void;
  #cancelLimit = (): void => {};
  #receivedBytes = 0;
  #reached = false;
  #playing = false;
  #over = false;

  constructor(settings: LinkSettings, events: SourceEvents) {
    const { address, timeouts } = settings;
    this.#settings = settings;
    this.#events = events;
    this.#liveness = new Liveness({ ...settings, mode: 'play' });
    // This may throw, for an address that a peer has named; then nothing may be left that acts later.
    this.#destroy = address.scheme.startsWith('ws') ? this.#openWebSocket() : this.#openHttp();
    this.#limit(timeouts.connectTimeoutMs, 'no connection within', 'connectTimeoutMs');
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelLimit();
    this.#destroy();
  }

  fail(failure: Failure): void {
    if (this.#over) return;
    this.close();
    this.#events.ended(failure);
  }

  tick(now: number): void {
    if (this.#over || !this.#playing) return;
    const silence = this.#liveness.check(now, { received: this.#receivedBytes, sent: 0 });
    if (silence !== undefined && silence !== 'ping') this.fail(silence);
  }

  #openHttp(): () => void {
    const { address, via, trust } = this.#settings;
    const url = new URL(address.url);
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    // No agent: a connection that is used again would go to the address that was looked up before.
    const request = send(url, {
      ...tlsSettings(trust),
      ...ALL_ADDRESSES,
      agent: false,
      headers: { 'user-agent': via, accept: '*/*' },
    });
    request.once('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => this.#connected());
    });
    request.once('response', (response) => this.#answer(response));
    request.on('error', (error) => this.#failed(error));
    request.end();
    return () => void request.destroy();
  }

  #answer(response: IncomingMessage): void {
    const { statusCode = 0, statusMessage, headers } = response;
    response.on('error', (error) => this.#lost(describeSocketError(error)));
    if (REDIRECTS.has(statusCode) && headers.location !== undefined) {
      const message = `the peer sends its clients elsewhere (HTTP ${statusCode})`;
      return this.fail({ kind: 'moved', message, redirect: headers.location });
    }
    if (statusCode !== 200) {
      const message = `the peer answered HTTP ${statusCode} ${quotePeer(statusMessage ?? '')}`;
      return this.fail({ kind: 'rejected', message });
    }
    response.on('data', (bytes: Buffer) => this.#read(bytes));
    response.once('end', () => this.fail({ kind: 'ended', message: 'the peer ended the stream' }));
    response.once('close', () => this.#lost('the peer closed the connection'));
  }

  #openWebSocket(): () => void {
    const { address, via, trust } = this.#settings;
    const webSocket = new WebSocket(address.url, {
      ...tlsSettings(trust),
      ...ALL_ADDRESSES,
      agent: false,
      headers: { 'user-agent': via },
      perMessageDeflate: false,
      maxPayload: 2 * MAX_TAG_BYTES,
    });
    webSocket.binaryType = 'nodebuffer';
    webSocket.once('upgrade', () => this.#connected());
    webSocket.once('unexpected-response', (request: ClientRequest, response: IncomingMessage) => {
      request.on('error', () => {});
      this.#answer(response);
    });
    webSocket.on('message', (bytes) => this.#read(bytes as Buffer));
    webSocket.on('error', (error) => this.#failed(error));
    webSocket.once('close', (_code, reason) => {
      this.fail({ kind: 'ended', message: `the peer ended the stream (${quotePeer(reason.toString())})` });
    });
    return () => webSocket.terminate();
  }

  #connected(): void {
    this.#reached = true;
    this.#limit(this.#settings.timeouts.responseTimeoutMs, 'no answer within', 'responseTimeoutMs');
    this.#events.connected();
  }

  #read(bytes: Buffer): void {
    if (this.#over) return;
    this.#receivedBytes += bytes.length;
    try {
      for (const tag of this.#reader.push(bytes)) this.#take(tag);
    } catch (error) {
      if (!(error instanceof LivegoError)) throw error;
      this.#lost(`the peer sends what cannot be read (${error.message})`);
    }
  }

  #take({ type, timestamp, body }: FlvTag): void {
    if (body.length === 0 || this.#over) return;
    this.#liveness.noteMedia();
    const packet =
      type === 'script'
        ? readData(body)
        : { info: type === 'video' ? describeVideo(body) : describeAudio(body), payload: body };
    if (packet === undefined) return;
    if (!this.#playing) this.#begin();
    this.#events.packet(packet.info, timestamp, packet.payload);
  }

  #begin(): void {
    this.#playing = true;
    this.#cancelLimit();
    this.#events.ready(this);
  }

  #lost(message: string): void {
    this.fail({ kind: 'closed', message });
  }

  #failed(error: Error): void {
    const kind = this.#reached ? 'closed' : 'unreachable';
    this.fail({ kind, message: describeSocketError(error) });
  }

  #limit(limitMs: number, what: string, option: string): void {
    this.#cancelLimit();
    const message = `${what} ${limitMs / 1000} s (${option})`;
    this.#cancelLimit = after(limitMs, () => this.fail({ kind: 'timeout', message }));
  }
}
