// The state that all instances of one server share: the queue, and the parameters of clients' requests.
import { BoundedMap } from 'livego';
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

/** Parameters by session: a request has them, and the events of its session tell them too. */
export class Parameters {
  readonly #bySession = new BoundedMap<string, URLSearchParams>(MAX_REMEMBERED);

  note(session: string, query: URLSearchParams): void {
    if (query.size > 0) this.#bySession.set(session, query);
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
