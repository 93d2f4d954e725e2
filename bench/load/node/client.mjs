// The part that publishers and viewers share: socket, RTMP handshake, commands and acknowledgements.

import { connect } from 'node:net';
import { buildAmf } from './amf.mjs';
import { ChunkReader } from './chunk-reader.mjs';
import { buildChunks, CHUNK_SIZE } from './chunk-writer.mjs';

const ACK_EVERY = 2_500_000;
/** S0, S1 and S2. */
const HANDSHAKE_BYTES = 3073;

/** @typedef {import('./load-run.mjs').LoadRun} LoadRun */

export function nowMs() {
  return performance.now();
}

export class Client {
  began = nowMs();
  playing = false;
  closed = false;
  bytes = 0;
  nextAck = ACK_EVERY;
  streamId = 0;
  /** Bytes of a handshake that is not complete; null without any. */
  greeting = null;
  shaken = false;
  chunks = new ChunkReader((type, timestamp, head) => this.onMessage(type, timestamp, head));

  /** @param {LoadRun} run @param {number} port @param {number} stream */
  constructor(run, port, stream) {
    this.run = run;
    this.stream = stream;
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.socket.on('connect', () => this.greet());
    this.socket.on('data', (bytes) => this.take(bytes));
    this.socket.on('error', () => this.close());
    this.socket.on('close', () => this.close());
  }

  close() {
    this.closed = true;
    this.chunks.stop();
    this.socket.destroy();
  }

  greet() {
    const hello = Buffer.alloc(1537, 7);
    hello.fill(0, 1, 9);
    hello[0] = 3;
    this.socket.write(hello);
  }

  /** @param {Buffer} bytes */
  take(bytes) {
    this.bytes += bytes.length;
    this.pushRtmp(bytes);
    this.acknowledge();
  }

  acknowledge() {
    if (this.bytes < this.nextAck) return;
    this.nextAck = this.bytes + ACK_EVERY;
    const total = Buffer.alloc(4);
    total.writeUInt32BE(this.bytes >>> 0);
    this.send(2, 3, 0, total);
  }

  /** @param {Buffer} bytes */
  pushRtmp(bytes) {
    if (this.shaken) return this.chunks.push(bytes);
    const data = this.greeting ? Buffer.concat([this.greeting, bytes]) : bytes;
    this.greeting = data;
    if (data.length < HANDSHAKE_BYTES) return;
    this.greeting = null;
    this.shaken = true;
    this.socket.write(data.subarray(1, 1537));
    this.sendConnect();
    this.chunks.push(data.subarray(HANDSHAKE_BYTES));
  }

  /** @param {number} type @param {number} timestamp @param {Buffer} head */
  onMessage(type, timestamp, head) {
    if (type === 8 || type === 9) this.onMedia(type, timestamp, head);
    else if (type === 20) this.onCommand(head);
    else if (type === 4 && head.readUInt16BE() === 6) {
      this.send(2, 4, 0, Buffer.concat([Buffer.from([0, 7]), head.subarray(2, 6)]));
    }
  }

  /** @param {number} _type @param {number} _timestamp @param {Buffer} _head */
  onMedia(_type, _timestamp, _head) {}

  /** @param {Buffer} head */
  onCommand(head) {
    const name = head.toString('latin1', 3, 3 + head.readUInt16BE(1));
    if (name === '_error') this.close();
    if (name === '_result' && head.readDoubleBE(11) === 1) {
      this.send(3, 20, 0, buildAmf('createStream', 2, null));
    } else if (name === '_result' && head.readDoubleBE(11) === 2) {
      this.streamId = head.readDoubleBE(21);
      this.start();
    } else if (name === 'onStatus') {
      if (head.includes('Publish.Start')) this.onPublishStart();
      else if (head.includes('error')) this.close();
    }
  }

  onPublishStart() {}
  start() {}

  sendConnect() {
    const { rtmpPort, app } = this.run.target;
    const size = Buffer.alloc(4);
    size.writeUInt32BE(CHUNK_SIZE);
    this.send(2, 1, 0, size);
    const tcUrl = `rtmp://127.0.0.1:${rtmpPort}/${app}`;
    const object = { app, type: 'nonprivate', flashVer: 'LNX 9,0,124,2', tcUrl };
    this.send(3, 20, 0, buildAmf('connect', 1, object));
  }

  /** @param {number} chunkStream @param {number} type @param {number} streamId @param {Buffer} body */
  send(chunkStream, type, streamId, body) {
    this.socket.write(buildChunks(chunkStream, type, streamId, body));
  }
}
