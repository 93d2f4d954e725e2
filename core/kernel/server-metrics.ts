// The server's own metrics.
import type { HistogramValue } from '../collections/histogram.ts';
import type { MetricSpec, MetricWriter } from '../plugin/metrics.ts';
import type { ReloadReport } from '../plugin/reload-report.ts';

export interface ServerFacts {
  readonly generation: number;
  readonly lastReport: ReloadReport | undefined;
  readonly connections: number;
  readonly streams: number;
  readonly viewers: number;
  readonly fanOutDelays: HistogramValue;
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

const FAN_OUT_DELAY: MetricSpec<'histogram'> = {
  name: 'server_fan_out_delay_seconds',
  type: 'histogram',
  help: 'How long the first packet of a run has waited for company before it was written to viewers or to another worker.',
  unit: 'seconds',
};
const CPU: MetricSpec<'counter'> = {
  name: 'process_cpu_seconds_total',
  type: 'counter',
  help: 'CPU time of the process, user and system.',
  unit: 'seconds',
};
const RESIDENT = gauge('process_resident_memory_bytes', 'Memory of the process.', 'bytes');
const HEAP = gauge('process_heap_bytes', 'Memory in use for objects of JavaScript.', 'bytes');
const STARTED = {
  ...gauge('process_start_time_seconds', 'Unix time at which the process started.', 'seconds'),
  across: 'max',
} as const;

export function writeServerMetrics(write: MetricWriter, facts: ServerFacts): void {
  write.gauge(GENERATION, facts.generation);
  if (facts.lastReport) {
    write.gauge(LAST_RELOAD, facts.lastReport.at.getTime() / 1000);
    write.gauge(SUCCESSFUL, facts.lastReport.outcome === 'rejected' ? 0 : 1);
  }
  write.gauge(CONNECTIONS, facts.connections);
  write.gauge(STREAMS, facts.streams);
  write.gauge(VIEWERS, facts.viewers);
  write.histogram(FAN_OUT_DELAY, facts.fanOutDelays);
  writeProcessMetrics(write);
}

function writeProcessMetrics(write: MetricWriter): void {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  write.counter(CPU, (user + system) / 1e6);
  write.gauge(RESIDENT, rss);
  write.gauge(HEAP, heapUsed);
  write.gauge(STARTED, performance.timeOrigin / 1000);
}

function gauge(name: string, help: string, unit?: string): MetricSpec<'gauge'> {
  return { name, type: 'gauge', help, ...(unit !== undefined && { unit }) };
}
