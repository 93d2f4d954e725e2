// Ids and numbers that must agree between the workers of a server: they come from one source.
import { BoundedMap } from '../collections/bounded-map.ts';

export interface Identities {
  /** A short id, unique among all workers within the server's life. */
  nextId(): string;
  /**
   * The first of the numbers that count parts of a new stream: the clock's seconds, and higher than the first number of any
   * earlier stream of this key, in this run of the server or another. Asynchronous because the source may be another
   * process.
   */
  firstSequence(key: string): Promise<number>;
}

/** Keys whose numbers are remembered. */
const MAX_REMEMBERED = 10_000;

/** The ids of a server that runs in one process. */
export class LocalIdentities implements Identities {
  #lastId = 0;
  readonly #firstSequences = new BoundedMap<string, number>(MAX_REMEMBERED);

  nextId(): string {
    return (++this.#lastId).toString(36).padStart(4, '0');
  }

  // Numbers start from the clock. Those of earlier runs are lower, so no cache and no player takes a new segment for an old
  // one. The remembered numbers matter if the clock was set back.
  firstSequence(key: string): Promise<number> {
    const first = Math.max(Math.floor(Date.now() / 1000), (this.#firstSequences.get(key) ?? 0) + 1);
    this.#firstSequences.set(key, first);
    return Promise.resolve(first);
  }
}
