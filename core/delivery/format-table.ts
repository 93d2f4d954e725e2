// Wire formats by name, so that all viewers of one format share its bytes.
import type { PacketFormat } from '../media/packet-format.ts';

/** Formats remembered: enough for the chunk sizes of many reloads, and for clients with several message streams. */
const MAX_FORMATS = 64;

/**
 * Clients choose parts of a name, such as the message stream of RTMP, so the memory is bounded: beyond `MAX_FORMATS` the
 * format that was asked for least recently is forgotten. Its viewers keep it; later ones share another object.
 */
export class FormatTable {
  /** In the order of the last request. */
  readonly #formats = new Map<string, PacketFormat>();

  acquire(name: string, make: () => PacketFormat): PacketFormat {
    const format = this.#formats.get(name) ?? make();
    this.#formats.delete(name);
    this.#formats.set(name, format);
    for (const oldest of this.#formats.keys()) {
      if (this.#formats.size <= MAX_FORMATS) break;
      this.#formats.delete(oldest);
    }
    return format;
  }
}
