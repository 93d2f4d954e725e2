// The metrics of recordings.
import type { MetricSpec, ServerContext } from 'livego';
import type { RecordingFigures, RecordState } from './state.ts';

interface RecordMetric extends Omit<MetricSpec, 'type'> {
  readonly read: (state: RecordState) => number;
}

const GAUGES: readonly RecordMetric[] = [
  {
    name: 'record_active_files',
    help: 'Files that are being written.',
    read: (state) => sum(state, ({ writing }) => (writing ? 1 : 0)),
  },
  {
    name: 'record_waiting_bytes',
    help: 'Bytes that the disk has yet to take.',
    unit: 'bytes',
    read: (state) => sum(state, ({ waitingBytes }) => waitingBytes),
  },
];

const COUNTERS: readonly RecordMetric[] = [
  { name: 'record_files_total', help: 'Files finished.', read: ({ counters }) => counters.files },
  {
    name: 'record_bytes_total',
    help: 'Bytes of finished files.',
    unit: 'bytes',
    read: ({ counters }) => counters.bytes,
  },
  {
    name: 'record_failures_total',
    help: 'Files that the disk has failed to take.',
    read: ({ counters }) => counters.failures,
  },
  {
    name: 'record_lost_seconds_total',
    help: 'Stream time that is in no file because the disk has failed.',
    unit: 'seconds',
    read: ({ counters }) => counters.lostMs / 1000,
  },
  {
    name: 'record_dropped_packets_total',
    help: 'Packets that were left out because the disk has failed or is too slow.',
    read: ({ counters }) => counters.droppedPackets,
  },
  {
    name: 'record_dropped_groups_total',
    help: 'Groups of pictures that were left out, or cut short, because the disk is too slow.',
    read: ({ counters }) => counters.droppedGroups,
  },
  {
    name: 'record_repaired_files_total',
    help: 'Files of earlier runs that were completed.',
    read: ({ counters }) => counters.repairedFiles,
  },
  {
    name: 'record_removed_files_total',
    help: 'Files removed because they were too old or too many.',
    read: ({ counters }) => counters.removedFiles,
  },
];

export function declareMetrics(context: Pick<ServerContext, 'metric' | 'hooks'>, state: RecordState): void {
  const gauges = GAUGES.map(({ read, ...spec }) => ({
    metric: context.metric({ ...spec, type: 'gauge' }),
    read,
  }));
  const counters = COUNTERS.map(({ read, ...spec }) => ({
    metric: context.metric({ ...spec, type: 'counter' }),
    read,
  }));
  context.hooks.stat.tap((write) => {
    for (const { metric, read } of gauges) write.gauge(metric, read(state));
    for (const { metric, read } of counters) write.counter(metric, read(state));
  });
}

function sum({ recordings }: RecordState, value: (figures: RecordingFigures) => number): number {
  let total = 0;
  for (const recording of recordings) total += value(recording);
  return total;
}
