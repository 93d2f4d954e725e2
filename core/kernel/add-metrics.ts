// Metrics of several workers as those of one server.
import type { HistogramValue, MetricSample } from '../plugin/metrics.ts';
import type { WorkerAnswer } from '../plugin/worker-calls.ts';
import { seriesOf } from './metric-series.ts';

/** The samples of all workers. Each worker has one of a series. */
export function addMetrics(
  answers: readonly WorkerAnswer<readonly MetricSample[]>[],
): readonly MetricSample[] {
  const [only, ...others] = answers;
  return only && others.length === 0 ? only.answer : addSamples(answers.flatMap(({ answer }) => answer));
}

/** Samples with the same metric and labels become one: counters and histograms are added, gauges as the metric says. */
export function addSamples(samples: readonly MetricSample[]): readonly MetricSample[] {
  const all = new Map<string, MetricSample>();
  for (const sample of samples) {
    const key = seriesOf(sample);
    const present = all.get(key);
    all.set(key, present ? add(present, sample) : sample);
  }
  return [...all.values()];
}

function add(one: MetricSample, other: MetricSample): MetricSample {
  if (typeof one.value === 'number' && typeof other.value === 'number') {
    const value = one.metric.across === 'max' ? Math.max(one.value, other.value) : one.value + other.value;
    return { ...one, value } as MetricSample;
  }
  return {
    ...one,
    value: addHistograms(one.value as HistogramValue, other.value as HistogramValue),
  } as MetricSample;
}

/** Both have the bounds of one declaration. */
function addHistograms(one: HistogramValue, other: HistogramValue): HistogramValue {
  const counts = one.counts.map((count, index) => count + (other.counts[index] ?? 0));
  return { bounds: one.bounds, counts, sum: one.sum + other.sum };
}
