// A publisher that never pauses, and keeps what it has sent.

import { connect, type Socket } from 'node:net';
import type { RtmpClientSession } from '../../../core/protocol/rtmp/client/client.ts';
import { MESSAGE_TYPE } from '../../../core/protocol/rtmp/message.ts';
import { openSession } from './rtmp-session.ts';
import { SOAK } from './stream-name.ts';
import { trace, type Trace } from './trace.ts';

const FRAME_MS = 20;
const FRAMES_PER_GROUP = 25;
const FRAME_BYTES = 2000;
const AVC_HEADER = Buffer.from('17000000000142c01effe100076742c01ed90101000468ce3c80', 'hex');
const AAC_HEADER = Buffer.from('af001210', 'hex');

/** The text in each video frame. */
function frameMark(index: number): string {
  return `<frame ${String(index).padStart(7, '0')}>`;
}

export class Publisher {
  readonly sent: Trace[] = [];
  readonly keyframes = new Set<Trace>();
  readonly #session: RtmpClientSession;
  readonly #socket: Socket;
  #timer: NodeJS.Timeout | undefined;
  #index = 0;
  #began = 0;
  ended: string | undefined;

  constructor(port: number, onReady: () => void, stream = SOAK) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#session = openSession('publish', { ...stream, port }, socket, {
      onReady: () => {
        this.#session.sendMedia(MESSAGE_TYPE.video, 0, AVC_HEADER);
        this.#session.sendMedia(MESSAGE_TYPE.audio, 0, AAC_HEADER);
        this.#began = performance.now();
        this.#timer = setInterval(() => this.#publish(), FRAME_MS / 2);
        onReady();
      },
      onRejected: () => this.#end('it was denied'),
      onEnded: () => this.#end('the server ended it'),
    });
    socket.on('data', (bytes) => this.#session.push(bytes)).on('error', () => {});
    socket.once('close', () => this.#end('the connection closed'));
    this.#socket = socket;
  }

  /** Unpublishes and closes. The stream ends, and with it every viewer's connection. */
  stop(): void {
    clearInterval(this.#timer);
    this.#session.stop();
    this.#socket.end();
  }

  /** Sends nothing more, and stays connected: an encoder that hangs. */
  freeze(): void {
    clearInterval(this.#timer);
  }

  /** Breaks off without a word: a cable that is pulled. */
  destroy(): void {
    clearInterval(this.#timer);
    this.#socket.destroy();
  }

  #end(reason: string): void {
    clearInterval(this.#timer);
    this.ended ??= reason;
  }

  // Sends all frames that are due, because the timer is late on a busy machine.
  #publish(): void {
    while (this.#index * FRAME_MS <= performance.now() - this.#began) {
      const timestamp = this.#index * FRAME_MS;
      const keyframe = this.#index % FRAMES_PER_GROUP === 0;
      // No byte may be part of a start code: HLS carries the frames as Annex B.
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
