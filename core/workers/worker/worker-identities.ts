// Ids that no other worker gives: each process of the server has a number of its own in front.
import { LocalIdentities, type Identities } from '../../session/identities.ts';

export class WorkerIdentities implements Identities {
  readonly #local = new LocalIdentities();
  readonly #prefix: string;

  /** @param run - see `WorkerPlace` */
  constructor(run: number) {
    this.#prefix = run.toString(36);
  }

  nextId(): string {
    return `${this.#prefix}-${this.#local.nextId()}`;
  }

  /** Streams that live here get theirs with their name, and copies from their originals. */
  firstSequence(key: string): Promise<number> {
    return this.#local.firstSequence(key);
  }
}
