// The metrics of replay.
import type { PausedViewers, ServerContext } from 'livego';
import type { Recordings } from './recordings/recordings.ts';
import type { SegmentCache } from './http/segment-cache.ts';

export interface Figures {
  readonly recordings: Recordings;
  readonly cache: SegmentCache;
  readonly pauses: PausedViewers;
}

export function declareMetrics(
  context: Pick<ServerContext, 'metric' | 'hooks'>,
  { recordings, cache, pauses }: Figures,
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
  const paused = context.metric({
    name: 'replay_paused_viewers',
    type: 'gauge',
    help: 'Viewers of recordings that have taken nothing for 10 s: they have paused.',
  });
  context.hooks.stat.tap((write) => {
    write.gauge(files, recordings.size);
    write.gauge(bytes, recordings.bytes);
    write.gauge(cached, cache.bytes);
    write.gauge(paused, pauses.count);
  });
}
