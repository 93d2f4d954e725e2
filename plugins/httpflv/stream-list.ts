// GET /streams: publishers and players, in the form of the classic server.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerContext } from 'livego';
import { replyJson } from 'livego/http';

interface Entry {
  readonly key: string;
  readonly id: string;
}

/**
 * `{"publishers":[{"key":"live/movie","id":"0001"}]|null,"players":[…]|null}`; an empty list is null. Whoever asks is told,
 * so a name that may be a secret is `live/***`.
 */
export async function listStreams(
  request: IncomingMessage,
  response: ServerResponse,
  { everywhere }: Pick<ServerContext, 'everywhere'>,
): Promise<void> {
  const [streams, sessions] = await Promise.all([everywhere.streams(), everywhere.sessions()]);
  const publishers = streams.flatMap(({ displayKey: key, publisher }): Entry[] =>
    publisher ? [{ key, id: publisher.id }] : [],
  );
  const players = sessions
    .filter(({ role }) => role === 'play')
    .map(({ displayKey: key, id }): Entry => ({ key, id }));
  replyJson(request, response, { body: { publishers: orNull(publishers), players: orNull(players) } });
}

function orNull(entries: readonly Entry[]): readonly Entry[] | null {
  return entries.length > 0 ? entries : null;
}
