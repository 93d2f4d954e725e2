// The memory that media take: what the GOP caches, the queues of viewers and the plugins keep of each stream, and of all
// streams together. Whoever
// keeps media says so, and is told how much is too much: it drops that from its own oldest.
import { totalmem } from 'node:os';

export interface MediaLimits {
  readonly maxStreamBytes: number;
  /** 0: half of the machine's memory. */
  readonly maxMediaBytes: number;
}

export class MediaMemory {
  readonly #held = new Map<string, number>();
  #total = 0;
  #maxStreamBytes = Infinity;
  #maxMediaBytes = Infinity;

  /** @param workers - processes that share the limit for all streams */
  configure({ maxStreamBytes, maxMediaBytes }: MediaLimits, workers = 1): void {
    this.#maxStreamBytes = maxStreamBytes;
    this.#maxMediaBytes = (maxMediaBytes > 0 ? maxMediaBytes : totalmem() / 2) / workers;
  }

  get totalBytes(): number {
    return this.#total;
  }

  /** Bytes of the stream with that key. */
  bytesOf(key: string): number {
    return this.#held.get(key) ?? 0;
  }

  /** More bytes of a stream are kept, or fewer. Returns how many of them are too many. */
  hold(key: string, change: number): number {
    const own = this.bytesOf(key) + change;
    this.#total += change;
    if (own === 0) this.#held.delete(key);
    else this.#held.set(key, own);
    const overStream = own - this.#maxStreamBytes;
    const overAll = this.#total - this.#maxMediaBytes;
    if (overAll <= 0) return Math.max(0, overStream);
    // Streams that take more than an equal share make room, so that no stream costs a smaller one anything.
    const overShare = own - this.#maxMediaBytes / this.#held.size;
    return Math.max(0, overStream, Math.min(overAll, overShare));
  }
}
