// Segments of another worker that this one has fetched, or is fetching.
import type { FileAnswer } from './snapshot.ts';

interface Kept {
  readonly answer: Promise<FileAnswer>;
  /** 0 until it has arrived. */
  bytes: number;
}

export class KeptFiles {
  readonly #files = new Map<number, Kept>();
  readonly #maxBytes: number;
  #bytes = 0;

  /** @param maxBytes - beyond it the files that were fetched first are dropped */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
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

  /** Drops all others. */
  retain(numbers: ReadonlySet<number>): void {
    for (const [number, kept] of this.#files) if (!numbers.has(number)) this.#drop(number, kept);
  }

  clear(): void {
    this.#files.clear();
    this.#bytes = 0;
  }

  #note(newest: Kept, bytes: number): void {
    newest.bytes = bytes;
    this.#bytes += bytes;
    for (const [number, kept] of this.#files) {
      if (this.#bytes <= this.#maxBytes) return;
      // Those under way have no bytes yet.
      if (kept !== newest && kept.bytes > 0) this.#drop(number, kept);
    }
  }

  #drop(number: number, { bytes }: Kept): void {
    this.#files.delete(number);
    this.#bytes -= bytes;
  }
}
