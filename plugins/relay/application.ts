// The relays of one application: those of the config, those of viewers, those that commands have started.
import { Denial, type AppContext, type StreamProvider, type StreamRequest, type StreamView } from 'livego';
import { PullRelay } from './relays/pull-relay.ts';
import { PushRelay } from './relays/push-relay.ts';
import type { Relay, RelayHost, RelayOrigin, RelayStatus } from './relays/relay.ts';
import type { RelayFiles } from './relay-files.ts';
import type { RelayOptions } from './schema.ts';
import { RelayTable, type PullEntry, type PushEntry } from './relay-table.ts';
import { idOfConfig } from './relay-id.ts';
import { concerns, demandSpec, pullSpecs, pushSpecs, type DemandSpec, type RelaySpec } from './specs.ts';
import type { RelayList, RelayState, RunTimeRelay } from './state.ts';
import { readVia } from './loops/via.ts';

export interface RelayApplicationSettings {
  readonly context: AppContext;
  readonly options: RelayOptions;
  readonly state: RelayState;
  readonly files: RelayFiles;
}

export class RelayApplication implements RelayList {
  readonly table: RelayTable;
  readonly #host: RelayHost;
  readonly #state: RelayState;
  readonly #demand: DemandSpec | undefined;
  /** Those of the application. */
  readonly #streams = new Set<StreamView>();
  #given = false;

  constructor({ context, options, state, files }: RelayApplicationSettings) {
    const { servername } = context;
    this.#state = state;
    this.#host = {
      context,
      options,
      marks: state.marks,
      exclusively: (name, work) => state.elsewhere?.exclusively(name, work) ?? work(),
      findTrust: (spec) => files.findTrust(spec),
      findSlate: (file) => files.findSlate(file),
    };
    this.#demand = demandSpec(options);
    this.table = new RelayTable((relay, origin) =>
      origin === 'run-time' ? state.nextRunTimeId(relay.kind) : idOfConfig(relay, servername),
    );
    for (const spec of pushSpecs(options)) this.table.addPush(spec, 'config');
    for (const spec of pullSpecs(options, servername)) this.table.addPull(spec, 'config');
  }

  get servername(): string {
    return this.#host.context.servername;
  }

  get statuses(): readonly RelayStatus[] {
    return this.table.statuses(this.#host.context);
  }

  get runTime(): readonly RunTimeRelay[] {
    return this.table.runTime(this.servername);
  }

  isPushedTo(key: string, host: string): boolean {
    return this.table.relays.some(
      (relay) => relay instanceof PushRelay && relay.key === key && relay.targetHost === host,
    );
  }

  /** The relays of the predecessor that this config still wants live on; the others end. */
  takeOver(predecessor: RelayTable, demand: DemandSpec | undefined): void {
    const sameDemand = JSON.stringify(demand) === JSON.stringify(this.#demand);
    this.table.takeOver(predecessor, this.#host, sameDemand);
  }

  give(): { readonly table: RelayTable; readonly demand: DemandSpec | undefined } {
    this.#given = true;
    return { table: this.table, demand: this.#demand };
  }

  activate(): void {
    this.#state.lists.add(this);
    this.table.stopUnwanted();
    for (const entry of this.table.pulls) this.#startPull(entry);
    void this.#state.elsewhere?.catchUp();
  }

  stop(): void {
    this.#state.lists.delete(this);
    if (!this.#given) this.table.stopAll();
  }

  tick(now: number): void {
    for (const relay of this.table.relays) relay.tick(now);
  }

  /** What kept relays from connecting may be over. */
  wake(): void {
    for (const relay of this.table.relays) relay.wake();
  }

  streamStart(stream: StreamView): void {
    this.#streams.add(stream);
    for (const entry of this.table.pushes) this.#startPush(entry, stream);
  }

  streamStop(stream: StreamView): void {
    this.#streams.delete(stream);
    for (const relay of this.table.relays)
      if (relay instanceof PushRelay && relay.stream === stream) this.table.stop(relay);
  }

  /** A name is free again: a relay that waits for it may have it. */
  publishStop({ key }: StreamView): void {
    queueMicrotask(() => this.wakeFor(key));
    if (this.table.pulls.some(({ spec }) => `${spec.app}/${spec.name}` === key))
      this.#state.elsewhere?.freed(key);
  }

  wakeFor(key: string): void {
    for (const relay of this.table.relays) if (relay.kind === 'pull' && relay.key === key) relay.wake();
  }

  /** A viewer asks for a stream that nobody publishes. */
  async streamMissing(request: StreamRequest): Promise<StreamProvider | undefined> {
    const spec = this.#demand;
    if (spec === undefined) return undefined;
    const { app, name, displayKey } = request;
    const query = chooseQuery(request.query, this.#host.options.passQuery);
    const via = readVia(request.client.userAgent);
    const place = { id: this.#state.nextOwnId('demand'), origin: 'demand', app, name, displayKey } as const;
    const relay: PullRelay = new PullRelay(place, { spec, query, via }, this.#host, () =>
      this.table.remove(relay),
    );
    if (relay.addresses().length === 0) return undefined;
    const freed = await this.#takePlace();
    // It is taken again when core starts the relay, which it need not do.
    freed?.();
    if (!freed) return undefined;
    const { provider } = relay;
    return {
      ...provider,
      start: async (publication, signal) => {
        this.table.add(relay);
        if (await this.#givePlace(relay)) await provider.start(publication, signal);
      },
    };
  }

  /** False: the relay has been stopped meanwhile. */
  async #givePlace(relay: PullRelay): Promise<boolean> {
    const place = await this.#takePlace();
    if (!place) throw this.#full();
    return relay.hold(place);
  }

  /**
   * Does what starts a relay by command, and holds a place for it until all workers know of it.
   * @param isPresent - it has been started before
   */
  async withPlace<Result>(isPresent: boolean, work: () => Promise<Result>): Promise<Result> {
    const place = isPresent ? () => {} : await this.#takePlace();
    if (!place) throw this.#full();
    try {
      return await work();
    } finally {
      place();
    }
  }

  /** Whether there is such a relay already, of the config or of a command. */
  has({ kind, spec }: RelaySpec): boolean {
    const { table } = this;
    return (kind === 'push' ? table.findPush(spec) : table.findPull(spec)) !== undefined;
  }

  /** Starts a relay at run time. The same one twice is one. */
  add({ kind, spec }: RelaySpec): RunTimeRelay {
    const { table, servername } = this;
    if (kind === 'push') {
      const entry = table.findPush(spec) ?? table.addPush(spec, 'run-time');
      this.#startPushes(entry);
      return { servername, kind, id: entry.id, spec };
    }
    const entry = table.findPull(spec) ?? table.addPull(spec, 'run-time');
    this.#startPull(entry);
    return { servername, kind, id: entry.id, spec };
  }

  adopt(relay: RunTimeRelay): void {
    const { table } = this;
    // The config has the same one.
    const present = relay.kind === 'push' ? table.findPush(relay.spec) : table.findPull(relay.spec);
    if (present || table.originOf(relay.id) !== undefined) return;
    if (relay.kind === 'push') this.#startPushes(this.table.addPush(relay.spec, 'run-time', relay.id));
    else this.#startPull(this.table.addPull(relay.spec, 'run-time', relay.id));
  }

  /** Stops a relay that a command has started. Throws a Denial if there is none. */
  drop(id: string): void {
    const origin: RelayOrigin | undefined = this.table.originOf(id);
    if (origin === undefined) throw new Denial('not-found', `there is no relay ${id}`);
    if (origin === 'config') throw new Denial('forbidden', `relay ${id} is in the config; take it out there`);
    this.table.drop(id);
  }

  forget(id: string): void {
    this.table.drop(id);
  }

  #startPushes(entry: PushEntry): void {
    for (const stream of this.#streams) this.#startPush(entry, stream);
  }

  #startPush(entry: PushEntry, stream: StreamView): void {
    if (!concerns(entry.spec, stream) || this.table.isPushed(entry, stream)) return;
    const { app, name, key, displayKey } = stream;
    // Names of streams that are secret do not tell their relays apart.
    const part = displayKey === key ? name : `***${this.#state.nextOwnId('push')}`;
    const place = { id: `${entry.id}:${part}`, origin: entry.origin, app, name, displayKey };
    const request = { spec: entry.spec, stream };
    const relay: PushRelay = new PushRelay(place, request, this.#host, () => this.table.remove(relay));
    if (relay.addresses().length === 0)
      return this.#host.context.peerLog.warn(
        { relay: entry.id },
        `${displayKey} makes no address of its target`,
      );
    this.#start(relay, entry);
  }

  #startPull(entry: PullEntry): void {
    if (this.table.isPulled(entry)) return;
    const { app, name } = entry.spec;
    const place = { id: entry.id, origin: entry.origin, app, name, displayKey: `${app}/${name}` };
    const request = { spec: entry.spec, query: new URLSearchParams(), via: [] };
    const relay: PullRelay = new PullRelay(place, request, this.#host, () => this.table.remove(relay));
    this.#start(relay, entry);
  }

  #start(relay: Relay, entry: PushEntry | PullEntry): void {
    this.table.add(relay, entry);
    relay.start();
  }

  #full(): Denial {
    return new Denial('limit', `there are ${this.#host.options.maxRelays} relays (maxRelays)`);
  }

  // Relays of commands are in all workers, and those of viewers in one each.
  async #takePlace(): Promise<(() => void) | undefined> {
    const most = Math.max(0, this.#host.options.maxRelays - this.table.startedByCommand);
    const place = await this.#host.context.everywhere.takePlace(`relay.demand ${this.servername}`, most);
    if (!place) this.#state.relaysDenied++;
    return place;
  }
}

function chooseQuery(query: URLSearchParams, pass: RelayOptions['passQuery']): URLSearchParams {
  if (pass === true) return new URLSearchParams(query);
  const names = pass === false ? [] : pass;
  return new URLSearchParams([...query].filter(([name]) => names.includes(name)));
}
