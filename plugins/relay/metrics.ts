// Figures of each relay, and of what was denied.
import type { Labels, PluginContext } from 'livego';
import type { RelayState } from './state.ts';

const LABELS = ['id', 'kind', 'app', 'name', 'peer'] as const;

type MetricContext = Pick<PluginContext, 'metric' | 'hooks'>;

export function declareMetrics(context: MetricContext, state: RelayState): void {
  const writeRelays = declareRelayMetrics(context, state);
  const loops = context.metric({
    name: 'relay_loops_denied_total',
    type: 'counter',
    help: 'Requests that were denied because the stream would have run in a circle.',
  });
  const denied = context.metric({
    name: 'relay_denied_total',
    type: 'counter',
    help: 'Relays that were not started because of maxRelays.',
  });
  context.hooks.stat.tap((writer) => {
    writeRelays(writer);
    writer.counter(loops, state.loopsDenied);
    writer.counter(denied, state.relaysDenied);
  });
}

type Writer = Parameters<Parameters<PluginContext['hooks']['stat']['tap']>[0]>[0];

function declareRelayMetrics({ metric }: MetricContext, state: RelayState): (writer: Writer) => void {
  const labels = [...LABELS];
  const live = metric({ name: 'relay_live', type: 'gauge', help: 'Whether the relay is live.', labels });
  const retry = metric({
    name: 'relay_retry_in_seconds',
    type: 'gauge',
    help: 'Time until the next try; absent unless the relay waits.',
    unit: 'seconds',
    labels,
  });
  const delay = metric({
    name: 'relay_delay_seconds',
    type: 'gauge',
    help: 'How far the far end is behind, estimated.',
    unit: 'seconds',
    labels,
  });
  const counter = (name: string, help: string, unit?: string) =>
    metric({ name, type: 'counter', help, labels, ...(unit !== undefined && { unit }) });
  const bytes = counter(
    'relay_bytes_total',
    'Bytes sent to the target or received from the source.',
    'bytes',
  );
  const dropped = counter('relay_dropped_packets_total', 'Packets that the target was too slow for.');
  const reconnects = counter('relay_reconnects_total', 'Connections that were live and were lost.');
  return (writer) => {
    for (const status of state.statuses) {
      const own = labelsOf(status);
      writer.gauge(live, status.state === 'live' ? 1 : 0, own);
      if (status.retryInMs !== undefined) writer.gauge(retry, status.retryInMs / 1000, own);
      if (status.delayMs !== undefined) writer.gauge(delay, status.delayMs / 1000, own);
      writer.counter(bytes, status.bytes, own);
      writer.counter(dropped, status.droppedPackets, own);
      writer.counter(reconnects, status.reconnects, own);
    }
  };
}

function labelsOf(status: Readonly<Record<(typeof LABELS)[number], string>>): Labels {
  return Object.fromEntries(LABELS.map((label) => [label, status[label]]));
}
