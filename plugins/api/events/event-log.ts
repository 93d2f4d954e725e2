// The last events of this worker, numbered, for clients that follow them and for those that return.
import { randomBytes } from 'node:crypto';

export type EventKind = 'stream' | 'session' | 'alert' | 'plugin' | 'file' | 'reload';

export interface LoggedEvent {
  /** Names a run of a process: a number says nothing about another run. */
  readonly run: string;
  /** 1 for the first. */
  readonly number: number;
  readonly kind: EventKind;
  /** "stream-start" */
  readonly type: string;
  readonly data: string;
}

const MAX_EVENTS = 1000;
const MAX_CHARACTERS = 1024 * 1024;

export class EventLog {
  readonly run = randomBytes(4).toString('hex');
  readonly #listeners = new Set<(event: LoggedEvent) => void>();
  #events: LoggedEvent[] = [];
  #characters = 0;
  #last = 0;

  /** The number of the newest event; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  add(kind: EventKind, type: string, facts: Readonly<Record<string, unknown>>): void {
    const data = JSON.stringify({ at: new Date().toISOString(), ...facts });
    const event = { run: this.run, number: ++this.#last, kind, type, data };
    this.#events.push(event);
    this.#characters += data.length;
    while (this.#events.length > MAX_EVENTS || this.#characters > MAX_CHARACTERS)
      this.#characters -= this.#events.shift()?.data.length ?? 0;
    for (const listener of this.#listeners) listener(event);
  }

  /** The events behind that one; undefined if some of them are no longer known. */
  since(number: number): readonly LoggedEvent[] | undefined {
    const oldest = this.#last - this.#events.length + 1;
    return number < oldest - 1 || number > this.#last ? undefined : this.#events.slice(number - oldest + 1);
  }

  /** Returns a function that stops it. */
  follow(listener: (event: LoggedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
