// The metrics of replay.
import type { ServerContext } from 'livego';
import type { Recordings } from './recordings/recordings.ts';
import type { SegmentCache } from './http/segment-cache.ts';

export function declareMetrics(
  context: Pick<ServerContext, 'metric' | 'hooks'>,
  recordings: Recordings,
  cache: SegmentCache,
): void {
  // All workers see the same directories.
  const shared = { type: 'gauge', across: 'max' } as const;
  const files = context.metric({ ...shared, name: 'replay_files', help: 'Finished recordings.' });
  const bytes = context.metric({
    ...shared,
    name: 'replay_file_bytes',
    unit: 'bytes',
    help: 'Bytes of finished recordings.',
  });
  const cached = context.metric({
    name: 'replay_cached_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Segments of HLS in memory.',
  });
  context.hooks.stat.tap((write) => {
    write.gauge(files, recordings.size);
    write.gauge(bytes, recordings.bytes);
    write.gauge(cached, cache.bytes);
  });
}
