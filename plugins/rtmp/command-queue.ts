// Runs the commands of a connection one after the other, in the order of their arrival. Some take time: gates are asked. And
// no connection may hold up the others: after a number of commands the rest waits for a later turn of the event loop.

type Work = () => Promise<void> | void;

export interface CommandQueueEvents {
  /** Work takes time: read nothing more. */
  paused(): void;
  resumed(): void;
  /** Work that had to wait, or that takes time, has thrown. `add` throws the errors of all other work itself. */
  failed(error: unknown): void;
}

/** A client that connects and publishes sends about seven. */
const WORK_PER_TURN = 16;

export class CommandQueue {
  readonly #events: CommandQueueEvents;
  #busy = false;
  #waiting: Work[] = [];
  /** Of `#waiting`, so many have been run. */
  #taken = 0;
  #doneInTurn = 0;

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
    this.#taken = 0;
  }

  /** Ends the connection: what was read of it is at fault. */
  fail(error: unknown): void {
    this.#events.failed(error);
  }

  #run(work: Work): void {
    const pending = work();
    if (pending) return this.#pause(pending);
    if (this.#doneInTurn++ === 0) setImmediate(() => (this.#doneInTurn = 0));
    if (this.#doneInTurn >= WORK_PER_TURN) this.#pause(new Promise((resolve) => setImmediate(resolve)));
  }

  #pause(pending: Promise<void>): void {
    this.#busy = true;
    this.#events.paused();
    pending.catch((error: unknown) => this.#events.failed(error)).finally(() => this.#continue());
  }

  #continue(): void {
    this.#busy = false;
    try {
      while (!this.#busy && this.#taken < this.#waiting.length) this.#run(this.#waiting[this.#taken++]!);
    } catch (error) {
      this.#events.failed(error);
    }
    if (this.#busy) return;
    this.clear();
    this.#events.resumed();
  }
}
