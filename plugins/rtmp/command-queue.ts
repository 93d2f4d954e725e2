// Everything on a connection happens in the order in which it came, also what is asked while a gate thinks.

type Work = () => Promise<void> | void;

export interface CommandQueueEvents {
  /** Something takes time: let nothing more come. */
  paused(): void;
  resumed(): void;
  /** What work threw when it was not run by `add` itself. */
  failed(error: unknown): void;
}

export class CommandQueue {
  readonly #events: CommandQueueEvents;
  #busy = false;
  #waiting: Work[] = [];

  constructor(events: CommandQueueEvents) {
    this.#events = events;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Runs it at once, or else after all that came before. */
  add(work: Work): void {
    if (this.#busy) this.#waiting.push(work);
    else this.#run(work);
  }

  /** What waits is never run. */
  clear(): void {
    this.#waiting = [];
  }

  #run(work: Work): void {
    const pending = work();
    if (!pending) return;
    this.#busy = true;
    this.#events.paused();
    pending.catch((error: unknown) => this.#events.failed(error)).finally(() => this.#goOn());
  }

  #goOn(): void {
    this.#busy = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      for (const work of waiting) this.add(work);
    } catch (error) {
      this.#events.failed(error);
    }
    if (!this.#busy) this.#events.resumed();
  }
}
