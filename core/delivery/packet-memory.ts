// Packets kept for a while: payloads in a few large blocks, timestamps and positions in arrays of numbers.
import { MediaPacket, type PacketInfo } from '../media/packet.ts';

/** Sizes of a block. A payload that is longer gets a block of its own size. */
const MIN_BLOCK = 16 * 1024;
const MAX_BLOCK = 1024 * 1024;

/** Numbers kept for each packet: its block, its offset there, its length. */
const PLACE = 3;

/**
 * A list of packets that the garbage collector does not have to look through.
 *
 * Thousands of packets that live for a few seconds are the worst there is for a generational collector: it copies each
 * of them twice. Here they are copied once, by ourselves, and become packets again only when they are read; and
 * the memory of a list that has not been read serves the next one.
 */
export class PacketMemory {
  readonly #blocks: Buffer[] = [];
  #infos: PacketInfo[] = [];
  #length = 0;
  #timestamps = new Float64Array(64);
  #places = new Uint32Array(64 * PLACE);
  /** Bytes used in the last block. */
  #filled = 0;
  #packedBytes = 0;
  /** Payload bytes of the list before this one. */
  #expectedBytes = 0;
  #spare: Buffer[] = [];
  #wasRead = false;

  get length(): number {
    return this.#length;
  }

  /** Undefined for an empty list. */
  get firstTimestamp(): number | undefined {
    return this.length === 0 ? undefined : this.#timestamps[0];
  }

  push(packet: MediaPacket): void {
    const index = this.#length++;
    if (index === this.#timestamps.length) this.#grow();
    this.#infos[index] = packet.info;
    const { payload } = packet;
    const place = index * PLACE;
    let block = this.#blocks.at(-1);
    if (block === undefined || this.#filled + payload.length > block.length)
      block = this.#addBlock(payload.length);
    block.set(payload, this.#filled);
    this.#timestamps[index] = packet.timestamp;
    this.#places[place] = this.#blocks.length - 1;
    this.#places[place + 1] = this.#filled;
    this.#places[place + 2] = payload.length;
    this.#filled += payload.length;
    this.#packedBytes += payload.length;
  }

  /** The packet at `index`; its payload lies in memory that is shared and never written to again. */
  at(index: number): MediaPacket {
    this.#wasRead = true;
    const place = index * PLACE;
    const start = this.#places[place + 1]!;
    const payload = this.#blocks[this.#places[place]!]!.subarray(start, start + this.#places[place + 2]!);
    return new MediaPacket(this.#infos[index]!, this.#timestamps[index]!, payload);
  }

  /** An empty list for packets that are probably similar. It takes over the memory of this one, which must not be used again. */
  renew(): PacketMemory {
    const list = new PacketMemory();
    list.#infos = this.#infos;
    list.#timestamps = this.#timestamps;
    list.#places = this.#places;
    list.#expectedBytes = this.#packedBytes;
    const wanted = blockSize(this.#packedBytes);
    // Blocks that have become too small or much too large are left to the collector.
    if (!this.#wasRead)
      list.#spare = this.#blocks.filter(({ length }) => length >= wanted && length <= 4 * wanted);
    return list;
  }

  #addBlock(least: number): Buffer {
    let block = this.#spare.pop();
    if (block === undefined || block.length < least) {
      // A little more than the last list had, so that one block will do for a list a little longer.
      const size = blockSize(Math.max(this.#packedBytes, this.#expectedBytes * 1.1));
      block = Buffer.allocUnsafeSlow(Math.max(least, size));
    }
    this.#blocks.push(block);
    this.#filled = 0;
    return block;
  }

  #grow(): void {
    const timestamps = new Float64Array(this.#timestamps.length * 2);
    timestamps.set(this.#timestamps);
    this.#timestamps = timestamps;
    const places = new Uint32Array(this.#places.length * 2);
    places.set(this.#places);
    this.#places = places;
  }
}

function blockSize(bytes: number): number {
  return Math.min(MAX_BLOCK, Math.max(MIN_BLOCK, Math.ceil(bytes)));
}
