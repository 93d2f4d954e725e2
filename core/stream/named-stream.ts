// What distinguishes a stream from all others, and where it lives.
import { Residence } from './residence.ts';
import type { StreamIdentity, StreamOrigin } from './stream-view.ts';

export class NamedStream {
  readonly app: string;
  readonly name: string;
  readonly key: string;
  /** Its name in logs. */
  readonly displayKey: string;
  readonly startedAt: Date = new Date();
  readonly residence: Residence;

  constructor(identity: StreamIdentity) {
    this.app = identity.app;
    this.name = identity.name;
    this.key = `${identity.app}/${identity.name}`;
    this.displayKey = identity.displayKey;
    this.residence = new Residence(identity);
  }

  get origin(): StreamOrigin {
    return this.residence.origin;
  }

  /** Packets have waited for company where the stream lives, and are written at once. */
  get packetsHaveWaited(): boolean {
    return this.origin === 'mirror';
  }

  get firstSequence(): number {
    return this.residence.firstSequence;
  }
}
