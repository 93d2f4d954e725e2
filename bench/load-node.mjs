// The load generator for machines without a C compiler: the same commands and answers as bench/load.c, which is the
// one to read first. It takes a visible share of the machine, and a round in which it takes too much is not valid.

import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const OUT_CHUNK = 4096;
const ACK_EVERY = 2_500_000;
const HEAD = 512;
const MARK_AT = 28;
const MARK_ID = Buffer.from('livego-bench-ts.');
const AUDIO_GAP_MS = 40;

const [clipPath = '', rtmpPort, httpPort, app = '', maxSeconds] = process.argv.slice(2);
const clip = readClip(clipPath);
/** @type {Viewer[]} */
const viewers = [];
/** @type {Publisher[]} */
const publishers = [];
/** @type {number[]} Milliseconds. */
let delays = [];
let totalBytes = 0;
let batch = 0;
let mark = { time: 0n, bytes: 0, cpu: process.cpuUsage() };

setTimeout(() => process.exit(1), Number(maxSeconds) * 1000).unref();
createInterface({ input: process.stdin })
  .on('line', obey)
  .on('close', () => process.exit(0));
say({ event: 'ready', generator: 'node' });

/** @param {string} line */
function obey(line) {
  const [word, ...rest] = line.split(' ');
  if (word === 'publish') publish(Number(rest[0]), Number(rest[1]));
  else if (word === 'join') join(rest[0] === 'flv', rest.slice(1).map(Number));
  else if (word === 'mark') setMark();
  else if (word === 'report') say(figures('report'));
  else if (word === 'quit') process.exit(0);
  else say({ event: 'error', message: `unknown command ${line}` });
}

/** @param {number} count @param {number} spreadMs */
function publish(count, spreadMs) {
  const base = nowMs() + 300;
  for (let index = 0; index < count; index++) {
    publishers.push(new Publisher(index, base + (spreadMs * index) / count));
  }
  const deadline = nowMs() + 10_000;
  let told = false;
  setInterval(() => {
    const now = nowMs();
    for (const one of publishers) one.publishDue(now);
    if (told) return;
    const settled = publishers.filter((one) => one.playing || one.closed).length;
    if (settled < count && now < deadline) return;
    told = true;
    say({ event: 'published', count: publishers.filter((one) => one.playing).length, wanted: count });
  }, 2);
}

/** @param {boolean} flv @param {number[]} numbers */
function join(flv, [total = 0, rate = 1, probes = 0, stalled = 0, timeoutMs = 0]) {
  batch++;
  const began = nowMs();
  const own = /** @type {Viewer[]} */ ([]);
  const timer = setInterval(() => {
    const now = nowMs();
    while (own.length < total && own.length < ((now - began) * rate) / 1000 + 1) {
      const index = own.length;
      const isOneOf = (/** @type {number} */ part) =>
        part > 0 && Math.floor((index * part) / total) !== Math.floor(((index + 1) * part) / total);
      const probe = isOneOf(probes);
      const viewer = new Viewer(
        flv,
        index % Math.max(1, publishers.length),
        probe,
        !probe && isOneOf(stalled),
      );
      own.push(viewer);
      viewers.push(viewer);
    }
    const settled = own.filter((one) => one.picture || one.closed || (one.stalled && one.media)).length;
    if (settled < total && now - began < timeoutMs) return;
    clearInterval(timer);
    say(figures('joined'));
  }, 2);
}

function setMark() {
  mark = { time: process.hrtime.bigint(), bytes: totalBytes, cpu: process.cpuUsage() };
  delays = [];
  for (const one of publishers) Object.assign(one, { sentAtMark: one.sent, lateMs: 0 });
  for (const one of viewers) {
    Object.assign(one, { bytesAtMark: one.bytes, lost: 0, backwards: 0, video: 0, audio: 0 });
    one.beforeMark = !one.stalled && one.playing;
  }
  say({ event: 'mark' });
}

/** @param {string} event */
function figures(event) {
  const seconds = mark.time ? Number(process.hrtime.bigint() - mark.time) / 1e9 : 0;
  const cpu = process.cpuUsage(mark.cpu);
  const healthy = viewers.filter((one) => !one.stalled);
  const latest = healthy.filter((one) => one.batch === batch);
  const slack = seconds ? 0.02 + 0.6 / seconds : 0;
  const ratios = healthy
    .filter((one) => one.beforeMark && sentInWindow(one.stream) > 0)
    .map((one) => (one.bytes - one.bytesAtMark) / sentInWindow(one.stream));
  const sum = (/** @type {number[]} */ values) => values.reduce((total, value) => total + value, 0);
  return {
    event,
    seconds,
    loadCpuSeconds: (cpu.user + cpu.system) / 1e6,
    bytes: totalBytes - mark.bytes,
    published: sum(publishers.map((one) => one.sent - one.sentAtMark)),
    publishers: publishers.filter((one) => one.playing && !one.closed).length,
    publisherLateMs: Math.max(0, ...publishers.map((one) => one.lateMs)),
    playing: healthy.filter((one) => one.playing && !one.closed).length,
    closed: healthy.filter((one) => one.closed).length,
    stalled: viewers.length - healthy.length,
    stalledClosed: viewers.filter((one) => one.stalled && one.closed).length,
    joined: latest.length,
    pictures: latest.filter((one) => one.picture).length,
    probes: {
      lost: sum(healthy.map((one) => one.lost)),
      backwards: sum(healthy.map((one) => one.backwards)),
      video: sum(healthy.map((one) => one.video)),
      audio: sum(healthy.map((one) => one.audio)),
    },
    completeness: {
      viewers: ratios.length,
      min: Math.min(...ratios, ratios.length ? Infinity : 0),
      mean: ratios.length ? sum(ratios) / ratios.length : 0,
      max: Math.max(0, ...ratios),
      short: ratios.filter((ratio) => ratio < 1 - slack).length,
      long: ratios.filter((ratio) => ratio > 1.02 + slack).length,
    },
    delayMs: spread(delays),
    firstMediaMs: spread(latest.filter((one) => one.media).map((one) => one.media - one.began)),
    firstPictureMs: spread(latest.filter((one) => one.picture).map((one) => one.picture - one.began)),
  };
}

/** @param {number} stream */
function sentInWindow(stream) {
  const publisher = publishers[stream];
  return publisher ? publisher.sent - publisher.sentAtMark : 0;
}

/** @param {readonly number[]} values */
function spread(values) {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ share) => sorted[Math.floor(sorted.length * share)];
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) };
}

/** Both ends' common part: socket, handshake, chunks in, commands. */
class Client {
  began = nowMs();
  playing = false;
  closed = false;
  bytes = 0;
  nextAck = ACK_EVERY;
  streamId = 0;
  /** Bytes not yet understood. */
  rest = null;
  shaken = false;
  inChunk = 128;
  /** @type {Map<number, ChunkStream>} */
  chunkStreams = new Map();

  /** @param {number} port @param {number} stream */
  constructor(port, stream) {
    this.stream = stream;
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.socket.on('connect', () => this.greet());
    this.socket.on('data', (bytes) => this.take(bytes));
    this.socket.on('error', () => this.close());
    this.socket.on('close', () => this.close());
  }

  close() {
    this.closed = true;
    this.rest = null;
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
    let data = this.rest ? Buffer.concat([this.rest, bytes]) : bytes;
    if (!this.shaken) {
      if (data.length < 3073) {
        this.rest = data;
        return;
      }
      this.shaken = true;
      this.socket.write(data.subarray(1, 1537));
      this.sendConnect();
      data = data.subarray(3073);
    }
    let at = 0;
    while (!this.closed) {
      const used = this.readChunk(data, at);
      if (used === 0) break;
      at += used;
    }
    this.rest = at < data.length ? data.subarray(at) : null;
  }

  /** @param {Buffer} data @param {number} at @returns {number} bytes used; 0 when the chunk is not complete */
  readChunk(data, at) {
    const have = data.length - at;
    if (have < 1) return 0;
    const format = data[at] >> 6;
    const short = data[at] & 63;
    const base = short === 0 ? 2 : short === 1 ? 3 : 1;
    let size = base + [11, 7, 3, 0][format];
    if (have < size) return 0;
    const id = short === 0 ? data[at + 1] + 64 : short === 1 ? data.readUInt16LE(at + 1) + 64 : short;
    const one = this.chunkStreams.get(id) ?? new ChunkStream();
    this.chunkStreams.set(id, one);
    const field = format < 3 ? data.readUIntBE(at + base, 3) : 0;
    const extended = format < 3 ? field === 0xffffff : one.extended;
    if (extended) size += 4;
    if (have < size) return 0;
    const length = format < 2 ? data.readUIntBE(at + base + 3, 3) : one.length;
    const body = Math.min(this.inChunk, length - one.have);
    if (have < size + body) return 0;
    if (format < 3) {
      const value = extended ? data.readUInt32BE(at + size - 4) : field;
      one.timestamp = format === 0 ? value : one.timestamp + value;
      Object.assign(one, { extended, delta: value, length });
      if (format < 2) one.type = data[at + base + 6];
    } else if (one.have === 0) one.timestamp += one.delta;
    if (one.have < HEAD)
      data.copy(one.head, one.have, at + size, at + size + Math.min(body, HEAD - one.have));
    one.have += body;
    if (one.have === one.length) {
      one.have = 0;
      this.onMessage(one.type, one.timestamp, one.head.subarray(0, Math.min(HEAD, one.length)));
    }
    return size + body;
  }

  /** @param {number} type @param {number} timestamp @param {Buffer} head */
  onMessage(type, timestamp, head) {
    if (type === 8 || type === 9) this.onMedia(type, timestamp, head);
    else if (type === 1) this.inChunk = head.readUInt32BE() & 0x7fffffff;
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
      this.send(3, 20, 0, amf('createStream', 2, null));
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
    const size = Buffer.alloc(4);
    size.writeUInt32BE(OUT_CHUNK);
    this.send(2, 1, 0, size);
    const tcUrl = `rtmp://127.0.0.1:${rtmpPort}/${app}`;
    this.send(3, 20, 0, amf('connect', 1, { app, type: 'nonprivate', flashVer: 'LNX 9,0,124,2', tcUrl }));
  }

  /** @param {number} chunkStream @param {number} type @param {number} streamId @param {Buffer} body */
  send(chunkStream, type, streamId, body) {
    this.socket.write(buildChunks(chunkStream, 0, type, streamId, body));
  }
}

class ChunkStream {
  timestamp = 0;
  delta = 0;
  length = 0;
  type = 0;
  have = 0;
  extended = false;
  head = Buffer.alloc(HEAD);
}

class Publisher extends Client {
  sent = 0;
  sentAtMark = 0;
  lateMs = 0;
  cursor = 0;
  turn = 0;
  sequence = 0;

  /** @param {number} stream @param {number} base */
  constructor(stream, base) {
    super(Number(rtmpPort), stream);
    this.base = base;
  }

  start() {
    this.send(8, 20, this.streamId, amf('publish', 3, null, `s${this.stream}`, 'live'));
  }

  onPublishStart() {
    this.playing = true;
  }

  /** @param {number} now */
  publishDue(now) {
    while (this.playing && !this.closed && !this.socket.writableNeedDrain) {
      const message = clip.messages[this.cursor];
      if (!message) return;
      const timestamp = this.turn * clip.durationMs + message.timestamp;
      const late = now - this.base - timestamp;
      if (late < 0) return;
      this.lateMs = Math.max(this.lateMs, late);
      this.cursor = (this.cursor + 1) % clip.messages.length;
      if (message.once && this.turn > 0) continue;
      if (this.cursor === 0) this.turn++;
      const wire = Buffer.from(message.wire);
      wire.writeUIntBE(timestamp, 1, 3);
      if (message.mark > 0) {
        const text =
          process.hrtime.bigint().toString(16).padStart(16, '0') +
          (this.sequence++).toString(16).padStart(8, '0');
        wire.write(text, 12 + message.mark, 'latin1');
      }
      this.sent += message.length;
      this.socket.write(wire);
    }
  }
}

class Viewer extends Client {
  batch = batch;
  media = 0;
  picture = 0;
  bytesAtMark = 0;
  beforeMark = false;
  lost = 0;
  backwards = 0;
  video = 0;
  audio = 0;
  discard = false;
  lastSequence = -1;
  lastAudio = -1;
  lastTimestamp = 0;
  /** @type {'head' | 'plain' | 'chunked'} */
  http = 'head';
  chunkLeft = 0;
  /** @type {Buffer} */
  flvRest = Buffer.alloc(0);
  flvHeader = true;

  /** @param {boolean} flv @param {number} stream @param {boolean} probe @param {boolean} stalled */
  constructor(flv, stream, probe, stalled) {
    super(Number(flv ? httpPort : rtmpPort), stream);
    this.flv = flv;
    this.probe = probe;
    this.stalled = stalled;
  }

  greet() {
    if (!this.flv) super.greet();
    else this.socket.write(`GET /${app}/s${this.stream}.flv HTTP/1.1\r\nHost: 127.0.0.1:${httpPort}\r\n\r\n`);
  }

  start() {
    this.send(8, 20, this.streamId, amf('play', 3, null, `s${this.stream}`));
    const buffering = Buffer.alloc(10);
    buffering.writeUInt16BE(3);
    buffering.writeUInt32BE(this.streamId, 2);
    buffering.writeUInt32BE(1000, 6);
    this.send(2, 4, 0, buffering);
  }

  /** @param {Buffer} bytes */
  take(bytes) {
    this.bytes += bytes.length;
    totalBytes += bytes.length;
    if (!this.discard) {
      if (this.flv) this.pushHttp(bytes);
      else this.pushRtmp(bytes);
    }
    if (!this.flv) this.acknowledge();
  }

  /** @param {Buffer} bytes */
  pushHttp(bytes) {
    let data = this.rest ? Buffer.concat([this.rest, bytes]) : bytes;
    this.rest = null;
    if (this.http === 'head') {
      const end = data.indexOf('\r\n\r\n');
      if (end < 0) {
        this.rest = data;
        return;
      }
      const head = data.toString('latin1', 0, end).toLowerCase();
      if (head.slice(9, 12) !== '200') return this.close();
      this.http = head.includes('transfer-encoding: chunked') ? 'chunked' : 'plain';
      data = data.subarray(end + 4);
    }
    if (this.http === 'plain') return this.pushFlv(data);
    while (data.length > 0 && !this.discard) {
      if (this.chunkLeft > 0) {
        const part = data.subarray(0, this.chunkLeft);
        this.chunkLeft -= part.length;
        data = data.subarray(part.length);
        this.pushFlv(part);
        continue;
      }
      const end = data.indexOf('\n');
      if (end < 0) {
        this.rest = data;
        return;
      }
      this.chunkLeft = Number.parseInt(data.toString('latin1', 0, end), 16) || 0;
      data = data.subarray(end + 1);
    }
  }

  /** @param {Buffer} bytes */
  pushFlv(bytes) {
    let data = this.flvRest.length > 0 ? Buffer.concat([this.flvRest, bytes]) : bytes;
    if (this.flvHeader && data.length >= 13) {
      this.flvHeader = false;
      data = data.subarray(13);
    }
    while (!this.flvHeader && data.length >= 11) {
      const size = data.readUIntBE(1, 3);
      if (data.length < 15 + size) break;
      const timestamp = data.readUIntBE(4, 3) + data[7] * 2 ** 24;
      if (data[0] === 8 || data[0] === 9) this.onMedia(data[0], timestamp, data.subarray(11, 11 + size));
      data = data.subarray(15 + size);
    }
    this.flvRest = data;
  }

  /** @param {number} type @param {number} timestamp @param {Buffer} head */
  onMedia(type, timestamp, head) {
    if (head.length < 2 || (head[1] === 0 && (type === 9 || head[0] >> 4 === 10))) return;
    const now = nowMs();
    this.media ||= now;
    if (type === 9 && head[0] >> 4 === 1) this.picture ||= now;
    this.playing = true;
    if (this.stalled) this.socket.pause();
    if (!this.probe) {
      this.discard = this.picture > 0;
      return;
    }
    if (timestamp < this.lastTimestamp) this.backwards++;
    this.lastTimestamp = timestamp;
    if (type === 8) this.checkAudio(timestamp);
    else this.checkVideo(head);
  }

  /** @param {number} timestamp */
  checkAudio(timestamp) {
    this.audio++;
    const gap = timestamp - this.lastAudio;
    if (this.lastAudio >= 0 && gap > AUDIO_GAP_MS) this.lost += Math.floor((gap - 1) / 22);
    this.lastAudio = timestamp;
  }

  /** @param {Buffer} head */
  checkVideo(head) {
    if (head.length < MARK_AT + 24 || !head.subarray(MARK_AT - 16, MARK_AT).equals(MARK_ID)) return;
    const sent = BigInt(`0x${head.toString('latin1', MARK_AT, MARK_AT + 16)}`);
    const sequence = Number.parseInt(head.toString('latin1', MARK_AT + 16, MARK_AT + 24), 16);
    this.video++;
    if (this.lastSequence >= 0 && sequence > this.lastSequence + 1)
      this.lost += sequence - this.lastSequence - 1;
    if (sequence <= this.lastSequence) this.backwards++;
    this.lastSequence = sequence;
    if (mark.time) delays.push(Number(process.hrtime.bigint() - sent) / 1e6);
  }
}

/** @param {string} path */
function readClip(path) {
  const data = readFileSync(path);
  const messages = [];
  for (let at = 12; at < data.length;) {
    const length = data.readUInt32BE(at + 8);
    const type = data[at + 4] ?? 0;
    const body = data.subarray(at + 12, at + 12 + length);
    messages.push({
      timestamp: data.readUInt32BE(at),
      once: data[at + 5] === 1,
      mark: data.readUInt16BE(at + 6),
      length,
      wire: buildChunks(type === 8 ? 4 : type === 9 ? 6 : 5, 0, type, 1, body),
    });
    at += 12 + length;
  }
  return { messages, durationMs: data.readUInt32BE(8) };
}

/** @param {number} chunkStream @param {number} timestamp @param {number} type @param {number} streamId @param {Buffer} body */
function buildChunks(chunkStream, timestamp, type, streamId, body) {
  const head = Buffer.alloc(12);
  head[0] = chunkStream;
  head.writeUIntBE(timestamp, 1, 3);
  head.writeUIntBE(body.length, 4, 3);
  head[7] = type;
  head.writeUInt32LE(streamId, 8);
  const parts = [head];
  for (let at = 0; at < body.length; at += OUT_CHUNK) {
    if (at > 0) parts.push(Buffer.from([0xc0 | chunkStream]));
    parts.push(body.subarray(at, at + OUT_CHUNK));
  }
  return Buffer.concat(parts);
}

/** @param {...(string | number | null | Record<string, string>)} values */
function amf(...values) {
  return Buffer.concat(values.map((value) => amfValue(value)));
}

/** @param {string | number | null | Record<string, string>} value @returns {Buffer} */
function amfValue(value) {
  if (value === null) return Buffer.from([5]);
  if (typeof value === 'string') return Buffer.concat([Buffer.from([2]), amfKey(value)]);
  if (typeof value === 'number') {
    const number = Buffer.alloc(9);
    number.writeDoubleBE(value, 1);
    return number;
  }
  const fields = Object.entries(value).flatMap(([key, text]) => [amfKey(key), amfValue(text)]);
  return Buffer.concat([Buffer.from([3]), ...fields, Buffer.from([0, 0, 9])]);
}

/** @param {string} text */
function amfKey(text) {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

function nowMs() {
  return performance.now();
}

/** @param {object} answer */
function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
