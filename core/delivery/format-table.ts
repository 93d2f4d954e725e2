// Wire formats, so that all viewers of one format share its bytes.
import { BoundedMap } from '../collections/bounded-map.ts';
import type { PacketFormat, SharedFormat } from '../media/packet-format.ts';

/** Formats remembered for each plugin: enough for the chunk sizes of many reloads, and for clients with several message streams. */
const MAX_FORMATS = 64;

/**
 * Formats that all plugins share are found by their token, others by the plugin and a name of its own: no plugin can put a
 * format in the place of another one's.
 *
 * Clients choose parts of a name, such as the message stream of RTMP, so the memory is bounded: beyond `MAX_FORMATS` the
 * formats of the plugin that were asked for least recently are forgotten. Their viewers keep them; later ones share another
 * object.
 */
export class FormatTable {
  readonly #shared = new WeakMap<SharedFormat<PacketFormat>, PacketFormat>();
  /** In the order of the last request. Code that was edited is another plugin. */
  readonly #named = new WeakMap<object, BoundedMap<string, PacketFormat>>();

  share(token: SharedFormat<PacketFormat>): PacketFormat {
    const format = this.#shared.get(token) ?? token.make();
    this.#shared.set(token, format);
    return format;
  }

  acquire(plugin: object, name: string, make: () => PacketFormat): PacketFormat {
    const formats = this.#named.get(plugin) ?? new BoundedMap<string, PacketFormat>(MAX_FORMATS);
    this.#named.set(plugin, formats);
    const format = formats.get(name) ?? make();
    formats.set(name, format);
    return format;
  }
}
