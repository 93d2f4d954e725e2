// The outline of an MPEG-TS file, as engines write them. It has no index, so it is looked through once.
import {
  buildMetadata,
  scanTransport,
  TransportPackets,
  type KeyframePlace,
  type MediaPacket,
  type ReadAt,
  type TransportEntry,
} from 'livego/media';
import { PIECE_BYTES, type Outline, type PacketRun } from './outline.ts';

/** A packet that begins in a part is completed from so many bytes behind it. */
const MAX_OVERRUN_BYTES = 4 * 1024 * 1024;

export async function readTransportOutline(readAt: ReadAt): Promise<Outline> {
  const { program, base, tables, headers, places, durationMs } = await scanTransport(readAt);
  return {
    head: tables,
    headers,
    metadata: buildMetadata({ duration: durationMs / 1000 }),
    beginning: { timeMs: 0, position: 0 },
    places,
    durationMs,
    read: (reader, from, end) => new TransportRun(reader, { program, base, headers, ...from }, end),
  };
}

class TransportRun implements PacketRun {
  readonly #readAt: ReadAt;
  readonly #packets: TransportPackets;
  readonly #end: number;
  #at: number;
  #over = false;

  constructor(readAt: ReadAt, entry: TransportEntry & KeyframePlace, end: number) {
    this.#readAt = readAt;
    this.#packets = new TransportPackets(entry);
    this.#at = entry.position;
    this.#end = end;
  }

  async next(): Promise<readonly MediaPacket[]> {
    while (!this.#over) {
      const packets = await this.#read();
      if (packets.length > 0) return packets;
    }
    return [];
  }

  // What begins before the end may be continued behind it, between packets that are not of this part.
  async #read(): Promise<readonly MediaPacket[]> {
    const overrun = this.#at - this.#end;
    const isOver = overrun >= 0 && !this.#packets.hasPendingBefore(this.#end);
    const bytes =
      isOver || overrun > MAX_OVERRUN_BYTES ? undefined : await this.#readAt(this.#at, PIECE_BYTES);
    if (!bytes || bytes.length === 0) {
      this.#over = true;
      return this.#packets.flush(this.#end);
    }
    this.#at += bytes.length;
    return this.#packets.push(bytes, this.#end);
  }
}
