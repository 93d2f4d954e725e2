// RTMP chunks to messages. Only the first bytes of a message are kept: enough for commands and for the mark.

const HEAD_BYTES = 512;
/** The length of a message header, by the format of its chunk. */
const HEADER_BYTES = [11, 7, 3, 0];
const SET_CHUNK_SIZE = 1;

export class ChunkReader {
  #chunkSize = 128;
  /** @type {Map<number, ChunkStream>} */
  #streams = new Map();
  /** The start of a chunk that is not complete; null without any. */
  #rest = null;
  #stopped = false;
  #onMessage;

  /** @param {(type: number, timestamp: number, head: Buffer) => void} onMessage */
  constructor(onMessage) {
    this.#onMessage = onMessage;
  }

  /** No message is reported from here on. */
  stop() {
    this.#stopped = true;
    this.#rest = null;
  }

  /** @param {Buffer} bytes */
  push(bytes) {
    const data = this.#rest ? Buffer.concat([this.#rest, bytes]) : bytes;
    let at = 0;
    while (!this.#stopped) {
      const used = this.#readChunk(data, at);
      if (used === 0) break;
      at += used;
    }
    this.#rest = at < data.length ? data.subarray(at) : null;
  }

  /** @param {Buffer} data @param {number} at @returns {number} bytes used; 0 when the chunk is not complete */
  #readChunk(data, at) {
    const have = data.length - at;
    if (have < 1) return 0;
    const format = data[at] >> 6;
    const short = data[at] & 63;
    const base = short === 0 ? 2 : short === 1 ? 3 : 1;
    let size = base + HEADER_BYTES[format];
    if (have < size) return 0;
    const id = short === 0 ? data[at + 1] + 64 : short === 1 ? data.readUInt16LE(at + 1) + 64 : short;
    const one = this.#streams.get(id) ?? new ChunkStream();
    this.#streams.set(id, one);
    const field = format < 3 ? data.readUIntBE(at + base, 3) : 0;
    const extended = format < 3 ? field === 0xffffff : one.extended;
    if (extended) size += 4;
    if (have < size) return 0;
    const length = format < 2 ? data.readUIntBE(at + base + 3, 3) : one.length;
    const body = Math.min(this.#chunkSize, length - one.have);
    if (have < size + body) return 0;
    if (format < 3) {
      const value = extended ? data.readUInt32BE(at + size - 4) : field;
      one.timestamp = format === 0 ? value : one.timestamp + value;
      Object.assign(one, { extended, delta: value, length });
      if (format < 2) one.type = data[at + base + 6];
    } else if (one.have === 0) one.timestamp += one.delta;
    this.#takeBody(one, data, at + size, at + size + body);
    return size + body;
  }

  /** @param {ChunkStream} one @param {Buffer} data @param {number} from @param {number} to */
  #takeBody(one, data, from, to) {
    if (one.have < HEAD_BYTES)
      data.copy(one.head, one.have, from, Math.min(to, from + HEAD_BYTES - one.have));
    one.have += to - from;
    if (one.have !== one.length) return;
    one.have = 0;
    const head = one.head.subarray(0, Math.min(HEAD_BYTES, one.length));
    if (one.type === SET_CHUNK_SIZE) this.#chunkSize = head.readUInt32BE() & 0x7fffffff;
    else this.#onMessage(one.type, one.timestamp, head);
  }
}

class ChunkStream {
  timestamp = 0;
  delta = 0;
  length = 0;
  type = 0;
  have = 0;
  extended = false;
  head = Buffer.alloc(HEAD_BYTES);
}
