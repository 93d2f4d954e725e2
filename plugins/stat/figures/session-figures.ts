// The figures of publishers and viewers, as lists show them.
import { mapInTurns, type SessionView, type StreamView } from 'livego';
import type { StatState } from '../state.ts';
import { round, secondsSince } from './stream-figures.ts';

export type SessionFigures = ReturnType<typeof figuresOf>;

/** The figures of a publisher or viewer, with the key of its stream, which is not shown. */
export interface ListedSession {
  readonly key: string;
  /** Whether its stream lives in the same worker. */
  readonly isHere: boolean;
  readonly figures: SessionFigures;
}

/** The least that the classic list shows of a viewer. */
export interface ListedViewer {
  readonly key: string;
  readonly sentBytes: number;
}

export function listViewers(sessions: Iterable<SessionView>): readonly ListedViewer[] {
  const viewers: ListedViewer[] = [];
  for (const { role, key, counters } of sessions)
    if (role === 'play') viewers.push({ key, sentBytes: counters.sentBytes });
  return viewers;
}

export async function sessionFigures(
  sessions: readonly SessionView[],
  streams: readonly StreamView[],
  state: StatState,
  now: number,
): Promise<readonly ListedSession[]> {
  const byKey = new Map(streams.map((stream) => [stream.key, stream]));
  const rates = state.sessionRates;
  rates.forgetOthers(sessions);
  return await mapInTurns(sessions, (session) => {
    const { key } = session;
    const stream = byKey.get(key);
    const figures = figuresOf(session, { stream, state, kbps: round(rates.measure(session, now)) });
    return { key, isHere: stream !== undefined, figures };
  });
}

function figuresOf(
  { id, role, client, app, displayKey, startedAt, counters }: SessionView,
  {
    stream,
    state,
    kbps,
  }: { readonly stream: StreamView | undefined; readonly state: StatState; readonly kbps: number },
) {
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
    kbps,
    ...counters,
    delayMs: role === 'play' && stream ? delayOf(counters.queuedBytes, kbpsOf(stream, state)) : null,
  };
}

/** The time that the bytes which wait for a viewer take at the stream's bitrate. */
export function delayOf(queuedBytes: number, streamKbps: number): number {
  return streamKbps === 0 ? 0 : Math.round((queuedBytes * 8) / streamKbps);
}

function kbpsOf(stream: StreamView, { meters }: StatState): number {
  return meters.of(stream).rates.short.totalKbps;
}

/** A query may hold a token. */
function withoutQuery(url: string | undefined): string | null {
  return url?.split(/[?#]/, 1)[0] || null;
}
