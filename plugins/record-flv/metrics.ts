// The metrics of recordings.
import { declareReadMetrics, type ReadMetric, type ServerContext } from 'livego';
import type { RecordingFigures, RecordState } from './state.ts';

const GAUGES: readonly ReadMetric<RecordState>[] = [
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

const COUNTERS: readonly ReadMetric<RecordState>[] = [
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
  declareReadMetrics(context, state, { gauges: GAUGES, counters: COUNTERS });
}

function sum({ recordings }: RecordState, value: (figures: RecordingFigures) => number): number {
  let total = 0;
  for (const recording of recordings) total += value(recording);
  return total;
}
