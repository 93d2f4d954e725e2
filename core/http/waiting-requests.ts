// Requests that wait for their turn on their connections, counted over all connections of a server.
import { AnswerTurns } from './answer-turns.ts';

/** One read of a connection brings at most about 2600 requests. Each takes about 4 KB while it waits. */
const MAX_WAITING_REQUESTS = 10_000;

export class WaitingRequests {
  /** For those whose turn has come on their connections. */
  readonly turns = new AnswerTurns();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Counts one more. Returns false, and counts nothing, when there are too many. */
  add(): boolean {
    if (this.#count >= MAX_WAITING_REQUESTS) return false;
    this.#count++;
    return true;
  }

  remove(): void {
    this.#count--;
  }
}
