// A publisher that never pauses, and viewers of each protocol that note what comes, to be compared at the end.
import { createHash } from 'node:crypto';
import { get } from 'node:http';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { FlvReader } from '../core/media/flv/tag-reader.ts';
import { RtmpClientSession } from '../core/protocol/rtmp/client.ts';
import { MESSAGE_TYPE } from '../core/protocol/rtmp/message.ts';

export const APP = 'live';
export const NAME = 'soak';
const FRAME_MS = 20;
const FRAMES_PER_GROUP = 25;
const FRAME_BYTES = 2000;

/** Stands in each video frame. */
export function frameMark(index: number): string {
  return `<frame ${String(index).padStart(7, '0')}>`;
}

/** One packet, short: kind, timestamp, digest of the payload. */
export type Trace = string;

function trace(kind: 'audio' | 'video', timestamp: number, payload: Buffer): Trace {
  return `${kind[0]} ${timestamp} ${createHash('sha1').update(payload).digest('base64').slice(0, 12)}`;
}

export interface Watching {
  readonly name: string;
  readonly got: Trace[];
  /** Why the connection ended; undefined while it lives. */
  ended: string | undefined;
  leave(): void;
}

const AVC_HEADER = Buffer.from('17000000000142c01effe100076742c01ed90101000468ce3c80', 'hex');
const AAC_HEADER = Buffer.from('af001210', 'hex');

export class Publisher {
  readonly sent: Trace[] = [];
  readonly keyframes = new Set<Trace>();
  readonly #session: RtmpClientSession;
  readonly #close: () => void;
  #timer: NodeJS.Timeout | undefined;
  #index = 0;
  #began = 0;
  ended: string | undefined;

  constructor(port: number, onReady: () => void) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#session = openSession('publish', port, socket, {
      onReady: () => {
        this.#session.sendMedia(MESSAGE_TYPE.video, 0, AVC_HEADER);
        this.#session.sendMedia(MESSAGE_TYPE.audio, 0, AAC_HEADER);
        this.#began = performance.now();
        this.#timer = setInterval(() => this.#publish(), FRAME_MS / 2);
        onReady();
      },
    });
    socket.on('data', (bytes) => this.#session.push(bytes)).on('error', () => {});
    socket.once('close', () => (this.ended ??= 'the connection closed'));
    this.#close = () => socket.end();
  }

  /** Takes leave: the stream ends, and with it every viewer's connection. */
  stop(): void {
    clearInterval(this.#timer);
    this.#session.stop();
    this.#close();
  }

  // As many frames as are due: the timer comes late when the machine is busy.
  #publish(): void {
    while (this.#index * FRAME_MS <= performance.now() - this.#began) {
      const timestamp = this.#index * FRAME_MS;
      const keyframe = this.#index % FRAMES_PER_GROUP === 0;
      // Never a byte that could be part of a start code: HLS carries the frames as Annex B.
      const video = Buffer.alloc(FRAME_BYTES, 0x20 + (this.#index % 200));
      video.set([keyframe ? 0x17 : 0x27, 1, 0, 0, 0]);
      video.writeUInt32BE(FRAME_BYTES - 9, 5);
      video.set([keyframe ? 0x65 : 0x41], 9);
      video.write(frameMark(this.#index), 10, 'latin1');
      const audio = Buffer.from([0xaf, 1, 0x21, this.#index & 0xff, (this.#index >> 8) & 0xff]);
      this.#session.sendMedia(MESSAGE_TYPE.video, timestamp, video);
      this.#session.sendMedia(MESSAGE_TYPE.audio, timestamp, audio);
      const mark = trace('video', timestamp, video);
      if (keyframe) this.keyframes.add(mark);
      this.sent.push(mark, trace('audio', timestamp, audio));
      this.#index++;
    }
  }
}

export function watchRtmp(port: number): Watching {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const watching = newWatching(`RTMP :${port}`, () => socket.destroy());
  const session = openSession('play', port, socket, {
    onMedia: ({ type, timestamp, payload }) => {
      if (type === MESSAGE_TYPE.video || type === MESSAGE_TYPE.audio)
        note(watching, type === MESSAGE_TYPE.video ? 'video' : 'audio', timestamp, payload);
    },
    onEnded: () => (watching.ended ??= 'the stream ended'),
    onRefused: () => (watching.ended ??= 'it was refused'),
  });
  socket.on('data', (bytes) => session.push(bytes)).on('error', () => {});
  socket.once('close', () => (watching.ended ??= 'the connection closed'));
  return watching;
}

export function watchHttp(port: number): Watching {
  const watching = newWatching(`HTTP-FLV :${port}`, () => request.destroy());
  const take = readFlv(watching);
  const request = get(`http://127.0.0.1:${port}/${APP}/${NAME}.flv`, { agent: false }, (response) => {
    if (response.statusCode !== 200) watching.ended = `status ${response.statusCode}`;
    response.on('data', take).on('error', () => {});
    response.once('close', () => (watching.ended ??= 'the connection closed'));
  });
  request.on('error', (error) => (watching.ended ??= error.message));
  return watching;
}

export function watchWebSocket(port: number): Watching {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/${APP}/${NAME}.flv`);
  const watching = newWatching(`WebSocket-FLV :${port}`, () => socket.terminate());
  socket.on('message', readFlv(watching));
  socket.on('error', (error) => (watching.ended ??= error.message));
  socket.once('close', () => (watching.ended ??= 'the connection closed'));
  return watching;
}

/**
 * What is wrong with what a viewer got; undefined if it is what the source sent from a keyframe on, in one piece and,
 * for one that stayed to the end, to the last packet.
 */
export function findLoss(
  { sent, keyframes }: Publisher,
  { name, got, ended }: Watching,
  to: 'end' | 'anywhere' = 'end',
): string | undefined {
  const [first] = got;
  if (first === undefined) return `${name} got nothing (${ended ?? 'it is still connected'})`;
  const start = sent.indexOf(first);
  if (start < 0 || !keyframes.has(first)) return `${name} did not begin with a keyframe of the source`;
  const at = got.findIndex((each, index) => each !== sent[start + index]);
  if (at >= 0) return `${name}: packet ${at} is ${got[at]}, and should be ${sent[start + at]}`;
  if (to === 'anywhere') return undefined;
  const missing = sent.length - start - got.length;
  return missing === 0
    ? undefined
    : `${name} lacks the last ${missing} packets (${ended ?? 'still connected'})`;
}

function newWatching(name: string, disconnect: () => void): Watching {
  const watching: Watching = {
    name,
    got: [],
    ended: undefined,
    leave() {
      watching.ended ??= 'it left';
      disconnect();
    },
  };
  return watching;
}

function readFlv(watching: Watching): (bytes: Buffer) => void {
  const reader = new FlvReader();
  return (bytes) => {
    for (const { type, timestamp, body } of reader.push(bytes))
      if (type !== 'script') note(watching, type, timestamp, body);
  };
}

// Sequence headers come as often as the server likes.
function note(watching: Watching, kind: 'audio' | 'video', timestamp: number, payload: Buffer): void {
  if (payload[1] !== 0) watching.got.push(trace(kind, timestamp, payload));
}

function openSession(
  mode: 'publish' | 'play',
  port: number,
  socket: { write(bytes: Buffer): unknown; once(event: 'connect', then: () => void): unknown },
  observer: Partial<ConstructorParameters<typeof RtmpClientSession>[0]['observer']>,
): RtmpClientSession {
  const nothing = (): void => {};
  const session = new RtmpClientSession({
    mode,
    app: APP,
    name: NAME,
    tcUrl: `rtmp://127.0.0.1:${port}/${APP}`,
    send: (bytes) => void socket.write(bytes),
    observer: { onReady: nothing, onRefused: nothing, onEnded: nothing, ...observer },
  });
  socket.once('connect', () => session.start());
  return session;
}
