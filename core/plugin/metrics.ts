// Metrics: declared once, written when they are asked for.
//
// Names, types and units follow the OpenMetrics text format: `hls_segments_total`, base units (seconds, bytes), counters
// that only rise. Exporters put `livego_` in front.

export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface MetricSpec<Type extends MetricType = MetricType> {
  /** Begins with the plugin's name: `hls_segment_bytes_total`. Letters, digits and `_`; a "-" of the plugin's is a `_`. */
  readonly name: string;
  readonly type: Type;
  /** One sentence. */
  readonly help: string;
  /** Base unit, where there is one: "seconds", "bytes". */
  readonly unit?: string;
  readonly labels?: readonly string[];
  /** How the values of several workers become one. Default: they are added. `max`: the greatest counts. */
  readonly across?: 'sum' | 'max';
}

/** A declared metric. */
export type Metric<Type extends MetricType = MetricType> = MetricSpec<Type>;

export type Labels = Readonly<Record<string, string>>;

/** A histogram's state: `counts[n]` values are at most `bounds[n]` (and above the bound before); the last counts the rest. */
export interface HistogramValue {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Receives the values of metrics, with one value for each declared label. */
export interface MetricWriter {
  /** @param value - the total since the start */
  counter(metric: Metric<'counter'>, value: number, labels?: Labels): void;
  gauge(metric: Metric<'gauge'>, value: number, labels?: Labels): void;
  histogram(metric: Metric<'histogram'>, value: HistogramValue, labels?: Labels): void;
}

export type MetricSample =
  | { readonly metric: MetricSpec<'counter' | 'gauge'>; readonly value: number; readonly labels: Labels }
  | { readonly metric: MetricSpec<'histogram'>; readonly value: HistogramValue; readonly labels: Labels };

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
