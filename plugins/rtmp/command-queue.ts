// Runs the commands of a connection one after the other, in the order of their arrival. Some take time: gates are asked.

type Work = () => Promise<void> | void;

export interface CommandQueueEvents {
  /** Work takes time: read nothing more. */
  paused(): void;
  resumed(): void;
  /** Work that had to wait, or that takes time, has thrown. `add` throws the errors of all other work itself. */
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

  /** Runs the work at once, or else after everything that was added before. */
  add(work: Work): void {
    if (this.#busy) this.#waiting.push(work);
    else this.#run(work);
  }

  /** Drops the work that waits. */
  clear(): void {
    this.#waiting = [];
  }

  #run(work: Work): void {
    const pending = work();
    if (!pending) return;
    this.#busy = true;
    this.#events.paused();
    pending.catch((error: unknown) => this.#events.failed(error)).finally(() => this.#continue());
  }

  #continue(): void {
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
