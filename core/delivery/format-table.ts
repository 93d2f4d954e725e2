// Wire formats by name, so that all viewers of one format share its bytes.
import { BoundedMap } from '../bounded-map.ts';
import type { PacketFormat } from '../media/packet-format.ts';

/** Formats remembered: enough for the chunk sizes of many reloads, and for clients with several message streams. */
const MAX_FORMATS = 64;

/**
 * Clients choose parts of a name, such as the message stream of RTMP, so the memory is bounded: beyond `MAX_FORMATS` the
 * formats that were asked for least recently are forgotten. Their viewers keep them; later ones share another object.
 */
export class FormatTable {
  /** In the order of the last request. */
  readonly #formats = new BoundedMap<string, PacketFormat>(MAX_FORMATS);

  acquire(name: string, make: () => PacketFormat): PacketFormat {
    const format = this.#formats.get(name) ?? make();
    this.#formats.set(name, format);
    return format;
  }
}
