// Messages to RTMP chunks.

export const CHUNK_SIZE = 4096;

/**
 * Builds a message with timestamp 0.
 *
 * @param {number} chunkStream @param {number} type @param {number} streamId @param {Buffer} body
 */
export function buildChunks(chunkStream, type, streamId, body) {
  const head = Buffer.alloc(12);
  head[0] = chunkStream;
  head.writeUIntBE(body.length, 4, 3);
  head[7] = type;
  head.writeUInt32LE(streamId, 8);
  const parts = [head];
  for (let at = 0; at < body.length; at += CHUNK_SIZE) {
    if (at > 0) parts.push(Buffer.from([0xc0 | chunkStream]));
    parts.push(body.subarray(at, at + CHUNK_SIZE));
  }
  return Buffer.concat(parts);
}

/**
 * Puts a timestamp below 2²⁴ into a built message.
 *
 * @param {Buffer} message @param {number} timestamp milliseconds
 */
export function setTimestamp(message, timestamp) {
  message.writeUIntBE(timestamp, 1, 3);
}
