// Viewers by HTTP-FLV and WebSocket-FLV that collect what they receive.
import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { onTestFinished } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import type { FlvHeader } from '../../core/media/flv/file.ts';
import { FlvReader } from '../../core/media/flv/tag-reader.ts';
import { within } from './net.ts';
import type { WirePacket } from './rtmp-client.ts';

/** The packets that a viewer has received so far. */
export class FlvCollector {
  readonly packets: WirePacket[] = [];
  readonly #reader = new FlvReader();
  readonly #ended: Promise<void>;
  #resolveEnded: () => void = () => {};
  #bytes = 0;
  #wake: () => void = () => {};

  constructor() {
    this.#ended = new Promise((resolve) => (this.#resolveEnded = resolve));
  }

  /** undefined before the first nine bytes. */
  get header(): FlvHeader | undefined {
    return this.#reader.header;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(bytes: Buffer): void {
    this.#bytes += bytes.length;
    for (const { type, timestamp, body } of this.#reader.push(bytes))
      this.packets.push({ kind: type === 'script' ? 'data' : type, timestamp, payload: body });
    this.#wake();
  }

  end(): void {
    this.#resolveEnded();
  }

  /** Resolves with the first `count` audio and video packets. */
  async received(count: number): Promise<WirePacket[]> {
    const seen = async (): Promise<WirePacket[]> => {
      for (;;) {
        const media = this.packets.filter((packet) => packet.kind !== 'data');
        if (media.length >= count) return media.slice(0, count);
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    };
    return within(seen(), `${count} packets`);
  }

  /** Resolves with all audio and video packets when the connection has ended. */
  async all(): Promise<WirePacket[]> {
    await within(this.#ended, 'the end of the stream');
    return this.packets.filter((packet) => packet.kind !== 'data');
  }
}

export interface HttpTransport extends FlvCollector {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly response: IncomingMessage;
}

/** Requests a stream; resolves when the head of the response has arrived. */
export async function openHttp(url: string, options: RequestOptions = {}): Promise<HttpTransport> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const request = send(url, { agent: false, rejectUnauthorized: false, ...options } as RequestOptions);
  onTestFinished(() => void request.destroy());
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  request.end();
  const response = await within(answered, `an answer from ${url}`);
  const collector = new FlvCollector();
  // A denial is no FLV.
  response.on('data', (bytes: Buffer) => void (response.statusCode === 200 && collector.push(bytes)));
  response.on('error', () => {}).once('close', () => collector.end());
  return Object.assign(collector, {
    status: response.statusCode ?? 0,
    headers: response.headers,
    response,
  });
}

export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A whole response that is not a stream. */
export async function fetchText(url: string, options: RequestOptions = {}): Promise<HttpReply> {
  const request = httpRequest(url, { agent: false, ...options });
  onTestFinished(() => void request.destroy());
  const reading = new Promise<HttpReply>((resolve, reject) => {
    request.once('error', reject).once('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
  });
  request.end();
  return within(reading, `an answer from ${url}`);
}

export interface WebSocketTransport extends FlvCollector {
  readonly socket: WebSocket;
  /** Code and reason of the server's close frame. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** Opens a WebSocket to a stream. Rejected with "Unexpected server response: STATUS" if the client is denied. */
export async function openWebSocket(url: string, options: ClientOptions = {}): Promise<WebSocketTransport> {
  const socket = new WebSocket(url, { rejectUnauthorized: false, ...options });
  onTestFinished(() => socket.terminate());
  const collector = new FlvCollector();
  socket.on('message', (bytes: Buffer) => collector.push(bytes));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => {
      collector.end();
      resolve({ code, reason: reason.toString() });
    });
  });
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('open', resolve).once('error', reject);
  });
  await within(opened, `a WebSocket to ${url}`);
  return Object.assign(collector, { socket, closed });
}
