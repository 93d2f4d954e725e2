// What all instances of one server share: the queue, and what clients gave along with their requests.
import { Outbox } from './outbox.ts';

export interface NotifyState {
  readonly outbox: Outbox;
  readonly parameters: Parameters;
  readonly questions: QuestionCounters;
}

export interface QuestionCounters {
  allowed: number;
  denied: number;
  failed: number;
}

/** Sessions whose parameters are remembered. */
const MAX_REMEMBERED = 50_000;
const KEPT = 45_000;

/** Parameters by session: they come with the request, and are told with the events of the session too. */
export class Parameters {
  readonly #bySession = new Map<string, URLSearchParams>();

  note(session: string, query: URLSearchParams): void {
    if (query.size === 0) return;
    this.#bySession.set(session, query);
    if (this.#bySession.size <= MAX_REMEMBERED) return;
    for (const oldest of this.#bySession.keys()) {
      if (this.#bySession.size <= KEPT) return;
      this.#bySession.delete(oldest);
    }
  }

  of(session: string): URLSearchParams {
    return this.#bySession.get(session) ?? new URLSearchParams();
  }

  forget(session: string): void {
    this.#bySession.delete(session);
  }
}

export function makeState(): NotifyState {
  return {
    outbox: new Outbox(),
    parameters: new Parameters(),
    questions: { allowed: 0, denied: 0, failed: 0 },
  };
}
