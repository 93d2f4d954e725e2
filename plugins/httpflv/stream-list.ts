// GET /streams: who publishes and who plays, in the form of the classic server.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { replyJson } from '../../core/http/reply.ts';
import type { Session } from '../../core/session/session.ts';
import type { Stream } from '../../core/stream/stream.ts';

interface Entry {
  readonly key: string;
  readonly id: string;
}

/** `{"publishers":[{"key":"live/movie","id":"0001"}]|null,"players":[…]|null}`; empty lists are null, as they were. */
export function listStreams(
  request: IncomingMessage,
  response: ServerResponse,
  streams: readonly Stream[],
  sessions: Iterable<Session>,
): void {
  const publishers = streams.flatMap(({ key, publisher }): Entry[] =>
    publisher ? [{ key, id: publisher.id }] : [],
  );
  const players: Entry[] = [];
  for (const { key, id, role } of sessions) if (role === 'play') players.push({ key, id });
  replyJson(request, response, 200, { publishers: orNull(publishers), players: orNull(players) });
}

function orNull(entries: readonly Entry[]): readonly Entry[] | null {
  return entries.length > 0 ? entries : null;
}
