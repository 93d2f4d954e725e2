// Publishes the clip in a loop, in real time, with its send time in every video frame.

import { buildAmf } from './amf.mjs';
import { setTimestamp } from './chunk-writer.mjs';
import { Client } from './client.mjs';

export class Publisher extends Client {
  sent = 0;
  sentAtMark = 0;
  lateMs = 0;
  cursor = 0;
  turn = 0;
  sequence = 0;

  /** @param {import('./load-run.mjs').LoadRun} run @param {number} stream @param {number} base time of timestamp 0 */
  constructor(run, stream, base) {
    super(run, run.target.rtmpPort, stream);
    this.base = base;
  }

  setMark() {
    this.sentAtMark = this.sent;
    this.lateMs = 0;
  }

  start() {
    this.send(8, 20, this.streamId, buildAmf('publish', 3, null, `s${this.stream}`, 'live'));
  }

  onPublishStart() {
    this.playing = true;
  }

  /** @param {number} now */
  publishDue(now) {
    const { messages, durationMs } = this.run.clip;
    while (this.playing && !this.closed && !this.socket.writableNeedDrain) {
      const message = messages[this.cursor];
      if (!message) return;
      const timestamp = this.turn * durationMs + message.timestamp;
      const late = now - this.base - timestamp;
      if (late < 0) return;
      this.lateMs = Math.max(this.lateMs, late);
      this.cursor = (this.cursor + 1) % messages.length;
      if (message.once && this.turn > 0) continue;
      if (this.cursor === 0) this.turn++;
      this.#write(message, timestamp);
    }
  }

  /** @param {import('./clip.mjs').ClipMessage} message @param {number} timestamp */
  #write(message, timestamp) {
    const wire = Buffer.from(message.wire);
    setTimestamp(wire, timestamp);
    if (message.mark > 0) {
      const time = process.hrtime.bigint().toString(16).padStart(16, '0');
      const sequence = (this.sequence++).toString(16).padStart(8, '0');
      wire.write(time + sequence, 12 + message.mark, 'latin1');
    }
    this.sent += message.length;
    this.socket.write(wire);
  }
}
