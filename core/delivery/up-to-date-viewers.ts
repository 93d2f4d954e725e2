// Viewers that keep up, which are nearly all. This loop determines the server's cost per viewer.
import { requireSynchronous } from '../call-plugin.ts';
import { IN_FLIGHT_BYTES, type Viewer, type ViewerOutput } from './viewer.ts';

/**
 * Viewers whose queue is empty and that have been written to before, so that a run can go straight to their connections.
 *
 * The loop reads connections alone, and the bytes sent are counted once for all viewers: with hundreds of viewers each
 * further access to memory is measurable. The arrays are replaced, never changed.
 */
export class UpToDateViewers {
  #viewers: readonly Viewer[] = [];
  /** Those of `#viewers`, in the same order. */
  #outputs: readonly ViewerOutput[] = [];
  /** Bytes sent to a viewer that has been here from the beginning. */
  readonly #sent = { bytes: 0 };

  get size(): number {
    return this.#viewers.length;
  }

  [Symbol.iterator](): Iterator<Viewer> {
    return this.#viewers[Symbol.iterator]();
  }

  add(viewers: readonly Viewer[]): void {
    if (viewers.length === 0) return;
    for (const viewer of viewers) viewer.countWith(this.#sent);
    this.#set([...this.#viewers, ...viewers]);
  }

  remove(viewer: Viewer): void {
    const index = this.#viewers.indexOf(viewer);
    if (index < 0) return;
    viewer.countAlone();
    this.#viewers = this.#viewers.toSpliced(index, 1);
    this.#outputs = this.#outputs.toSpliced(index, 1);
  }

  /** Returns all viewers that were here. */
  clear(): readonly Viewer[] {
    const viewers = this.#viewers;
    for (const viewer of viewers) viewer.countAlone();
    this.#set([]);
    return viewers;
  }

  /** Writes the run to every viewer that can take it. The others are removed and returned. */
  write(run: Buffer): readonly Viewer[] {
    const viewers = this.#viewers;
    const outputs = this.#outputs;
    const others: Viewer[] = [];
    // Counted before anything is written: a viewer that leaves because of a write has been sent the run.
    this.#sent.bytes += run.length;
    for (let index = 0; index < outputs.length; index++) {
      const output = outputs[index]!;
      // An output may be a plugin's: one that throws must not end the flush of all others, or the publisher.
      try {
        if (output.writableLength < IN_FLIGHT_BYTES) {
          const returned: unknown = output.write(run);
          if (typeof returned === 'object') requireSynchronous(returned, 'write');
        } else others.push(viewers[index]!);
      } catch (error) {
        viewers[index]!.fail(error);
        others.push(viewers[index]!);
      }
    }
    return others.length === 0 ? others : this.#takeOut(others, run.length);
  }

  /** Removes those that are still here and have not been sent the last `unsentBytes`. Returns them. */
  #takeOut(viewers: readonly Viewer[], unsentBytes: number): readonly Viewer[] {
    const unwanted = new Set(viewers);
    const removed = this.#viewers.filter((viewer) => unwanted.has(viewer));
    for (const viewer of removed) viewer.countAlone(unsentBytes);
    this.#set(this.#viewers.filter((viewer) => !unwanted.has(viewer)));
    return removed;
  }

  #set(viewers: readonly Viewer[]): void {
    this.#viewers = viewers;
    this.#outputs = viewers.map((viewer) => viewer.output);
  }
}
