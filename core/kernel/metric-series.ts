// What tells the samples of one metric from each other.
import type { MetricSample } from '../plugin/metrics.ts';

/** The same for samples of one metric with the same labels, and for no others. */
export function seriesOf({ metric: { name, labels = [] }, labels: values }: MetricSample): string {
  let series = name;
  for (const label of labels) {
    const value = values[label] ?? '';
    // With its length before it a value can hold anything.
    series += ` ${value.length}:${value}`;
  }
  return series;
}
