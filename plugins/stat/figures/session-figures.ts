// The figures of publishers and viewers, as lists show them.
import type { SessionView, StreamView } from 'livego';
import type { StatState } from '../state.ts';
import { round, secondsSince } from './stream-figures.ts';
import { SHORT_SECONDS } from './stream-meter.ts';

export type SessionFigures = ReturnType<typeof sessionFigures>[number];

export function sessionFigures(
  sessions: readonly SessionView[],
  streams: readonly StreamView[],
  state: StatState,
  now: number,
) {
  const rates = state.sessionRates.measure(sessions, now);
  const byKey = new Map(streams.map((stream) => [stream.key, stream]));
  return sessions.map((session) => {
    const { id, role, client, app, displayKey, startedAt, counters } = session;
    const stream = byKey.get(session.key);
    return {
      id,
      role,
      client: client.id,
      app,
      name: displayKey.slice(app.length + 1),
      stream: displayKey,
      protocol: client.protocol,
      remote: client.remote,
      userAgent: client.userAgent ?? null,
      page: withoutQuery(client.pageUrl),
      state: stream ? stream.state : 'waiting',
      startedAt: startedAt.toISOString(),
      seconds: secondsSince(startedAt),
      kbps: round(rates.get(id) ?? 0),
      ...counters,
      delayMs: role === 'play' ? delayOf(counters.queuedBytes, stream, state) : null,
    };
  });
}

/** The time that the bytes which wait for a viewer take at the stream's bitrate. */
function delayOf(queuedBytes: number, stream: StreamView | undefined, { meters }: StatState): number | null {
  if (!stream) return null;
  const { totalKbps } = meters.of(stream).rates(SHORT_SECONDS);
  return totalKbps === 0 ? 0 : Math.round((queuedBytes * 8) / totalKbps);
}

/** A query may hold a token. */
function withoutQuery(url: string | undefined): string | null {
  return url === undefined ? null : (url.split(/[?#]/, 1)[0] ?? null);
}
