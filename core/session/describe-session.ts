// Sessions and clients as fields of a log line.
import type { Client } from '../client.ts';
import type { Session } from './session.ts';
import type { SessionCounters } from './session-view.ts';

export function describeClient({ id, protocol, remote }: Client): Record<string, string> {
  return { client: id, protocol, remote };
}

export function describeSession(session: Session): Record<string, string> {
  return { session: session.id, ...describeClient(session.client) };
}

/** How long it lasted. */
export function describeDuration({ startedAt }: Session): Record<string, number> {
  return { seconds: Math.round((Date.now() - startedAt.getTime()) / 1000) };
}

/** "after 95 s and 12.3 MB", for the line about a viewer that has disconnected. */
export function stayInWords(session: Session): string {
  const megabytes = (session.counters.sentBytes / 1e6).toFixed(1);
  return `after ${describeDuration(session)['seconds']} s and ${megabytes} MB`;
}

/** Fields for the line about a viewer that has disconnected. Losses are included only if there were any. */
export function describeCounters(counters: SessionCounters): Record<string, number> {
  const { sentBytes, droppedPackets, lags } = counters;
  return lags === 0 ? { sentBytes } : { sentBytes, droppedPackets, lags };
}
