// One worker: a whole kernel, without listening sockets and config file of its own.
import type { Socket } from 'node:net';
import type { ConfigSource, LoadResult } from '../../config.ts';
import { formatFault } from '../../config-fault.ts';
import { Kernel } from '../../kernel/kernel.ts';
import { describeOpenPublishing } from '../../kernel/open-publishing.ts';
import type { Logger } from '../../log/log.ts';
import { maskLog } from '../../log/masked-log.ts';
import type { DoorSpec } from '../../net/door.ts';
import type { ReloadReport } from '../../plugin/reload-report.ts';
import { ServerConfig } from '../../following/server-config.ts';
import type { Elsewhere } from '../../session/elsewhere.ts';
import { Conversation, type Handlers, type SendMessage } from '../conversation.ts';
import { ReloadHistory } from '../reload-history.ts';
import { Links } from '../link/links.ts';
import type { ConfigToApply, SupervisorCalls, WorkerReport, WorkerSideCalls } from '../messages.ts';
import type { WorkerPlace } from '../worker-process.ts';
import { Mirrors } from './mirrors.ts';
import { Names, type SupervisorTalk } from './names.ts';
import { WorkerIdentities } from './worker-identities.ts';
import { ClosedCount } from './closed-count.ts';
import { CountedPlaces } from './counted-places.ts';
import { StagedReload } from './staged-reload.ts';

export interface WorkerSettings {
  readonly source: ConfigSource;
  readonly place: WorkerPlace;
  readonly log: Logger;
  readonly send: SendMessage;
  /** The worker has ended: it was told to, or the supervisor has gone. */
  ended(): void;
}

/** Sessions get this long to end when the worker stops; then their connections are cut. */
const SHUTDOWN_GRACE_MS = 2500;

export class Worker {
  readonly talk: SupervisorTalk;
  readonly kernel: Kernel;
  readonly #settings: WorkerSettings;
  readonly #links: Links;
  readonly #names: Names;
  readonly #mirrors: Mirrors;
  readonly #closed: ClosedCount;
  readonly #places = new CountedPlaces(() => this.talk);
  readonly #turns = new Map<string, () => void>();
  readonly #staged = new StagedReload();
  /** The first config has been applied. */
  readonly #started = whenever();
  #ports: Readonly<Record<string, number>> = {};
  #toldViewers = 0;
  readonly #history = new ReloadHistory();
  #answer: (name: string, input: unknown) => unknown = () => undefined;
  #stopping: Promise<void> | undefined;

  constructor(settings: WorkerSettings) {
    const { place, send, source } = settings;
    const show = source.show?.bind(source);
    const log = maskLog(settings.log, show);
    this.#settings = { ...settings, log };
    this.talk = new Conversation<SupervisorCalls, WorkerSideCalls>(send, this.#handlers());
    this.#closed = new ClosedCount((count) => this.talk.tell('closed', { count }));
    this.kernel = new Kernel(log, {
      identities: new WorkerIdentities(place.run),
      generation: Math.max(0, place.generation - 1),
      elsewhere: this.#elsewhere(),
      openDoor: (spec) => this.#openDoor(spec),
      workers: this.#calls(),
      config: this.#config(),
      show,
    });
    this.#names = new Names(this.kernel, this.talk);
    this.#links = new Links(log, {
      hub: this.kernel.hub,
      claimsSettled: (key) => this.#names.settled(key),
      answer: async (name, input) => {
        await this.#started.promise;
        return await this.#answer(name, input);
      },
    });
    this.#mirrors = new Mirrors({ kernel: this.kernel, talk: this.talk, links: this.#links, log });
    this.kernel.ticker.add(() => {
      this.#mirrors.sweep();
      this.#links.tellViewers();
      this.#tellViewers();
    });
  }

  /** Ends all sessions, and the process with the last of them. */
  stop(message: string): Promise<void> {
    this.#stopping ??= this.#stop(message);
    return this.#stopping;
  }

  /** Everything of it ends at once, as when its process is killed. For tests. */
  cut(): void {
    this.#links.close();
    this.kernel.pool.destroyConnections();
    this.kernel.ticker.stop();
  }

  async #stop(message: string): Promise<void> {
    this.talk.tell('leaving', undefined);
    await this.kernel.stop(message);
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise((resolve) => (timer = setTimeout(resolve, SHUTDOWN_GRACE_MS)));
    await Promise.race([this.kernel.pool.drained(), grace]);
    clearTimeout(timer);
    this.kernel.pool.destroyConnections();
    this.#links.close();
    this.talk.close('the worker has stopped');
    this.#settings.ended();
  }

  #handlers(): Handlers<WorkerSideCalls> {
    return {
      listen: () => this.#links.listen(this.#settings.place.socketPath),
      start: ({ past, ...config }) => {
        this.#history.take(past);
        return this.#start(config);
      },
      stage: (config) => this.#stage(config),
      settle: async ({ apply, reason }) => {
        const report = await this.#staged.settle(apply, reason);
        this.#places.reloaded();
        return { report };
      },
      settled: ({ report, applied, announces }) => {
        this.#history.note(report, applied);
        if (announces) this.kernel.announce(report);
      },
      connection: ({ key }, socket) => this.#accept(key, socket),
      peers: ({ peers }) => this.#links.setPeers(peers),
      giveUp: async (request) => {
        const answer = await this.#names.giveUp(request);
        if (answer === 'given') this.#moveAway(request.key);
        return answer;
      },
      viewersElsewhere: ({ count }) => this.kernel.hub.scheduler.countElsewhere(count),
      home: ({ key, home }) => this.#mirrors.follow(key, home),
      askPlugins: ({ key }) => this.#mirrors.askPlugins(key),
      turn: ({ key }) => this.#turns.get(key)?.(),
      ping: () => {},
      stop: ({ message }) => {
        this.stop(message).catch((error: unknown) =>
          this.#settings.log.error({ err: error }, 'the worker did not stop in order'),
        );
      },
    };
  }

  #tellViewers(): void {
    const { viewers } = this.kernel.hub.scheduler;
    if (viewers === this.#toldViewers) return;
    this.#toldViewers = viewers;
    this.talk.tell('viewers', { count: viewers });
  }

  async #start(config: ConfigToApply): Promise<WorkerReport> {
    const loaded = await this.#load(config);
    const report = loaded.ok
      ? await this.kernel.reload(loaded.config, () => Promise.resolve(undefined))
      : this.#rejectionOf(loaded);
    this.#started.resolve();
    const { generation, addresses } = this.kernel;
    return { report, openPublishing: describeOpenPublishing(generation, addresses) };
  }

  /** Resolves when everything is staged, or has failed. */
  async #stage(config: ConfigToApply): Promise<WorkerReport | undefined> {
    const loaded = await this.#load(config);
    if (!loaded.ok) return { report: this.#staged.reject(this.#rejectionOf(loaded)) };
    const rejected = await this.#staged.stage((confirm) =>
      this.kernel.reload(loaded.config, () => {
        this.#places.countAll();
        return confirm();
      }),
    );
    return rejected && { report: rejected };
  }

  #load({ text, ports }: ConfigToApply): Promise<LoadResult> {
    this.#ports = { ...this.#ports, ...ports };
    return this.#settings.source.load(text);
  }

  #rejectionOf(loaded: Extract<LoadResult, { ok: false }>): ReloadReport {
    const { worker } = this.#settings.place;
    const error = `worker ${worker}: ${loaded.faults.map((fault) => formatFault(fault)).join('; ')}`;
    return this.kernel.noteRejection(loaded.faults, error);
  }

  #accept(key: string, socket: Socket | undefined): void {
    // The client may have gone while its connection was handed over.
    if (!socket) return this.#closed.note();
    socket.once('close', () => this.#closed.note());
    this.kernel.pool.deliver(key, socket);
  }

  #moveAway(key: string): void {
    const cause = { code: 'replaced', message: 'its publisher is connected to another worker now' } as const;
    this.#links.endFeeds(key, cause);
    this.#mirrors.movedAway(key);
  }

  #openDoor({ key, address }: DoorSpec): {
    port: number;
    listening: boolean;
    open(): Promise<void>;
    close(): void;
  } {
    const ports = (): number => this.#ports[key] ?? address.port;
    return {
      get port() {
        return ports();
      },
      listening: true,
      open: () => Promise.resolve(),
      close: () => {},
    };
  }

  #elsewhere(): Elsewhere {
    return {
      claim: (publisher, terms, take) => this.#names.claim(publisher, terms, take),
      release: (key) => this.#names.release(key),
      find: (viewer) => this.#mirrors.find(viewer),
      takeSeat: (key) => this.#mirrors.takeSeat(key),
      takeTurn: (key, run) => this.#takeTurn(key, run),
      takePlace: (address, most) => {
        const name = `address ${address}`;
        return most === Infinity ? this.#places.takeUncounted(name) : this.#places.take(name, most);
      },
    };
  }

  #takeTurn(key: string, run: () => void): () => void {
    this.#turns.set(key, run);
    this.talk.tell('takeTurn', { key });
    return () => {
      this.#turns.delete(key);
      this.talk.tell('passTurn', { key });
    };
  }

  #calls() {
    const links = (): Links => this.#links;
    const { worker, secret } = this.#settings.place;
    return {
      own: worker,
      secret,
      get others() {
        return links().peers;
      },
      locate: (key: string) => this.talk.ask('locate', { key }),
      places: this.#places,
      call: (other: number, name: string, input: unknown) => links().call(other, name, input),
      takeTurn: (name: string) =>
        new Promise<() => void>((resolve) => {
          const pass = this.#takeTurn(`exclusively ${name}`, () => resolve(pass));
        }),
      answerWith: (answer: (name: string, input: unknown) => unknown) => void (this.#answer = answer),
    };
  }

  #config(): ServerConfig {
    return new ServerConfig(this.#settings.source, {
      kernel: () => this.kernel,
      reports: () => this.#history.reports,
      history: () => this.#history.texts,
      apply: (text, reason) => this.talk.ask('reload', { text, reason }),
      reload: (reason) => this.talk.ask('reload', { text: undefined, reason }),
    });
  }
}

function whenever(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
