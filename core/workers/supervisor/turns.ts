// What one worker at a time may do: publish what the plugins of every worker want to publish.
import type { WorkerNumber } from '../../plugin/worker-calls.ts';

export class Turns {
  /** The workers that want each turn; the first one has it. */
  readonly #queues = new Map<string, WorkerNumber[]>();
  readonly #tell: (worker: WorkerNumber, key: string) => void;

  constructor(tell: (worker: WorkerNumber, key: string) => void) {
    this.#tell = tell;
  }

  take(worker: WorkerNumber, key: string): void {
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    if (queue.push(worker) === 1) this.#tell(worker, key);
  }

  pass(worker: WorkerNumber, key: string): void {
    const queue = this.#queues.get(key);
    const index = queue?.indexOf(worker) ?? -1;
    if (!queue || index < 0) return;
    queue.splice(index, 1);
    const [next] = queue;
    if (next === undefined) this.#queues.delete(key);
    else if (index === 0) this.#tell(next, key);
  }

  lost(worker: WorkerNumber): void {
    for (const [key, queue] of [...this.#queues]) while (queue.includes(worker)) this.pass(worker, key);
  }
}
