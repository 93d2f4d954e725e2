// The worker that a stream lives in: this one, or another of which it has a copy.
import type { StreamIdentity, StreamOrigin } from './stream-view.ts';

export class Residence {
  #origin: StreamOrigin;
  #firstSequence: number;
  #viewersElsewhere = 0;

  constructor({ origin, firstSequence }: StreamIdentity) {
    this.#origin = origin;
    this.#firstSequence = firstSequence;
  }

  get origin(): StreamOrigin {
    return this.#origin;
  }

  get firstSequence(): number {
    return this.#firstSequence;
  }

  /** Viewers in other workers. */
  get viewersElsewhere(): number {
    return this.#viewersElsewhere;
  }

  /** A copy gets a publisher in this worker. */
  moveHere({ firstSequence }: StreamIdentity): void {
    this.#origin = 'local';
    this.#firstSequence = firstSequence;
    this.#viewersElsewhere = 0;
  }

  /** Its publisher is in another worker from now on. */
  moveAway(): void {
    this.#origin = 'mirror';
    this.#viewersElsewhere = 0;
  }

  countElsewhere(viewers: number): void {
    this.#viewersElsewhere = viewers;
  }
}
