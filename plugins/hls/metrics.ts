// The metrics of HLS.
import { declareReadMetrics, type ReadMetric, type ServerContext } from 'livego';
import type { Presentation } from './presentation.ts';
import type { HlsState } from './state.ts';

const GAUGES: readonly ReadMetric<HlsState>[] = [
  {
    name: 'hls_streams',
    help: 'Streams that have a playlist, or had one a moment ago.',
    read: ({ presentations }) => presentations.size,
  },
  {
    name: 'hls_active_streams',
    help: 'Streams of which segments are being made.',
    read: (state) => sum(state, ({ active }) => (active ? 1 : 0)),
  },
  { name: 'hls_viewers', help: 'Viewers that have a session.', read: ({ sessions }) => sessions.active },
  {
    name: 'hls_pending_requests',
    help: 'Requests that wait for a publisher, a first segment or a startup delay.',
    read: ({ pending }) => pending.count,
  },
  {
    name: 'hls_memory_bytes',
    help: 'Segments in memory, copies of those of other workers included.',
    unit: 'bytes',
    read: (state) => sum(state, ({ segments }) => segments.memoryBytes) + copiedBytes(state),
  },
  {
    name: 'hls_pending_file_operations',
    help: 'Operations that the disk has yet to do.',
    read: (state) => sum(state, ({ segments }) => segments.pendingOperations),
  },
];

const COUNTERS: readonly ReadMetric<HlsState>[] = [
  { name: 'hls_segments_total', help: 'Segments made.', read: ({ counters }) => counters.totals.segments },
  {
    name: 'hls_segment_bytes_total',
    help: 'Bytes of segments made.',
    unit: 'bytes',
    read: ({ counters }) => counters.totals.segmentBytes,
  },
  {
    name: 'hls_playlists_built_total',
    help: 'Media playlists built. Requests share them.',
    read: ({ counters }) => counters.totals.playlists,
  },
  {
    name: 'hls_disk_failures_total',
    help: 'Operations on files that have failed, or were left out because the disk is too slow.',
    read: ({ counters }) => counters.totals.diskFailures,
  },
  {
    name: 'hls_slow_readers_total',
    help: 'Connections that were cut off because they took nothing of a response.',
    read: ({ counters }) => counters.totals.slowReaders,
  },
];

export function declareMetrics(context: Pick<ServerContext, 'metric' | 'hooks'>, state: HlsState): void {
  declareReadMetrics(context, state, { gauges: GAUGES, counters: COUNTERS });
}

function sum({ presentations }: HlsState, value: (presentation: Presentation) => number): number {
  let total = 0;
  for (const presentation of presentations) total += value(presentation);
  return total;
}

function copiedBytes({ remotes }: HlsState): number {
  let total = 0;
  for (const { memoryBytes } of remotes.values()) total += memoryBytes;
  return total;
}
