// Ends sessions and connections of all workers.
import type { EndCause, Question, ServerContext } from 'livego';
import type { Bans } from './bans.ts';

type Asked =
  | {
      readonly is: 'stream';
      readonly key: string;
      readonly role: 'publish' | 'play';
      readonly cause: EndCause;
    }
  | { readonly is: 'banned'; readonly reason: string };

export class Closing {
  readonly #question: Question<Asked, number>;

  constructor(context: Pick<ServerContext, 'question' | 'sessions' | 'connections'>, bans: Bans) {
    this.#question = context.question<Asked, number>({
      name: 'close',
      answer: (asked) =>
        asked.is === 'stream' ? endHere(context, asked) : closeBanned(context, bans, asked.reason),
    });
  }

  /** Ends everything of a stream. Resolves with how many publishers and viewers were told and disconnected. */
  async endStream(key: string, cause: EndCause): Promise<number> {
    // Viewers first: they would be told that the publisher has left, or wait for it to return.
    const viewers = await this.#ask({ is: 'stream', key, role: 'play', cause });
    return viewers + (await this.#ask({ is: 'stream', key, role: 'publish', cause }));
  }

  /** Disconnects clients that are banned. Resolves with how many there were. */
  disconnectBanned(reason: string): Promise<number> {
    return this.#ask({ is: 'banned', reason });
  }

  async #ask(asked: Asked): Promise<number> {
    return (await this.#question.askAll(asked)).reduce((sum, { answer }) => sum + answer, 0);
  }
}

function endHere(
  { sessions }: Pick<ServerContext, 'sessions'>,
  { key, role, cause }: Extract<Asked, { is: 'stream' }>,
): number {
  const ours = [...sessions()].filter((session) => session.key === key && session.role === role);
  for (const session of ours) session.close(cause);
  return ours.length;
}

function closeBanned(
  { connections }: Pick<ServerContext, 'connections'>,
  bans: Bans,
  reason: string,
): number {
  const banned = [...connections()].filter(({ client }) => bans.find(client.remote));
  for (const connection of banned) connection.close({ code: 'denied', message: reason });
  return banned.length;
}
