// Viewers that keep up, which is nearly all of them: the loop that the server's cost per viewer depends on.
import { IN_FLIGHT_BYTES, type Viewer, type ViewerOutput } from './viewer.ts';

/**
 * Viewers whose queue is empty and who have been written to before, so that a run can go straight to their connections.
 *
 * With hundreds of viewers each look at another place in memory counts: the loop sees the connections alone, and what
 * each viewer was sent is counted once for all. The arrays are replaced, never changed.
 */
export class LiveViewers {
  #viewers: readonly Viewer[] = [];
  /** Those of `#viewers`, in the same order. */
  #outputs: readonly ViewerOutput[] = [];
  /** Bytes that a viewer who has been here from the beginning was sent. */
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

  /** Returns those who were here. */
  remove(viewers: readonly Viewer[]): readonly Viewer[] {
    const unwanted = new Set(viewers);
    const removed = this.#viewers.filter((viewer) => unwanted.has(viewer));
    for (const viewer of removed) viewer.countAlone();
    if (removed.length > 0) this.#set(this.#viewers.filter((viewer) => !unwanted.has(viewer)));
    return removed;
  }

  /** Writes the run to everybody who can take it. The others are returned, and are here no longer. */
  write(run: Buffer): readonly Viewer[] {
    const viewers = this.#viewers;
    const outputs = this.#outputs;
    const others: Viewer[] = [];
    for (let index = 0; index < outputs.length; index++) {
      const output = outputs[index]!;
      // An output may be a plugin's: one that throws must not end the flush of all others, or the publisher.
      try {
        if (output.writableLength < IN_FLIGHT_BYTES) output.write(run);
        else others.push(viewers[index]!);
      } catch (error) {
        viewers[index]!.fail(error);
        others.push(viewers[index]!);
      }
    }
    const removed = others.length > 0 ? this.remove(others) : others;
    this.#sent.bytes += run.length;
    return removed;
  }

  #set(viewers: readonly Viewer[]): void {
    this.#viewers = viewers;
    this.#outputs = viewers.map((viewer) => viewer.output);
  }
}
