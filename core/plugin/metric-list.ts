// Metrics without labels whose values are read from a plugin's state when they are asked for.
import type { MetricSpec } from './metrics.ts';
import type { ServerContext } from './plugin.ts';

/** A metric, and its value in a plugin's state. */
export interface ReadMetric<State> extends Omit<MetricSpec, 'type'> {
  readonly read: (state: State) => number;
}

export interface ReadMetrics<State> {
  readonly gauges: readonly ReadMetric<State>[];
  readonly counters: readonly ReadMetric<State>[];
}

/** Declares the metrics, and writes them whenever they are asked for. */
export function declareReadMetrics<State>(
  context: Pick<ServerContext, 'metric' | 'hooks'>,
  state: State,
  { gauges, counters }: ReadMetrics<State>,
): void {
  const declaredGauges = gauges.map(({ read, ...spec }) => ({
    metric: context.metric({ ...spec, type: 'gauge' }),
    read,
  }));
  const declaredCounters = counters.map(({ read, ...spec }) => ({
    metric: context.metric({ ...spec, type: 'counter' }),
    read,
  }));
  context.hooks.stat.tap((write) => {
    for (const { metric, read } of declaredGauges) write.gauge(metric, read(state));
    for (const { metric, read } of declaredCounters) write.counter(metric, read(state));
  });
}
