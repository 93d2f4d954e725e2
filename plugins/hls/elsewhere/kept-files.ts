// Segments of another worker that this one has fetched, or is fetching.
import { HeldBytes } from 'livego/media';
import type { FileAnswer } from './snapshot.ts';

interface Kept {
  readonly answer: Promise<FileAnswer>;
  /** 0 until it has arrived. */
  bytes: number;
}

export class KeptFiles {
  readonly #files = new Map<number, Kept>();
  readonly #sought = new Map<number, Promise<FileAnswer>>();
  readonly #maxBytes: number;
  readonly #held: HeldBytes;
  #bytes = 0;
  #closed = false;

  /**
   * Beyond its limits the files that were fetched first are dropped.
   *
   * @param hold - counts them in the memory of the stream; returns how many bytes are too many
   */
  constructor(maxBytes: number, hold: (change: number) => number) {
    this.#maxBytes = maxBytes;
    this.#held = new HeldBytes(hold);
  }

  /** Of those that have arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The files by their numbers, those under way too. */
  get all(): ReadonlyMap<number, Promise<FileAnswer>> {
    return new Map([...this.#files].map(([number, { answer }]) => [number, answer]));
  }

  find(number: number): Promise<FileAnswer> | undefined {
    return this.#files.get(number)?.answer;
  }

  /** Keeps what is being fetched, unless it turns out to be no segment. Rejects as `answer` does. */
  async add(number: number, answer: Promise<FileAnswer>): Promise<FileAnswer> {
    if (this.#closed) return await answer;
    const kept: Kept = { answer, bytes: 0 };
    this.#files.set(number, kept);
    try {
      const arrived = await answer;
      if (this.#files.get(number) !== kept) return arrived;
      if (arrived?.kind === 'segment') this.#note(kept, arrived.bytes.length);
      else this.#files.delete(number);
      return arrived;
    } catch (error) {
      if (this.#files.get(number) === kept) this.#files.delete(number);
      throw error;
    }
  }

  /**
   * As `add`, for one that others may have. It is not among the files before it is found: they may look here at the same
   * time, and would wait for each other.
   */
  seek(number: number, look: () => Promise<FileAnswer>): Promise<FileAnswer> {
    const present = this.#sought.get(number);
    if (present) return present;
    const sought = look()
      .then((found) => (found ? this.add(number, Promise.resolve(found)) : undefined))
      .finally(() => this.#sought.delete(number));
    this.#sought.set(number, sought);
    return sought;
  }

  /** Drops all others. */
  retain(numbers: ReadonlySet<number>): void {
    for (const [number, kept] of this.#files) if (!numbers.has(number)) this.#drop(number, kept);
    this.#held.set(this.#bytes);
  }

  /** Drops all, and keeps nothing from now on. */
  close(): void {
    this.#closed = true;
    this.#files.clear();
    this.#bytes = 0;
    this.#held.set(0);
  }

  #note(newest: Kept, bytes: number): void {
    newest.bytes = bytes;
    this.#bytes += bytes;
    let excess = Math.max(this.#held.set(this.#bytes), this.#bytes - this.#maxBytes);
    for (const [number, kept] of this.#files) {
      if (excess <= 0) break;
      // Those under way have no bytes yet.
      if (kept === newest || kept.bytes === 0) continue;
      excess -= kept.bytes;
      this.#drop(number, kept);
    }
    this.#held.set(this.#bytes);
  }

  #drop(number: number, { bytes }: Kept): void {
    this.#files.delete(number);
    this.#bytes -= bytes;
  }
}
