// The server's own metrics.
import type { MetricSpec, MetricWriter } from '../plugin/metrics.ts';
import type { ReloadReport } from '../plugin/reload-report.ts';

export interface ServerFacts {
  readonly generation: number;
  readonly lastReport: ReloadReport | undefined;
  readonly connections: number;
  readonly streams: number;
  readonly viewers: number;
}

const GENERATION = { ...gauge('config_generation', 'Number of the current config.'), across: 'max' } as const;
const LAST_RELOAD = {
  ...gauge('config_last_reload_seconds', 'Unix time of the last reload.', 'seconds'),
  across: 'max',
} as const;
const SUCCESSFUL = {
  ...gauge('config_last_reload_successful', 'Whether the last reload was applied: 1, or rejected: 0.'),
  across: 'max',
} as const;
const CONNECTIONS = gauge('server_connections', 'Client connections of all listeners.');
const STREAMS = gauge('server_streams', 'Streams that are live or wait for their publisher to return.');
const VIEWERS = gauge('server_viewers', 'Viewers of every protocol.');

export function writeServerMetrics(write: MetricWriter, facts: ServerFacts): void {
  write.gauge(GENERATION, facts.generation);
  if (facts.lastReport) {
    write.gauge(LAST_RELOAD, facts.lastReport.at.getTime() / 1000);
    write.gauge(SUCCESSFUL, facts.lastReport.outcome === 'rejected' ? 0 : 1);
  }
  write.gauge(CONNECTIONS, facts.connections);
  write.gauge(STREAMS, facts.streams);
  write.gauge(VIEWERS, facts.viewers);
}

function gauge(name: string, help: string, unit?: string): MetricSpec<'gauge'> {
  return { name, type: 'gauge', help, ...(unit !== undefined && { unit }) };
}
