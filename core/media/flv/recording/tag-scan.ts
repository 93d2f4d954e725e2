// Reads an FLV file tag by tag without reading the media: where each tag stands, and what its first bytes say.
import type { PacketInfo } from '../../packet.ts';
import { FLV_HEADER_BYTES, parseFlvHeader, type FlvHeader } from '../file.ts';
import { describeAudio, describeData, describeVideo } from '../packet-info.ts';
import { FLV_TAG_HEADER_BYTES, parseFlvTagHeader, PREVIOUS_TAG_SIZE_BYTES, type FlvTagType } from '../tag.ts';

/** Reads up to `length` bytes at a position; fewer at the end of the file. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

export interface TagPlace {
  readonly type: FlvTagType;
  readonly timestamp: number;
  readonly position: number;
  /** With its header and its PreviousTagSize. */
  readonly byteLength: number;
  readonly info: PacketInfo;
}

export interface ScannedFile {
  readonly header: FlvHeader;
  /** The file is whole up to here; behind it stands a torn tag, or nothing. */
  readonly end: number;
}

/** Small bodies are read along with the header of the next tag; of large ones only the beginning is. */
const WINDOW_BYTES = 256 * 1024;
/** Enough of a body to describe it, and for the name of a data message. */
const BODY_START_BYTES = 32;

/**
 * Calls back for each whole tag, in order; one that returns false ends the scan. Stops at the first tag that is torn or
 * no tag. Throws LVG_FLV when the file does not begin like FLV.
 */
export async function scanTags(
  readAt: ReadAt,
  onTag: (tag: TagPlace) => void | false,
  from?: number,
): Promise<ScannedFile> {
  const window = new Window(readAt);
  const head = await window.read(0, FLV_HEADER_BYTES);
  const { dataOffset, ...header } = parseFlvHeader(head);
  let end = from ?? dataOffset + PREVIOUS_TAG_SIZE_BYTES;
  for (;;) {
    const tag = await readTag(window, end);
    if (!tag) return { header, end };
    end += tag.byteLength;
    if (onTag(tag) === false) return { header, end };
  }
}

async function readTag(window: Window, position: number): Promise<TagPlace | undefined> {
  const start = await window.read(position, FLV_TAG_HEADER_BYTES + BODY_START_BYTES);
  if (start.length < FLV_TAG_HEADER_BYTES) return undefined;
  const { type, dataSize, timestamp, filtered } = parseFlvTagHeader(start);
  if (type === undefined || filtered) return undefined;
  const bytes = FLV_TAG_HEADER_BYTES + dataSize;
  const trailer = await window.read(position + bytes, PREVIOUS_TAG_SIZE_BYTES);
  // A file system may leave zeros where the power failed.
  if (trailer.length < PREVIOUS_TAG_SIZE_BYTES || trailer.readUInt32BE(0) !== bytes) return undefined;
  const body = start.subarray(FLV_TAG_HEADER_BYTES, Math.min(start.length, bytes));
  const byteLength = bytes + PREVIOUS_TAG_SIZE_BYTES;
  return { type, timestamp, position, byteLength, info: describeTag(type, body) };
}

/** Describes a tag by its type and the first bytes of its body. */
export function describeTag(type: FlvTagType, body: Buffer): PacketInfo {
  if (type === 'video') return describeVideo(body);
  return type === 'audio' ? describeAudio(body) : describeData(body);
}

/** The part of the file that was read last. */
class Window {
  readonly #readAt: ReadAt;
  #bytes: Buffer = Buffer.alloc(0);
  #position = 0;

  constructor(readAt: ReadAt) {
    this.#readAt = readAt;
  }

  async read(position: number, length: number): Promise<Buffer> {
    let at = position - this.#position;
    if (at < 0 || at + length > this.#bytes.length) {
      this.#bytes = await this.#readAt(position, WINDOW_BYTES);
      this.#position = position;
      at = 0;
    }
    return this.#bytes.subarray(at, at + length);
  }
}
