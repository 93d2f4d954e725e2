// The chunk streams that a peer uses on its connection, found by their id.
import { LivegoError } from '../../../errors.ts';
import type { ChunkType } from './chunk-header.ts';
import { ChunkStream } from './chunk-stream.ts';
import type { UnfinishedMemory } from './unfinished-memory.ts';

/** Never more than `limit` chunk streams; none is forgotten before the connection ends. */
export class ChunkStreamTable {
  readonly #memory: UnfinishedMemory;
  readonly #limit: number;
  /** One-byte ids 2 to 63 by index, which is nearly all of them; the rest in the map. */
  readonly #near: (ChunkStream | undefined)[] = Array.from({ length: 64 });
  readonly #far = new Map<number, ChunkStream>();
  #count = 0;

  /** @param limit most chunk streams that a peer may use */
  constructor(memory: UnfinishedMemory, limit: number) {
    this.#memory = memory;
    this.#limit = limit;
  }

  find(id: number): ChunkStream | undefined {
    return id < 64 ? this.#near[id] : this.#far.get(id);
  }

  /**
   * Adds a chunk stream that begins with this type of chunk. Throws LVG_RTMP_CHUNK beyond the limit, and for types 2 and
   * 3, which lack the length. Type 1 is accepted: librtmp's first ping is one, and the stream id it leaves out is zero.
   */
  add(id: number, type: ChunkType): ChunkStream {
    if (type > 1) {
      const missing = type === 2 ? 'message length' : 'header';
      throw new LivegoError(
        'LVG_RTMP_CHUNK',
        `Chunk stream ${id} begins with a type ${type} chunk, which has no ${missing} to go by.`,
      );
    }
    if (this.#count >= this.#limit) {
      throw new LivegoError(
        'LVG_RTMP_CHUNK',
        `Chunk stream ${id} is one too many: the limit is ${this.#limit} per connection.`,
      );
    }
    const stream = new ChunkStream(id, this.#memory);
    this.#count++;
    if (id < 64) this.#near[id] = stream;
    else this.#far.set(id, stream);
    return stream;
  }

  clear(): void {
    this.#near.fill(undefined);
    this.#far.clear();
  }
}
