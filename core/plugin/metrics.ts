// Metrics: declared once, written when they are asked for.
//
// Names, types and units follow the OpenMetrics text format: `hls_segments_total`, base units (seconds, bytes), counters
// that only rise. Exporters put `livego_` in front.

import type { HistogramValue } from '../collections/histogram.ts';

export { Histogram, type HistogramValue } from '../collections/histogram.ts';

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
