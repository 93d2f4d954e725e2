// Plays a stream as a player does, and discards its bytes once it has seen a keyframe, unless it is a probe.

import { buildAmf } from './amf.mjs';
import { Client, nowMs } from './client.mjs';
import { FlvReader } from './flv-reader.mjs';
import { HttpReader } from './http-reader.mjs';
import { Probe } from './probe.mjs';

export class Viewer extends Client {
  media = 0;
  picture = 0;
  bytesAtMark = 0;
  beforeMark = false;
  discard = false;
  flvTags = new FlvReader((type, timestamp, body) => this.onMedia(type, timestamp, body));
  http = new HttpReader({
    onBody: (bytes) => this.flvTags.push(bytes),
    onFailure: () => this.close(),
  });

  /**
   * @param {import('./load-run.mjs').LoadRun} run
   * @param {{ flv: boolean, stream: number, probe: boolean, stalled: boolean }} options
   */
  constructor(run, { flv, stream, probe, stalled }) {
    super(run, flv ? run.target.httpPort : run.target.rtmpPort, stream);
    this.batch = run.batch;
    this.flv = flv;
    this.probe = probe ? new Probe(run) : null;
    this.stalled = stalled;
  }

  setMark() {
    this.bytesAtMark = this.bytes;
    this.probe?.setMark();
    this.beforeMark = !this.stalled && this.playing;
  }

  greet() {
    if (!this.flv) return super.greet();
    const { httpPort, app } = this.run.target;
    this.socket.write(`GET /${app}/s${this.stream}.flv HTTP/1.1\r\nHost: 127.0.0.1:${httpPort}\r\n\r\n`);
  }

  start() {
    this.send(8, 20, this.streamId, buildAmf('play', 3, null, `s${this.stream}`));
    const buffering = Buffer.alloc(10);
    buffering.writeUInt16BE(3);
    buffering.writeUInt32BE(this.streamId, 2);
    buffering.writeUInt32BE(1000, 6);
    this.send(2, 4, 0, buffering);
  }

  /** @param {Buffer} bytes */
  take(bytes) {
    this.bytes += bytes.length;
    this.run.totalBytes += bytes.length;
    if (!this.discard) {
      if (this.flv) this.http.push(bytes);
      else this.pushRtmp(bytes);
    }
    if (!this.flv) this.acknowledge();
  }

  /** @param {number} type @param {number} timestamp @param {Buffer} head */
  onMedia(type, timestamp, head) {
    // A sequence header is no picture yet.
    if (head.length < 2 || (head[1] === 0 && (type === 9 || head[0] >> 4 === 10))) return;
    const now = nowMs();
    this.media ||= now;
    if (type === 9 && head[0] >> 4 === 1) this.picture ||= now;
    this.playing = true;
    if (this.stalled) this.socket.pause();
    if (this.probe) return this.probe.check(type, timestamp, head);
    this.discard = this.picture > 0;
    if (this.discard) this.http.stop();
  }
}
