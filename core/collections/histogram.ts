// Counts values by size: a leaf, so that every room can measure.

/** A histogram's state: `counts[n]` values are at most `bounds[n]` (and above the bound before); the last counts the rest. */
export interface HistogramValue {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Counts observed values by size. Owned by the plugin, written when metrics are asked for. */
export class Histogram implements HistogramValue {
  readonly bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  /** @param bounds - upper bounds of the buckets, rising; a last one without bound is added */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  get counts(): readonly number[] {
    return this.#counts;
  }

  get sum(): number {
    return this.#sum;
  }

  observe(value: number): void {
    let index = 0;
    while (index < this.bounds.length && value > this.bounds[index]!) index++;
    this.#counts[index]!++;
    this.#sum += value;
  }
}
