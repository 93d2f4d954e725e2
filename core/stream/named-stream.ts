// What distinguishes a stream from all others, and where it lives.
import type { StreamIdentity, StreamOrigin } from './stream-view.ts';

export class NamedStream {
  readonly app: string;
  readonly name: string;
  readonly key: string;
  /** Its name in logs. */
  readonly displayKey: string;
  readonly startedAt: Date = new Date();
  #origin: StreamOrigin;
  #firstSequence: number;

  constructor(identity: StreamIdentity) {
    this.app = identity.app;
    this.name = identity.name;
    this.key = `${identity.app}/${identity.name}`;
    this.displayKey = identity.displayKey;
    this.#origin = identity.origin;
    this.#firstSequence = identity.firstSequence;
  }

  get origin(): StreamOrigin {
    return this.#origin;
  }

  get firstSequence(): number {
    return this.#firstSequence;
  }

  /** A mirror gets a publisher in this process. */
  moveHere({ firstSequence }: StreamIdentity): void {
    this.#origin = 'local';
    this.#firstSequence = firstSequence;
  }
}
