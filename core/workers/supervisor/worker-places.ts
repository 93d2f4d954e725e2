// The places that workers have taken of those that all of them together may have: clients of an address, programs, sessions.
import { Places } from '../../collections/places.ts';
import type { WorkerNumber } from '../../plugin/worker-calls.ts';
import type { HeldPlaces } from '../messages.ts';

interface Held {
  /** By name. */
  readonly counts: Map<string, number>;
  /** What ends each wait. */
  readonly waits: Set<() => void>;
}

export class WorkerPlaces {
  readonly #places = new Places();
  readonly #held = new Map<WorkerNumber, Held>();

  take(worker: WorkerNumber, name: string, most: number): boolean {
    const taken = this.#places.take(name, most);
    if (taken) this.#note(worker, name);
    return taken;
  }

  /** The worker has had these since before there was a limit. */
  hold(worker: WorkerNumber, counts: HeldPlaces): void {
    for (const [name, count] of counts)
      for (let left = count; left > 0; left--) {
        this.#places.hold(name);
        this.#note(worker, name);
      }
  }

  /** Resolves when the worker has a place; never if it is lost before. */
  wait(worker: WorkerNumber, name: string, most: number): Promise<void> {
    return new Promise((resolve) => {
      const { waits } = this.#of(worker);
      let end = (): void => {};
      let waiting = true;
      const got = (): void => {
        waiting = false;
        waits.delete(end);
        this.#note(worker, name);
        resolve();
      };
      end = this.#places.wait(name, most, got);
      if (waiting) waits.add(end);
    });
  }

  free(worker: WorkerNumber, name: string): void {
    const { counts } = this.#of(worker);
    const count = counts.get(name);
    if (count === undefined) return;
    if (count > 1) counts.set(name, count - 1);
    else counts.delete(name);
    this.#places.free(name);
  }

  lost(worker: WorkerNumber): void {
    const { counts, waits } = this.#of(worker);
    // The end of one wait may give the worker the place that it waits for beside it.
    for (const end of waits) end();
    this.#held.delete(worker);
    for (const [name, count] of counts) for (let left = count; left > 0; left--) this.#places.free(name);
  }

  #of(worker: WorkerNumber): Held {
    const held = this.#held.get(worker) ?? { counts: new Map<string, number>(), waits: new Set() };
    this.#held.set(worker, held);
    return held;
  }

  #note(worker: WorkerNumber, name: string): void {
    const { counts } = this.#of(worker);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
}
