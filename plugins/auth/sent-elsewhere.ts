// What the viewers of each application get from the other workers of the server, as these have told last.
import type { WorkerNumber } from 'livego';

/** Workers tell it once a second. What one that has ended told last counts for a few seconds. */
const VALID_MS = 5000;

export interface SentByWorker {
  readonly worker: WorkerNumber;
  readonly servername: string;
  readonly kbps: number;
}

interface Told {
  readonly kbps: number;
  /** In monotonic milliseconds. */
  readonly at: number;
}

export class SentElsewhere {
  readonly #told = new Map<string, Map<WorkerNumber, Told>>();
  readonly #lastKbps = new Map<string, number>();
  #tell: (servername: string, kbps: number) => void = () => {};

  tellOthersWith(tell: (servername: string, kbps: number) => void): void {
    this.#tell = tell;
  }

  /** Called once a second with what this worker sends. */
  tell(servername: string, kbps: number): void {
    const before = this.#lastKbps.get(servername) ?? 0;
    this.#lastKbps.set(servername, kbps);
    if (kbps > 0 || before > 0) this.#tell(servername, kbps);
  }

  note({ worker, servername, kbps }: SentByWorker, now: number): void {
    const workers = this.#told.get(servername) ?? new Map<WorkerNumber, Told>();
    this.#told.set(servername, workers);
    workers.set(worker, { kbps, at: now });
  }

  of(servername: string, now: number): number {
    let sum = 0;
    for (const { kbps, at } of this.#told.get(servername)?.values() ?? [])
      if (now - at < VALID_MS) sum += kbps;
    return sum;
  }
}
