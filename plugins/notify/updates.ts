// The figures of each session at intervals. They are told as events; back ends that answer whether a session may go on are
// asked instead.
import { randomUUID } from 'node:crypto';
import { matchesServername, messageOf, type AppContext, type SessionView } from 'livego';
import type { Format } from './events.ts';
import type { NotifyOptions } from './schema.ts';
import { send } from './send.ts';
import type { NotifyState } from './state.ts';
import { ofSession } from './subjects.ts';
import type { Teller } from './teller.ts';

export interface UpdateParts {
  readonly options: NotifyOptions;
  readonly format: Format;
  readonly state: NotifyState;
  readonly teller: Teller;
}

/** Sessions that are asked about at once. The others wait; each waits once. */
const MAX_AT_ONCE = 16;

/** Begins with the instance, ends with it. */
export function sendUpdates(context: AppContext, parts: UpdateParts): void {
  const { options, format, teller } = parts;
  const { updateSeconds, events } = options;
  if (updateSeconds === 0 || !events.includes('update')) return;
  const questions = format.endsAfterUpdate && new UpdateQuestions(context, parts);
  let nextAt = -Infinity;
  context.everySecond((now) => {
    if (nextAt === -Infinity) nextAt = now + updateSeconds * 1000;
    if (now < nextAt) return;
    nextAt = now + updateSeconds * 1000;
    for (const session of context.sessions()) {
      if (!matchesServername(context.servername, session.app)) continue;
      if (questions) questions.add(session);
      else teller.update(session);
    }
  });
  context.onStop(() => questions?.stop());
}

class UpdateQuestions {
  readonly #context: AppContext;
  readonly #parts: UpdateParts;
  readonly #url: string;
  /** By id, in the order in which they will be asked about. */
  readonly #waiting = new Map<string, SessionView>();
  readonly #asked = new Set<string>();
  #stopped = false;

  constructor(context: AppContext, parts: UpdateParts) {
    this.#context = context;
    this.#parts = parts;
    this.#url = parts.options.urls.update ?? parts.options.url;
  }

  add(session: SessionView): void {
    if (this.#url === '' || this.#asked.has(session.id)) return;
    this.#waiting.set(session.id, session);
    this.#askNext();
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting.clear();
  }

  #askNext(): void {
    while (this.#asked.size < MAX_AT_ONCE && this.#waiting.size > 0) {
      const [id, session] = this.#waiting.entries().next().value!;
      this.#waiting.delete(id);
      this.#asked.add(id);
      void this.#ask(session).finally(() => {
        this.#asked.delete(id);
        this.#askNext();
      });
    }
  }

  async #ask(session: SessionView): Promise<void> {
    const { format, options, state } = this.#parts;
    const subject = ofSession(session, state.parameters.of(session.id));
    const event = { type: 'update', at: new Date(), lane: session.key, subject } as const;
    try {
      const request = format.tell(event, this.#url);
      if (!request) return;
      const reason = format.endsAfterUpdate?.(await send(randomUUID(), request, options));
      state.questions[reason === undefined ? 'allowed' : 'denied']++;
      if (reason !== undefined && !this.#stopped) session.close({ code: 'denied', message: reason });
    } catch (error) {
      // The session goes on: a back end that is away for a moment must not end everything.
      state.questions.failed++;
      this.#context.log.debug({ session: session.id }, `an update could not be told: ${messageOf(error)}`);
    }
  }
}
