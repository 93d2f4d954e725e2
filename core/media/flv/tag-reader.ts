// FLV files and streams: this room reads and writes them, and looks into the bodies of their tags. Codecs have rooms of
// their own beside this one.
//
// This file takes an FLV file or stream apart, in any pieces.
import { LivegoError } from '../../errors.ts';
import { FLV_HEADER_BYTES, parseFlvHeader, type FlvHeader } from './file.ts';
import {
  FLV_TAG_HEADER_BYTES,
  MAX_TAG_BODY_BYTES,
  parseFlvTagHeader,
  PREVIOUS_TAG_SIZE_BYTES,
} from './tag.ts';
import type { FlvTag, FlvTagHeader } from './tag.ts';

export interface FlvReaderOptions {
  /** Largest tag body that is accepted, in bytes. */
  readonly maxTagBytes?: number;
}

/** Longest file header that is skipped; real ones have 9 bytes. */
const MAX_HEADER_BYTES = 1024;
/** Larger bodies are allocated as they arrive: eleven bytes of header must not claim 16 MiB. */
const MAX_EAGER_BYTES = 256 * 1024;

type State = 'file-header' | 'skip' | 'tag-header' | 'body';

/**
 * A state machine over FLV bytes; a body is copied once, into an exact allocation. PreviousTagSize is not looked at,
 * since many writers get it wrong.
 */
export class FlvReader {
  readonly #maxTagBytes: number;
  readonly #head = Buffer.alloc(FLV_TAG_HEADER_BYTES);
  #headFilled = 0;
  #state: State = 'file-header';
  #skip = 0;
  #tag: FlvTagHeader | undefined;
  #body = Buffer.alloc(0);
  #bodyFilled = 0;
  #header: FlvHeader | undefined;
  #skippedTags = 0;
  #fault: unknown;

  constructor(options: FlvReaderOptions = {}) {
    this.#maxTagBytes = options.maxTagBytes ?? MAX_TAG_BODY_BYTES;
  }

  /** undefined until the first 9 bytes have arrived. */
  get header(): FlvHeader | undefined {
    return this.#header;
  }

  /** Tags that were left out, of reserved types and encrypted ones. */
  get skippedTags(): number {
    return this.#skippedTags;
  }

  /**
   * The tags that these bytes complete. Throws LVG_FLV if they are not FLV or a tag is too large: at once, or in the next
   * push if good tags came before it in the same bytes. Every later push throws the same.
   */
  push(bytes: Buffer): FlvTag[] {
    if (this.#fault !== undefined) throw this.#fault;
    const tags: FlvTag[] = [];
    let offset = 0;
    try {
      while (offset < bytes.length) offset = this.#advance(bytes, offset, tags);
    } catch (error) {
      this.#fault = error;
      if (tags.length === 0) throw error;
    }
    return tags;
  }

  #advance(bytes: Buffer, offset: number, tags: FlvTag[]): number {
    switch (this.#state) {
      case 'file-header':
        return this.#readFileHeader(bytes, offset);
      case 'skip':
        return this.#skipBytes(bytes, offset);
      case 'tag-header':
        return this.#readTagHeader(bytes, offset, tags);
      default:
        return this.#readBody(bytes, offset, tags);
    }
  }

  #fillHead(bytes: Buffer, offset: number, wanted: number): number {
    const copied = bytes.copy(this.#head, this.#headFilled, offset, offset + wanted - this.#headFilled);
    this.#headFilled += copied;
    return offset + copied;
  }

  #readFileHeader(bytes: Buffer, offset: number): number {
    const next = this.#fillHead(bytes, offset, FLV_HEADER_BYTES);
    if (this.#headFilled < FLV_HEADER_BYTES) return next;
    const { dataOffset, ...header } = parseFlvHeader(this.#head);
    if (dataOffset > MAX_HEADER_BYTES) {
      throw new LivegoError('LVG_FLV', `FLV header of ${dataOffset} bytes; the limit is ${MAX_HEADER_BYTES}`);
    }
    this.#header = header;
    this.#skipThenTag(dataOffset - FLV_HEADER_BYTES + PREVIOUS_TAG_SIZE_BYTES);
    return next;
  }

  #skipThenTag(count: number): void {
    this.#state = 'skip';
    this.#skip = count;
    this.#headFilled = 0;
  }

  #skipBytes(bytes: Buffer, offset: number): number {
    const count = Math.min(this.#skip, bytes.length - offset);
    this.#skip -= count;
    if (this.#skip === 0) this.#state = 'tag-header';
    return offset + count;
  }

  #readTagHeader(bytes: Buffer, offset: number, tags: FlvTag[]): number {
    const next = this.#fillHead(bytes, offset, FLV_TAG_HEADER_BYTES);
    if (this.#headFilled < FLV_TAG_HEADER_BYTES) return next;
    const tag = parseFlvTagHeader(this.#head);
    if (tag.dataSize > this.#maxTagBytes) {
      throw new LivegoError(
        'LVG_FLV',
        `FLV tag of ${tag.dataSize} bytes; maxTagBytes is ${this.#maxTagBytes}`,
      );
    }
    if (tag.type === undefined || tag.filtered) {
      this.#skippedTags++;
      this.#skipThenTag(tag.dataSize + PREVIOUS_TAG_SIZE_BYTES);
      return next;
    }
    this.#tag = tag;
    this.#state = 'body';
    this.#body = Buffer.allocUnsafeSlow(Math.min(tag.dataSize, MAX_EAGER_BYTES));
    this.#bodyFilled = 0;
    if (tag.dataSize === 0) this.#finishTag(tags);
    return next;
  }

  #readBody(bytes: Buffer, offset: number, tags: FlvTag[]): number {
    const dataSize = this.#tag?.dataSize ?? 0;
    const count = Math.min(dataSize - this.#bodyFilled, bytes.length - offset);
    this.#reserve(this.#bodyFilled + count, dataSize);
    bytes.copy(this.#body, this.#bodyFilled, offset, offset + count);
    this.#bodyFilled += count;
    if (this.#bodyFilled === dataSize) this.#finishTag(tags);
    return offset + count;
  }

  #reserve(needed: number, dataSize: number): void {
    if (needed <= this.#body.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.min(dataSize, Math.max(needed, this.#body.length * 2)));
    this.#body.copy(larger, 0, 0, this.#bodyFilled);
    this.#body = larger;
  }

  #finishTag(tags: FlvTag[]): void {
    const tag = this.#tag;
    if (tag?.type !== undefined) tags.push({ type: tag.type, timestamp: tag.timestamp, body: this.#body });
    this.#tag = undefined;
    this.#body = Buffer.alloc(0);
    this.#skipThenTag(PREVIOUS_TAG_SIZE_BYTES);
  }
}
