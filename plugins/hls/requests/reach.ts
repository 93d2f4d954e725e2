// Waits until there is a playlist that can be served: for a publisher, a first segment and a startup delay.
import { Denial, type NowOrLater } from 'livego';
import type { RequestSession } from '../elsewhere/guest-session.ts';
import { missingStartupDelay, untilStartup, type FirstPlaylist } from '../playlists/startup-delay.ts';
import type { ServedPresentation } from '../served-presentation.ts';
import type { HlsResponse } from './hls-response.ts';
import type { RequestServices } from './services.ts';

/** The presentation with its first segment; waits for it as long as the options allow. Most have it already. */
export function reachPlaylist(
  services: RequestServices,
  response: HlsResponse,
  session: RequestSession,
  playlist: FirstPlaylist,
): NowOrLater<ServedPresentation | Denial> {
  const presentation = services.workers.find(session.key);
  return isReached(presentation, playlist)
    ? presentation
    : waitForPlaylist(services, response, session, playlist);
}

/** Whether a playlist can be served, and has not to be held back. */
export function isReached(
  presentation: ServedPresentation | undefined,
  playlist: FirstPlaylist,
): presentation is ServedPresentation {
  return isServed(presentation, playlist) && missingStartupDelay(presentation, playlist) === 0;
}

async function waitForPlaylist(
  services: RequestServices,
  response: HlsResponse,
  session: RequestSession,
  playlist: FirstPlaylist,
): Promise<ServedPresentation | Denial> {
  const { workers } = services;
  const presentation = workers.find(session.key) ?? (await workers.findLeft(session.key));
  const reached = isServed(presentation, playlist)
    ? presentation
    : await reachFirstSegment(services, response, session);
  if (reached instanceof Denial) return reached;
  await delayStartup(services, response, reached, playlist);
  return reached.ready ? reached : notReady(reached, session.displayKey);
}

/** Waits while the stream is too young. If too many wait already, starting at once is better than being denied. */
export async function delayStartup(
  { state, options, context }: RequestServices,
  response: HlsResponse,
  presentation: ServedPresentation,
  playlist: FirstPlaylist,
): Promise<void> {
  if (missingStartupDelay(presentation, playlist) === 0) return;
  if (state.pending.count >= context.everywhere.partOf(options.maxPendingRequests)) return;
  await state.pending.hold(() => untilStartup(presentation, playlist, response.signal));
}

/** Why there is no playlist. */
export function notReady({ refusal, ended }: ServedPresentation, displayKey: string): Denial {
  if (refusal !== undefined) return new Denial('not-found', `${displayKey} has ${refusal}`);
  if (ended) return new Denial('not-found', `${displayKey} has ended`);
  return new Denial('unavailable', `the first segment of ${displayKey} is not complete yet`);
}

/** The tail of a stream that has ended is for players that have begun. */
function isServed(
  presentation: ServedPresentation | undefined,
  playlist: FirstPlaylist,
): presentation is ServedPresentation {
  if (!presentation?.ready) return false;
  return presentation.stream !== undefined || presentation.options.keepAfterEnd || playlist === 'media';
}

async function reachFirstSegment(
  services: RequestServices,
  response: HlsResponse,
  session: RequestSession,
): Promise<ServedPresentation | Denial> {
  const { pending } = services.state;
  const { maxPendingRequests } = services.options;
  if (pending.count < services.context.everywhere.partOf(maxPendingRequests))
    return pending.hold(() => waitForSegment(services, response, session));
  const reason = `${maxPendingRequests} requests wait for HLS streams already (maxPendingRequests)`;
  return new Denial('limit', reason);
}

async function waitForSegment(
  { workers, options }: RequestServices,
  response: HlsResponse,
  session: RequestSession,
): Promise<ServedPresentation | Denial> {
  const { watched } = session;
  // A viewer that counts already would find no place beside itself in a full stream.
  const stream = watched && watched.state !== 'ended' ? watched : await session.findStream();
  const live = stream instanceof Denial ? undefined : stream;
  const presentation = await workers.open(session.key, live);
  if (stream instanceof Denial && (stream.code !== 'not-found' || !presentation?.ready)) return stream;
  if (!presentation) return new Denial('not-found', `nobody publishes ${session.displayKey}`);
  presentation.demand();
  await presentation.untilReady(options.pendingTimeoutSeconds * 1000, response.signal);
  return presentation.ready ? presentation : notReady(presentation, session.displayKey);
}
