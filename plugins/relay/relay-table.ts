// Which relays are wanted, and which run for them.
import type { StreamView } from 'livego';
import { freeId } from './relay-id.ts';
import { PushRelay } from './relays/push-relay.ts';
import type { Relay, RelayHost, RelayOrigin, RelayStatus } from './relays/relay.ts';
import { addressesOf, type PullSpec, type PushSpec, type RelaySpec } from './specs.ts';
import type { RunTimeRelay } from './state.ts';

interface Entry<Spec> {
  readonly id: string;
  readonly spec: Spec;
  readonly origin: RelayOrigin;
}

export type PushEntry = Entry<PushSpec>;
export type PullEntry = Entry<PullSpec>;

export class RelayTable {
  readonly #nextId: (relay: RelaySpec, origin: RelayOrigin) => string;
  #pushes: readonly PushEntry[] = [];
  #pulls: readonly PullEntry[] = [];
  /** Relays, and the entries that want them; those of viewers have none. */
  readonly #relays = new Map<Relay, PushEntry | PullEntry | undefined>();
  #unwanted: readonly Relay[] = [];

  /** @param nextId - of a new entry, unless another one has it */
  constructor(nextId: (relay: RelaySpec, origin: RelayOrigin) => string) {
    this.#nextId = nextId;
  }

  get pushes(): readonly PushEntry[] {
    return this.#pushes;
  }

  get pulls(): readonly PullEntry[] {
    return this.#pulls;
  }

  get relays(): readonly Relay[] {
    return [...this.#relays.keys()];
  }

  /** How many commands have started. */
  get startedByCommand(): number {
    return [...this.#pushes, ...this.#pulls].filter(({ origin }) => origin === 'run-time').length;
  }

  statuses({ servername, show }: RelayHost['context']): readonly RelayStatus[] {
    const running = new Set(this.#relays.values());
    const waiting = this.#pushes.filter((entry) => !running.has(entry));
    const idle = waiting.map((entry) => idleStatus(entry, servername));
    return [
      ...this.relays.filter((relay) => !relay.waits).map((relay) => relay.status),
      ...idle.map((each) => ({ ...each, peer: show(each.peer) })),
    ];
  }

  /** Those that commands have started. */
  runTime(servername: string): readonly RunTimeRelay[] {
    const wanted = <Spec>(entries: readonly Entry<Spec>[]): readonly Entry<Spec>[] =>
      entries.filter(({ origin }) => origin === 'run-time');
    return [
      ...wanted(this.#pushes).map(({ id, spec }) => ({ servername, kind: 'push', id, spec }) as const),
      ...wanted(this.#pulls).map(({ id, spec }) => ({ servername, kind: 'pull', id, spec }) as const),
    ];
  }

  /** @param id - of the same entry in another worker */
  addPush(spec: PushSpec, origin: RelayOrigin, id = this.#nextId({ kind: 'push', spec }, origin)): PushEntry {
    const entry = { id: freeId(id, (each) => this.#find(each) !== undefined), spec, origin };
    this.#pushes = [...this.#pushes, entry];
    return entry;
  }

  addPull(spec: PullSpec, origin: RelayOrigin, id = this.#nextId({ kind: 'pull', spec }, origin)): PullEntry {
    const entry = { id: freeId(id, (each) => this.#find(each) !== undefined), spec, origin };
    this.#pulls = [...this.#pulls, entry];
    return entry;
  }

  findPush(spec: PushSpec): PushEntry | undefined {
    return this.#pushes.find((entry) => isSame(entry.spec, spec));
  }

  findPull(spec: PullSpec): PullEntry | undefined {
    return this.#pulls.find((entry) => isSame(entry.spec, spec));
  }

  isPushed(entry: PushEntry, stream: StreamView): boolean {
    return [...this.#relays].some(
      ([relay, wanted]) => wanted === entry && relay instanceof PushRelay && relay.stream === stream,
    );
  }

  isPulled(entry: PullEntry): boolean {
    return [...this.#relays.values()].includes(entry);
  }

  add(relay: Relay, entry?: PushEntry | PullEntry): void {
    this.#relays.set(relay, entry);
  }

  remove(relay: Relay): void {
    this.#relays.delete(relay);
  }

  stop(relay: Relay): void {
    this.#relays.delete(relay);
    relay.stop();
  }

  stopAll(): void {
    for (const relay of this.relays) this.stop(relay);
  }

  originOf(id: string): RelayOrigin | undefined {
    return this.#find(id)?.origin;
  }

  drop(id: string): void {
    const entry = this.#find(id);
    this.#pushes = this.#pushes.filter((each) => each !== entry);
    this.#pulls = this.#pulls.filter((each) => each !== entry);
    for (const [relay, wanted] of [...this.#relays]) if (wanted === entry) this.stop(relay);
  }

  /** Takes over what is wanted still, with its ids, and everything that commands have started. */
  takeOver(predecessor: RelayTable, host: RelayHost, sameDemand: boolean): void {
    this.#pushes = takeEntries(predecessor.#pushes, this.#pushes);
    this.#pulls = takeEntries(predecessor.#pulls, this.#pulls);
    const wanted = new Set<unknown>([...this.#pushes, ...this.#pulls]);
    for (const [relay, entry] of predecessor.#relays) {
      if (entry === undefined ? sameDemand : wanted.has(entry)) {
        relay.moveTo(host, () => this.remove(relay));
        this.#relays.set(relay, entry);
      } else this.#unwanted = [...this.#unwanted, relay];
    }
  }

  /** Ends the relays of the predecessor that are not wanted any more. */
  stopUnwanted(): void {
    for (const relay of this.#unwanted) relay.stop();
    this.#unwanted = [];
  }

  #find(id: string): PushEntry | PullEntry | undefined {
    return [...this.#pushes, ...this.#pulls].find((entry) => entry.id === id);
  }
}

function takeEntries<Spec>(
  present: readonly Entry<Spec>[],
  wanted: readonly Entry<Spec>[],
): readonly Entry<Spec>[] {
  const left = [...present];
  const taken = wanted.map((entry) => {
    const index = left.findIndex((each) => each.origin === 'config' && isSame(each.spec, entry.spec));
    return index < 0 ? undefined : left.splice(index, 1)[0];
  });
  const byCommand = left.filter(({ origin }) => origin === 'run-time');
  const ids = new Set([...taken, ...byCommand].map((entry) => entry?.id));
  const entries = wanted.map((entry, index) => {
    const present = taken[index];
    if (present) return present;
    // Where addresses differ by a secret alone, one that stays may have the id.
    const id = freeId(entry.id, (each) => ids.has(each));
    ids.add(id);
    return { ...entry, id };
  });
  return [...entries, ...byCommand];
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** A push that waits for a stream. */
function idleStatus({ id, spec, origin }: PushEntry, app: string): RelayStatus {
  const place = { app, name: spec.name, displayKey: `${app}/${spec.name}` };
  const [address] = addressesOf([spec.url], place, spec.name);
  return {
    id,
    kind: 'push',
    origin,
    app,
    name: spec.name,
    peer: address?.label ?? '',
    state: 'idle',
    liveSince: undefined,
    retryInMs: undefined,
    lastError: undefined,
    bytes: 0,
    droppedPackets: 0,
    droppedBytes: 0,
    reconnects: 0,
    delayMs: undefined,
  };
}
