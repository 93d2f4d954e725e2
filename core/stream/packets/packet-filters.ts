// Filters that change a stream's packets before anybody gets them.
import type { Logger } from '../../log/log.ts';
import type { MediaPacket } from '../../media/packet.ts';

/**
 * Returns the packet, another one in its place, or nothing to leave it out. Called for each packet, headers included: it
 * must not block, and not write to the packet.
 */
export type PacketFilter = (packet: MediaPacket) => MediaPacket | undefined;

export class PacketFilters {
  readonly #displayKey: string;
  readonly #log: Logger;
  /** Replaced, never changed: a filter may add or remove others while it is called. */
  #filters: readonly PacketFilter[] = [];

  constructor(displayKey: string, log: Logger) {
    this.#displayKey = displayKey;
    this.#log = log;
  }

  get isEmpty(): boolean {
    return this.#filters.length === 0;
  }

  /** Returns a function that removes it. */
  add(filter: PacketFilter): () => void {
    const own: PacketFilter = (packet) => filter(packet);
    this.#filters = [...this.#filters, own];
    return () => this.#remove(own);
  }

  apply(packet: MediaPacket): MediaPacket | undefined {
    let altered: MediaPacket | undefined = packet;
    for (const filter of this.#filters) {
      if (!altered) return undefined;
      altered = this.#guard(filter, altered);
    }
    return altered;
  }

  // A filter that throws may be there to keep something from viewers, so the packet is left out.
  #guard(filter: PacketFilter, packet: MediaPacket): MediaPacket | undefined {
    try {
      return filter(packet);
    } catch (error) {
      this.#remove(filter);
      this.#log.error(
        { err: error, stream: this.#displayKey },
        'a packet filter threw and was removed; the packet is left out',
      );
      return undefined;
    }
  }

  #remove(filter: PacketFilter): void {
    this.#filters = this.#filters.filter((each) => each !== filter);
  }
}
