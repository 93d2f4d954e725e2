// Segments that were asked for lately, bounded in bytes. Concurrent requests for one share the work.
import { HeldBytes } from 'livego/media';
import { Turns } from 'livego/files';

/** Segments that are made at a time: each is held in memory while it grows. */
const MAX_MAKING = 4;

export class SegmentCache {
  readonly #maxBytes: () => number;
  /** The one that was asked for longest ago comes first. */
  readonly #segments = new Map<string, Buffer>();
  readonly #making = new Map<string, Promise<Buffer | undefined>>();
  readonly #turns = new Turns(MAX_MAKING);
  readonly #held: HeldBytes;
  #bytes = 0;

  /**
   * @param maxBytes - may change
   * @param hold - counts its memory; returns how much is too much
   */
  constructor(maxBytes: () => number, hold: (change: number) => number) {
    this.#maxBytes = maxBytes;
    this.#held = new HeldBytes(hold);
  }

  get bytes(): number {
    return this.#bytes;
  }

  async get(key: string, make: () => Promise<Buffer | undefined>): Promise<Buffer | undefined> {
    const present = this.#segments.get(key);
    if (present) {
      this.#segments.delete(key);
      this.#segments.set(key, present);
      return present;
    }
    const making = this.#making.get(key) ?? this.#turns.run(make).finally(() => this.#making.delete(key));
    this.#making.set(key, making);
    const made = await making;
    if (made && !this.#segments.has(key)) this.#keep(key, made);
    return made;
  }

  clear(): void {
    this.#segments.clear();
    this.#bytes = 0;
    this.#held.set(0);
  }

  #keep(key: string, segment: Buffer): void {
    const maxBytes = this.#maxBytes();
    if (segment.length > maxBytes) return;
    this.#segments.set(key, segment);
    this.#bytes += segment.length;
    const most = Math.min(maxBytes, this.#bytes - this.#held.set(this.#bytes));
    for (const [oldest, { length }] of this.#segments) {
      if (this.#bytes <= most) break;
      this.#segments.delete(oldest);
      this.#bytes -= length;
    }
    this.#held.set(this.#bytes);
  }
}
