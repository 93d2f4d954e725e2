// The body of an HTTP response, with or without chunked transfer coding.

/** @typedef {{ onBody: (bytes: Buffer) => void, onFailure: () => void }} Observer */

export class HttpReader {
  /** @type {'head' | 'plain' | 'chunked'} */
  #part = 'head';
  #chunkLeft = 0;
  /** A head or a chunk size that is not complete; null without any. */
  #rest = null;
  #stopped = false;
  #observer;

  /** @param {Observer} observer `onFailure`: the status is not 200 */
  constructor(observer) {
    this.#observer = observer;
  }

  /** No chunk is reported from here on. */
  stop() {
    this.#stopped = true;
  }

  /** @param {Buffer} bytes */
  push(bytes) {
    const data = this.#rest ? Buffer.concat([this.#rest, bytes]) : bytes;
    this.#rest = null;
    if (this.#part === 'head') this.#readHead(data);
    else this.#readBody(data);
  }

  /** @param {Buffer} data */
  #readHead(data) {
    const end = data.indexOf('\r\n\r\n');
    if (end < 0) {
      this.#rest = data;
      return;
    }
    const head = data.toString('latin1', 0, end).toLowerCase();
    if (head.slice(9, 12) !== '200') return this.#observer.onFailure();
    this.#part = head.includes('transfer-encoding: chunked') ? 'chunked' : 'plain';
    this.#readBody(data.subarray(end + 4));
  }

  /** @param {Buffer} data */
  #readBody(data) {
    if (this.#part === 'plain') return this.#observer.onBody(data);
    let left = data;
    while (left.length > 0 && !this.#stopped) {
      if (this.#chunkLeft > 0) {
        const part = left.subarray(0, this.#chunkLeft);
        this.#chunkLeft -= part.length;
        left = left.subarray(part.length);
        this.#observer.onBody(part);
        continue;
      }
      const end = left.indexOf('\n');
      if (end < 0) {
        this.#rest = left;
        return;
      }
      // The line break that ends the chunk before is read as a chunk of size 0.
      this.#chunkLeft = Number.parseInt(left.toString('latin1', 0, end), 16) || 0;
      left = left.subarray(end + 1);
    }
  }
}
