// How many viewers the workers have: each is told how many the others have, since the merge window depends on all of them.
import type { WorkerNumber } from '../../plugin/worker-calls.ts';

export class ViewerCounts {
  readonly #tell: (worker: WorkerNumber, elsewhere: number) => void;
  readonly #counts = new Map<WorkerNumber, number>();
  /** What each worker was told last. A new one knows of none. */
  readonly #told = new Map<WorkerNumber, number>();

  constructor(tell: (worker: WorkerNumber, elsewhere: number) => void) {
    this.#tell = tell;
  }

  note(worker: WorkerNumber, count: number): void {
    this.#counts.set(worker, count);
  }

  /** The worker has ended. */
  lost(worker: WorkerNumber): void {
    this.#counts.delete(worker);
    this.#told.delete(worker);
  }

  /** Called about once a second. @param workers - those that can be told */
  tellAll(workers: Iterable<WorkerNumber>): void {
    let all = 0;
    for (const count of this.#counts.values()) all += count;
    for (const worker of workers) {
      const elsewhere = all - (this.#counts.get(worker) ?? 0);
      if (elsewhere === (this.#told.get(worker) ?? 0)) continue;
      this.#told.set(worker, elsewhere);
      this.#tell(worker, elsewhere);
    }
  }
}
