// FLV to its audio and video tags.

const FLV_HEADER_BYTES = 13;
const TAG_HEADER_BYTES = 11;

export class FlvReader {
  /** @type {Buffer} A tag that is not complete. */
  #rest = Buffer.alloc(0);
  #inHeader = true;
  #onTag;

  /** @param {(type: number, timestamp: number, body: Buffer) => void} onTag */
  constructor(onTag) {
    this.#onTag = onTag;
  }

  /** @param {Buffer} bytes */
  push(bytes) {
    let data = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    if (this.#inHeader && data.length >= FLV_HEADER_BYTES) {
      this.#inHeader = false;
      data = data.subarray(FLV_HEADER_BYTES);
    }
    while (!this.#inHeader && data.length >= TAG_HEADER_BYTES) {
      const size = data.readUIntBE(1, 3);
      const end = TAG_HEADER_BYTES + size + 4;
      if (data.length < end) break;
      const timestamp = data.readUIntBE(4, 3) + data[7] * 2 ** 24;
      const body = data.subarray(TAG_HEADER_BYTES, TAG_HEADER_BYTES + size);
      if (data[0] === 8 || data[0] === 9) this.#onTag(data[0], timestamp, body);
      data = data.subarray(end);
    }
    this.#rest = data;
  }
}
