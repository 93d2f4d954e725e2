// Packets as the chunks of an HTTP/1.1 body (RFC 9112 section 7.1), so that a viewer can tell the end of a stream from a broken
// connection.
import type { AnnouncedTracks } from '../media/flv/announced-tracks.ts';
import { FLV, FLV_AUDIO, FLV_VIDEO } from '../media/flv/flv-format.ts';
import type { MediaPacket } from '../media/packet.ts';
import { sharedFormat, type PacketFormat } from '../media/packet-format.ts';

const SIZE_DIGITS = 8;
const CRLF_BYTES = 2;
const FRAME_BYTES = SIZE_DIGITS + 2 * CRLF_BYTES;
const CR = 0x0d;
const LF = 0x0a;
const HEX_DIGITS = Buffer.from('0123456789abcdef', 'latin1');

/** The chunk that ends a body. */
export const LAST_CHUNK: Buffer = Buffer.from('0\r\n\r\n', 'latin1');

/**
 * The packets of another format, each a chunk of its own. The size always has eight digits (leading zeros are allowed), so
 * the length of a run is known in advance, and all viewers share the run.
 */
export class ChunkedFormat implements PacketFormat {
  readonly name: string;
  readonly only: 'audio' | 'video' | undefined;
  readonly #inner: PacketFormat;

  constructor(inner: PacketFormat) {
    this.name = `${inner.name}/chunked`;
    this.only = inner.only;
    this.#inner = inner;
  }

  start(tracks: AnnouncedTracks): Buffer | undefined {
    const start = this.#inner.start?.(tracks);
    return start && buildChunk(start);
  }

  accepts(packet: MediaPacket): boolean {
    return this.#inner.accepts(packet);
  }

  byteLength(packet: MediaPacket): number {
    return this.#inner.byteLength(packet) + FRAME_BYTES;
  }

  write(packet: MediaPacket, target: Buffer, offset: number): number {
    const start = offset + SIZE_DIGITS + CRLF_BYTES;
    const end = this.#inner.write(packet, target, start);
    return finishChunk(target, offset, end);
  }
}

/** FLV tags as the chunks of a body, for plugins that share their bytes. */
export const FLV_CHUNKED = sharedFormat(() => new ChunkedFormat(FLV.make()));
export const FLV_AUDIO_CHUNKED = sharedFormat(() => new ChunkedFormat(FLV_AUDIO.make()));
export const FLV_VIDEO_CHUNKED = sharedFormat(() => new ChunkedFormat(FLV_VIDEO.make()));

/** One chunk that holds the bytes. */
export function buildChunk(bytes: Buffer): Buffer {
  const chunk = Buffer.allocUnsafe(bytes.length + FRAME_BYTES);
  const end = SIZE_DIGITS + CRLF_BYTES + bytes.copy(chunk, SIZE_DIGITS + CRLF_BYTES);
  finishChunk(chunk, 0, end);
  return chunk;
}

/** Writes the size before a chunk's data and CRLF behind it; returns the offset after the chunk. */
function finishChunk(target: Buffer, offset: number, end: number): number {
  let size = end - offset - SIZE_DIGITS - CRLF_BYTES;
  for (let at = offset + SIZE_DIGITS - 1; at >= offset; at--) {
    target[at] = HEX_DIGITS[size & 15]!;
    size >>>= 4;
  }
  target[offset + SIZE_DIGITS] = CR;
  target[offset + SIZE_DIGITS + 1] = LF;
  target[end] = CR;
  target[end + 1] = LF;
  return end + CRLF_BYTES;
}
