// What the instances of the relay on one server have in common.
import type { ServerWide } from 'livego';
import type { RelayStatus } from './relays/relay.ts';
import type { RelaySpec } from './specs.ts';
import { Marks } from './loops/via.ts';

/** A relay that a command has started: every worker has it. */
export type RunTimeRelay = { readonly servername: string; readonly id: string } & RelaySpec;

export interface RelayList {
  readonly servername: string;
  readonly statuses: readonly RelayStatus[];
  readonly runTime: readonly RunTimeRelay[];
  /** Starts what a command has started in another worker. */
  adopt(relay: RunTimeRelay): void;
  forget(id: string): void;
  /** A name is free again: a relay that waits for it may have it. */
  wakeFor(key: string): void;
  /** Whether the stream is pushed to a server at that IP address at present. */
  isPushedTo(key: string, host: string): boolean;
}

/** A client's request, as far as loops show in it. */
export interface PassingStream {
  readonly role: 'publish' | 'play';
  readonly key: string;
  readonly displayKey: string;
  readonly userAgent: string | undefined;
  readonly remote: string;
}

export type StoppedRelay = Pick<RunTimeRelay, 'servername' | 'id'>;

/** Starts or stops a relay in this worker. Throws a Denial if it cannot. */
export type RelayChange = () => { readonly started: RunTimeRelay } | { readonly stopped: StoppedRelay };

/** What instances in the workers of one server have in common. */
export interface OtherWorkers {
  readonly exclusively: ServerWide['exclusively'];
  /** Starts or stops a relay by command, here and then in the other workers. Changes follow one another. */
  change(here: RelayChange): Promise<string>;
  /** Has this worker, which may have just started, start the relays that commands have started before. */
  catchUp(): Promise<void>;
  /** All relays; a push that waits for a stream is shown once, unless it runs for one in some worker. */
  list(): Promise<readonly RelayStatus[]>;
  /** A name is free again: relays of other workers that wait for it may have it. */
  freed(key: string): void;
  /** Why the stream would run in a circle, by what all workers know. */
  findLoop(stream: PassingStream): Promise<string | undefined>;
}

export class RelayState {
  readonly marks = new Marks();
  /** One for each application. */
  readonly lists = new Set<RelayList>();
  /** Of the server-wide instance. */
  elsewhere: OtherWorkers | undefined;
  /** Requests that would have made a stream run in a circle. */
  loopsDenied = 0;
  /** Relays beyond `maxRelays`. */
  relaysDenied = 0;
  /** Ids of this worker begin with it where others have the same relays. */
  idPrefix = '';
  #lastRunTimeId = 0;
  #lastOwnId = 0;

  /** `push-r1`: of a relay that a command starts, the same in all workers. */
  nextRunTimeId(kind: 'push' | 'pull'): string {
    return `${kind}-r${++this.#lastRunTimeId}`;
  }

  /** `demand-1`: of this worker alone. */
  nextOwnId(kind: string): string {
    return `${kind}-${this.idPrefix}${++this.#lastOwnId}`;
  }

  get statuses(): readonly RelayStatus[] {
    return [...this.lists].flatMap((list) => list.statuses);
  }

  get runTime(): readonly RunTimeRelay[] {
    return [...this.lists].flatMap((list) => list.runTime);
  }

  isPushedTo(key: string, host: string): boolean {
    return [...this.lists].some((list) => list.isPushedTo(key, host));
  }

  adopt(relay: RunTimeRelay): void {
    this.#lastRunTimeId = Math.max(this.#lastRunTimeId, Number(/\d+$/.exec(relay.id)?.[0] ?? 0));
    this.#find(relay.servername)?.adopt(relay);
  }

  forget(servername: string, id: string): void {
    this.#find(servername)?.forget(id);
  }

  wake(key: string): void {
    for (const list of this.lists) list.wakeFor(key);
  }

  #find(servername: string): RelayList | undefined {
    return [...this.lists].find((list) => list.servername === servername);
  }
}
