// Figures as metrics: of streams up to a limit, of everything else in sums.
import type { ServerContext, StreamView } from 'livego';
import { countViewers } from './figures/stream-figures.ts';
import type { StatState } from './state.ts';
import { StreamMetrics } from './stream-metrics.ts';

const OMITTED = {
  name: 'stat_streams_omitted',
  type: 'gauge',
  help: 'Streams without metrics of their own (maxStreamMetrics).',
} as const;

export function declareMetrics(context: ServerContext, state: StatState, maxStreams: number): void {
  const ofStreams = new StreamMetrics(context, state);
  const omitted = context.metric(OMITTED);
  const sessions = context.metric({
    name: 'stat_sessions',
    type: 'gauge',
    help: 'Publishers and viewers.',
    labels: ['role', 'protocol'],
  });
  const alerts = context.metric({
    name: 'stat_alerts',
    type: 'gauge',
    help: 'Alerts about publishers that are raised.',
    labels: ['code'],
  });
  const delay = context.metric({
    name: 'stat_event_loop_delay_seconds',
    type: 'histogram',
    help: 'How late timers fire: what everything on the server waits beyond its own time.',
    unit: 'seconds',
  });
  context.hooks.stat.tap((write) => {
    const present = [...context.sessions()];
    for (const [key, count] of countSessions(present)) {
      const [role = '', protocol = ''] = key.split(' ');
      write.gauge(sessions, count, { role, protocol });
    }
    for (const [code, count] of state.alerts.count()) write.gauge(alerts, count, { code });
    write.histogram(delay, state.loopDelay.histogram);
    const streams = distinct(context.streams());
    const shown = streams.slice(0, maxStreams);
    for (const stream of shown) ofStreams.write(write, stream);
    write.gauge(omitted, streams.length - shown.length);
    const elsewhere = context.everywhere.others.length > 0 ? watchedElsewhere(present, streams) : [];
    ofStreams.writeViewers(write, [...shown, ...elsewhere.slice(0, maxStreams)], countViewers(present));
  });
}

type Named = Pick<StreamView, 'key' | 'app' | 'displayKey'>;

/** Streams that viewers of this worker watch and that live in others. */
function watchedElsewhere(
  sessions: readonly (Named & { readonly role: string })[],
  streams: readonly Named[],
): readonly Named[] {
  const here = new Set(streams.map(({ key }) => key));
  return distinct(sessions.filter(({ role, key }) => role === 'play' && !here.has(key)));
}

/** Streams whose names may not be shown are one to the eye. The oldest first. */
function distinct<Stream extends Named>(streams: readonly Stream[]): Stream[] {
  const byName = new Map<string, Stream>();
  for (const stream of streams) if (!byName.has(stream.displayKey)) byName.set(stream.displayKey, stream);
  return [...byName.values()];
}

function countSessions(
  sessions: readonly { readonly role: string; readonly client: { readonly protocol: string } }[],
) {
  const counts = new Map<string, number>();
  for (const { role, client } of sessions) {
    const key = `${role} ${client.protocol}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
