// How many clients each address has at present in all workers.
import { Places } from '../../session/clients/connections-per-address.ts';
import type { WorkerNumber } from '../../plugin/worker-calls.ts';

export class WorkerPlaces {
  readonly #places = new Places();
  /** What gives the places of each worker back, by address. */
  readonly #held = new Map<WorkerNumber, Map<string, (() => void)[]>>();

  take(worker: WorkerNumber, address: string, most: number): boolean {
    const free = this.#places.take(address, most);
    if (!free) return false;
    const held = this.#held.get(worker) ?? new Map<string, (() => void)[]>();
    this.#held.set(worker, held);
    held.set(address, [...(held.get(address) ?? []), free]);
    return true;
  }

  free(worker: WorkerNumber, address: string): void {
    const held = this.#held.get(worker);
    const [first, ...rest] = held?.get(address) ?? [];
    first?.();
    if (rest.length > 0) held?.set(address, rest);
    else held?.delete(address);
  }

  lost(worker: WorkerNumber): void {
    for (const held of this.#held.get(worker)?.values() ?? []) for (const free of held) free();
    this.#held.delete(worker);
  }
}
