// All metrics of a kernel, collected now.
import type { ListenerPool } from '../net/listener-pool.ts';
import type { MetricSample } from '../plugin/metrics.ts';
import type { StreamHub } from '../stream/stream-hub.ts';
import type { Generation } from './generation/generation.ts';
import { MetricCollection } from './generation/metric-table.ts';
import type { ReloadReport } from '../plugin/reload-report.ts';
import { showIn, type Show } from '../log/variable-mask.ts';
import { addSamples } from './add-metrics.ts';
import { writeServerMetrics } from './server-metrics.ts';

export interface MeasuredKernel {
  readonly generation: Generation;
  readonly hub: StreamHub;
  readonly pool: ListenerPool;
}

/**
 * Copies of other workers' streams are not counted, and of viewers only those of this worker.
 * @param lastReport - of several workers together, the supervisor's
 */
export function collectMetrics(
  { generation, hub, pool }: MeasuredKernel,
  show: Show,
  lastReport: ReloadReport | undefined,
): readonly MetricSample[] {
  const own = new MetricCollection();
  const { streams } = hub;
  writeServerMetrics(own, {
    generation: generation.number,
    lastReport,
    connections: pool.connections,
    streams: streams.filter(({ origin }) => origin === 'local').length,
    viewers: streams.reduce((sum, stream) => sum + stream.localViewerCount, 0),
    fanOutDelays: hub.scheduler.delays,
  });
  const { hooks, metrics } = generation;
  const ofPlugins = new MetricCollection((name) => metrics.find(name));
  hooks?.emit('stat', ofPlugins);
  return showLabels([...own.samples, ...ofPlugins.samples], show);
}

/** Hardly any label holds what a variable holds, and there may be thousands: only what changes is copied. */
function showLabels(samples: readonly MetricSample[], show: Show): readonly MetricSample[] {
  const isShown = ({ labels }: MetricSample): boolean =>
    Object.values(labels).every((value) => show(value) === value);
  if (samples.every(isShown)) return samples;
  // Labels that differed may be the same to the eye.
  return addSamples(samples.map((sample) => ({ ...sample, labels: showIn(sample.labels, show) })));
}
