// What the instances of the relay on one server have in common.
import type { RelayStatus } from './relay.ts';
import { Marks } from './via.ts';

export interface RelayList {
  readonly statuses: readonly RelayStatus[];
  /** Whether the stream is pushed to a server at that IP address at present. */
  isPushedTo(key: string, host: string): boolean;
}

export class RelayState {
  readonly marks = new Marks();
  /** One for each application. */
  readonly lists = new Set<RelayList>();
  /** Requests that would have made a stream run in a circle. */
  loopsDenied = 0;
  /** Relays beyond `maxRelays`. */
  relaysDenied = 0;
  #lastId = 0;

  /** `push-1` */
  nextId(kind: 'push' | 'pull' | 'demand'): string {
    return `${kind}-${++this.#lastId}`;
  }

  isPushedTo(key: string, host: string): boolean {
    return [...this.lists].some((list) => list.isPushedTo(key, host));
  }

  get statuses(): readonly RelayStatus[] {
    return [...this.lists].flatMap((list) => list.statuses);
  }
}
