// The metrics of replay.
import type { ServerContext } from 'livego';
import type { Recordings } from './recordings/recordings.ts';
import type { SegmentCache } from './http/segment-cache.ts';

export function declareMetrics(
  context: Pick<ServerContext, 'metric' | 'hooks'>,
  recordings: Recordings,
  cache: SegmentCache,
): void {
  const files = context.metric({ name: 'replay_files', type: 'gauge', help: 'Finished recordings.' });
  const ofBytes = (name: string, help: string) =>
    context.metric({ name, type: 'gauge', unit: 'bytes', help });
  const bytes = ofBytes('replay_file_bytes', 'Bytes of finished recordings.');
  const cached = ofBytes('replay_cached_bytes', 'Segments of HLS in memory.');
  context.hooks.stat.tap((write) => {
    write.gauge(files, recordings.size);
    write.gauge(bytes, recordings.bytes);
    write.gauge(cached, cache.bytes);
  });
}
