// The floor under every server written for Node: a bare net server that reads a publisher with livego's own RTMP parser
// and gives each viewer one plain `socket.write` of one shared buffer, and nothing else. It has no GOP cache, limits,
// timeouts or socket options. No server that writes as often can cost less.
//
//   node bench/servers/floor.mjs PORT [MERGE_MS]      MERGE_MS: 0 (the default) writes each message at once
//
// It is a measuring stick for `npm run bench -- --server node-floor,node-floor-merged`, not a server to use.

import { createServer } from 'node:net';
import { normaliseDataMessage } from '../../dist/core/media/flv/metadata.js';
import { connectResult, createStreamResult } from '../../dist/core/protocol/rtmp/responses.js';
import { parseCapabilities } from '../../dist/core/protocol/rtmp/capabilities.js';
import { buildChunks } from '../../dist/core/protocol/rtmp/chunks/chunk-writer.js';
import { RtmpConnection } from '../../dist/core/protocol/rtmp/connection.js';
import { playStart, publishStart } from '../../dist/core/protocol/rtmp/status.js';

/** The same as livego's, and as nginx.ts configures nginx. */
const CHUNK_SIZE = 4096;
const STREAM_ID = 1;
/** By message type: audio, video, data. */
const CHUNK_STREAMS = new Map([
  [8, 4],
  [9, 6],
  [18, 5],
]);

const [port, mergeText = '0'] = process.argv.slice(2);
const mergeMs = Number(mergeText);
/** @type {Map<string, Stream>} */
const streams = new Map();

/** The stream of one name: its publisher's messages go to all its players. */
class Stream {
  /** Metadata and sequence headers by their type; a later one replaces the one before. */
  #headers = new Map();
  /** @type {Set<import('node:net').Socket>} */
  #live = new Set();
  /** @type {Set<import('node:net').Socket>} From their play to the next keyframe. */
  #waiting = new Set();
  /** @type {Buffer[]} */
  #pending = [];

  /** @param {import('node:net').Socket} socket */
  join(socket) {
    this.#waiting.add(socket);
    socket.once('close', () => {
      this.#waiting.delete(socket);
      this.#live.delete(socket);
    });
  }

  /** @param {Message} message */
  push(message) {
    const { type, payload } = message;
    if (type === 18 || isSequenceHeader(message)) this.#headers.set(type, message);
    else if (type === 9 && payload[0] >> 4 === 1) this.#admit(message.timestamp);
    const bytes = buildMessage(message);
    if (mergeMs === 0) this.#write(bytes);
    else if (this.#pending.push(bytes) === 1) setTimeout(() => this.#flush(), mergeMs);
  }

  /** The next message is a keyframe: waiting players get the headers, stamped with its time, and follow from it on. */
  #admit(timestamp) {
    if (this.#waiting.size === 0) return;
    this.#flush();
    const headers = [...this.#headers.values()].map((each) => buildMessage({ ...each, timestamp }));
    const start = Buffer.concat(headers);
    for (const socket of this.#waiting) {
      socket.write(start);
      this.#live.add(socket);
    }
    this.#waiting.clear();
  }

  #flush() {
    if (this.#pending.length === 0) return;
    const run = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#write(run);
  }

  /** @param {Buffer} bytes */
  #write(bytes) {
    for (const socket of this.#live) socket.write(bytes);
  }
}

/** @typedef {import('../../dist/core/protocol/rtmp/message.js').RtmpMessage} Message */

/** @param {Message} message */
function isSequenceHeader({ type, payload }) {
  return payload[1] === 0 && (type === 9 || (type === 8 && payload[0] >> 4 === 10));
}

/** @param {Message} message */
function buildMessage({ type, timestamp, payload }) {
  const body = type === 18 ? normaliseDataMessage(payload) : payload;
  const chunkStreamId = CHUNK_STREAMS.get(type) ?? 5;
  return buildChunks({ type, streamId: STREAM_ID, timestamp, payload: body, chunkStreamId }, CHUNK_SIZE);
}

/** @param {string} name */
function streamOf(name) {
  const stream = streams.get(name) ?? new Stream();
  streams.set(name, stream);
  return stream;
}

createServer((socket) => {
  /** @type {Stream | undefined} The stream that this connection publishes. */
  let published;
  const receiver = {
    onCommand(/** @type {import('../../dist/core/protocol/rtmp/command.js').RtmpCommand} */ command) {
      const { name, transactionId, args } = command;
      const streamName = typeof args[0] === 'string' ? args[0] : '';
      if (name === 'connect') {
        connection.setChunkSize(CHUNK_SIZE);
        connection.sendCommand(
          connectResult({ transactionId, objectEncoding: 0, capabilities: parseCapabilities(null) }),
        );
      } else if (name === 'createStream') {
        connection.sendCommand(createStreamResult(transactionId, STREAM_ID));
      } else if (name === 'publish') {
        published = streamOf(streamName);
        connection.sendCommand(publishStart(streamName), STREAM_ID);
      } else if (name === 'play') {
        connection.sendCommand(playStart(streamName), STREAM_ID);
        streamOf(streamName).join(socket);
      }
    },
    onMedia: (/** @type {Message} */ message) => published?.push(message),
  };
  const connection = new RtmpConnection({
    role: 'server',
    receiver,
    send: (bytes) => void socket.write(bytes),
  });
  socket.on('data', (bytes) => {
    try {
      connection.push(bytes);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : undefined);
    }
  });
  socket.on('error', (error) => console.error(error.message));
}).listen(Number(port), '127.0.0.1');
