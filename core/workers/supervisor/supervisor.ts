// The process above the workers: it holds the listening sockets, the directory of streams and the config, and does no
// media work.
//
// core/workers makes one server of several processes: supervisor/ is this side, worker/ the other, link/ what workers have
// between each other. Each worker is a whole kernel.
//
//   clients ──▶ Front ──connections──▶ Fleet of Seats ═══messages═══ workers ═══links═══ workers
//               Directory (names), Turns, WorkerPlaces      ConfigFollower ──▶ reloadAll
//
import type { ConfigSource, LoadResult } from '../../config.ts';
import { appliedText } from '../../following/applied-texts.ts';
import { ConfigFollower } from '../../following/config-follower.ts';
import { withPlaces } from '../../config-place.ts';
import { messageOf } from '../../errors.ts';
import type { WatchFiles } from '../../following/followed-files.ts';
import { logReport } from '../../kernel/reload/describe-report.ts';
import { createLogger, type Logger } from '../../log/log.ts';
import { maskLog } from '../../log/masked-log.ts';
import { formatAddress } from '../../net/address.ts';
import { certificateFilesOf } from '../../net/planned-address.ts';
import type { ServedAddress } from '../../net/served-address.ts';
import type { WorkerNumber } from '../../plugin/worker-calls.ts';
import type { ReloadReport } from '../../plugin/reload-report.ts';
import { startFailure } from '../../start-failure.ts';
import { Ticker } from '../../time/ticker.ts';
import type { Handlers } from '../conversation.ts';
import type { ConfigOutline } from '../config-outline.ts';
import type { ConfigToApply, SupervisorCalls, WorkerReport } from '../messages.ts';
import { workerCount } from '../../options/worker-count.ts';
import type { SpawnWorker } from '../worker-process.ts';
import { ReloadHistory } from '../reload-history.ts';
import { Directory } from './directory.ts';
import { Fleet } from './fleet.ts';
import { Front } from './front.ts';
import { mergeReports } from './merge-reports.ts';
import { rejectionReport } from './rejection.ts';
import { reloadAll } from './reload.ts';
import type { Seat } from './seat.ts';
import { Turns } from './turns.ts';
import { ViewerCounts } from './viewer-counts.ts';
import { WorkerPlaces } from './worker-places.ts';

export interface SupervisorSettings {
  readonly source: ConfigSource<ConfigOutline>;
  readonly spawn: SpawnWorker;
  readonly log?: Logger;
  readonly watch?: WatchFiles;
  /** A config is applied, and for a while there is nothing to do. */
  readonly settled?: () => void;
}

interface Current {
  readonly config: ConfigToApply;
  readonly outline: ConfigOutline;
  readonly generation: number;
}

/** A worker that does not give a name up by then has no say. */
const GIVE_UP_LIMIT_MS = 3000;

export class Supervisor {
  readonly #source: ConfigSource<ConfigOutline>;
  readonly #rest: () => void;
  readonly #log: Logger;
  readonly #ticker: Ticker;
  readonly #config: ConfigFollower<ConfigOutline>;
  readonly #fleet: Fleet;
  readonly #front: Front;
  readonly #directory = this.#makeDirectory();
  readonly #turns = new Turns((worker, key) => this.#talkTo(worker)?.tell('turn', { key }));
  readonly #places = new WorkerPlaces();
  readonly #viewers = new ViewerCounts((worker, count) =>
    this.#talkTo(worker)?.tell('viewersElsewhere', { count }),
  );
  #current: Current | undefined;
  readonly #history = new ReloadHistory();
  #stopping: Promise<void> | undefined;

  constructor({ source, spawn, log: given = createLogger(), watch, settled = () => {} }: SupervisorSettings) {
    const show = source.show?.bind(source);
    const log = maskLog(given, show);
    this.#source = source;
    this.#rest = settled;
    this.#log = log;
    this.#ticker = new Ticker((error) => log.error({ err: error }, 'a tick failed'));
    this.#front = new Front(log, () => this.#fleet.seats);
    this.#fleet = new Fleet({
      log,
      spawn,
      handlersFor: (worker) => this.#handlersFor(worker),
      current: () => this.#current && { ...this.#current, past: this.#history.past },
      running: () => this.#front.proceed(),
      returned: (unsent) => this.#front.place(unsent),
      lost: (seat, unsent) => {
        const { worker } = seat.place;
        for (const each of [this.#directory, this.#turns, this.#places, this.#viewers]) each.lost(worker);
        this.#front.lost(seat, unsent);
      },
    });
    this.#config = new ConfigFollower({
      source,
      log,
      watch,
      certificates: () => certificateFilesOf(this.#current?.outline.addresses ?? []),
      watchOptions: () => this.#current?.outline.server.watch,
      apply: (loaded, reason) => this.#fleet.exclusively(() => this.#apply(loaded, reason)),
    });
  }

  /** The addresses that the server listens on, with the ports that the system chose. */
  get addresses(): readonly ServedAddress[] {
    return this.#front.addresses;
  }

  /** Names and patterns of the applications. */
  get applications(): readonly string[] {
    return this.#current?.outline.applications ?? [];
  }

  /** Client connections of all workers. */
  get connections(): number {
    return this.#front.connections;
  }

  get lastReport(): ReloadReport | undefined {
    return this.#history.reports[0];
  }

  /** Those that run, with the connections that each has. */
  get workers(): readonly { readonly worker: WorkerNumber; readonly connections: number }[] {
    return this.#fleet.active.map(({ place, connections }) => ({ worker: place.worker, connections }));
  }

  /** Loads the config, starts the workers and applies it. Throws one error that holds every fault. */
  start(): Promise<void> {
    return this.#config.start((loaded) => this.#start(loaded));
  }

  /** As `LivegoServer.reload`, for all workers. */
  reload(reason: string): Promise<ReloadReport> {
    return this.#config.request({ reason });
  }

  /** Ends all workers in order. */
  stop(message: string): Promise<void> {
    this.#stopping ??= this.#stop(message);
    return this.#stopping;
  }

  async #start(loaded: LoadResult<ConfigOutline>): Promise<void> {
    if (!loaded.ok) throw startFailure(this.#source, loaded, undefined);
    const { config: outline, text } = loaded;
    const { addresses } = outline;
    let reports: readonly WorkerReport[];
    try {
      this.#follow(outline);
      await this.#front.acquire(addresses);
      const config = { text, ports: this.#front.portsOf(addresses) };
      this.#current = { config, outline, generation: 0 };
      this.#configure(outline);
      reports = await this.#fleet.start(workerCount(outline.server.workers));
      this.#front.use(addresses);
      this.#current = { ...this.#current, generation: 1 };
      const [first, ...rest] = reports.map(({ report }) => report);
      if (first) this.#settle(mergeReports([first, ...rest], { generation: 1 }), { text, reason: 'start' });
    } catch (error) {
      this.#current = undefined;
      await this.#end('the start failed');
      throw startFailure(
        this.#source,
        loaded,
        messageOf(withPlaces(error, { placeOf: (option) => outline.places.get(option) })),
      );
    }
    for (const warning of loaded.warnings) this.#log.warn(warning);
    for (const address of this.addresses)
      this.#log.info(`listening on ${formatAddress(address)} (${address.option}, ${address.scheme})`);
    const open = reports[0]?.openPublishing;
    if (open !== undefined) this.#log.warn(open);
    this.#log.info(`${this.#fleet.active.length} workers run`);
    this.#rest();
    this.#ticker.add(() => this.#fleet.watch());
    this.#ticker.add(() => this.#front.lookForFiles());
    this.#ticker.add(() => this.#viewers.tellAll(this.#fleet.active.map(({ place }) => place.worker)));
  }

  async #apply(loaded: LoadResult<ConfigOutline>, reason: string): Promise<ReloadReport> {
    const startedAt = performance.now();
    const report = loaded.ok
      ? await this.#applyConfig(loaded.config, loaded.text, startedAt)
      : rejectionReport({ generation: this.#generation, faults: loaded.faults });
    logReport(this.#log, report, reason);
    this.#settle(report, { text: loaded.ok ? loaded.text : undefined, reason });
    this.#rest();
    return report;
  }

  #settle(
    report: ReloadReport,
    { text, reason }: { readonly text: string | undefined; readonly reason: string },
  ): void {
    const isApplied = report.outcome === 'applied' && text !== undefined;
    const applied = isApplied ? appliedText(text, reason, report) : undefined;
    this.#history.note(report, applied);
    this.#fleet.active.forEach(({ talk }, index) =>
      talk.tell('settled', { report, applied, announces: index === 0 && report.outcome !== 'rejected' }),
    );
  }

  async #applyConfig(
    outline: ConfigOutline,
    text: string | undefined,
    startedAt: number,
  ): Promise<ReloadReport> {
    const before = this.#generation;
    const reject = (error: string): ReloadReport =>
      rejectionReport({ generation: before, error: this.#source.show?.(error) ?? error });
    if (outline.conflict !== undefined) return reject(outline.conflict);
    this.#config.followCertificates(certificateFilesOf(outline.addresses));
    const seats = this.#fleet.active;
    const result = await reloadAll({ log: this.#log, front: this.#front, seats, text, outline });
    if (result.is === 'rejected') return reject(result.reason);
    const [first, ...rest] = result.reports;
    const unchanged = first !== undefined && [first, ...rest].every(({ outcome }) => outcome === 'unchanged');
    const generation = unchanged ? before : before + 1;
    this.#current = { config: result.config, outline, generation };
    this.#configure(outline);
    this.#fleet.resize(workerCount(outline.server.workers));
    const milliseconds = performance.now() - startedAt;
    return first ? mergeReports([first, ...rest], { generation, milliseconds }) : reject('no worker runs');
  }

  #makeDirectory(): Directory {
    return new Directory({
      giveUp: (worker, { key, duplicate, remote }) =>
        this.#talkTo(worker)?.ask('giveUp', { key, duplicate, remote }, GIVE_UP_LIMIT_MS) ??
        Promise.resolve('given'),
      tellHome: (worker, key, home) => this.#talkTo(worker)?.tell('home', { key, home }),
      askPlugins: (worker, key) => this.#talkTo(worker)?.tell('askPlugins', { key }),
    });
  }

  #talkTo(worker: WorkerNumber): Seat['talk'] | undefined {
    return this.#fleet.find(worker)?.talk;
  }

  /** Throws for what the plugins found. */
  #follow({ conflict, addresses }: ConfigOutline): void {
    if (conflict !== undefined) throw new Error(conflict);
    this.#config.followCertificates(certificateFilesOf(addresses));
  }

  get #generation(): number {
    return this.#current?.generation ?? 0;
  }

  #configure({ server }: ConfigOutline): void {
    this.#front.configure(server.maxConnections);
    this.#log.level = server.level;
  }

  async #stop(message: string): Promise<void> {
    if (!(await this.#config.stop())) return;
    this.#log.info(`stopping: ${message}`);
    await this.#end(message);
    this.#log.info('stopped');
  }

  async #end(message: string): Promise<void> {
    this.#ticker.stop();
    await this.#front.close();
    await this.#fleet.stop(message);
  }

  #handlersFor(worker: WorkerNumber): Handlers<SupervisorCalls> {
    const directory = this.#directory;
    return {
      claim: (request) => directory.claim(worker, request),
      release: ({ key, ticket }) => directory.release(key, ticket),
      find: ({ key }) => directory.find(worker, key),
      forget: ({ key }) => directory.forget(worker, key),
      locate: ({ key }) => directory.locate(key),
      takeTurn: ({ key }) => this.#turns.take(worker, key),
      passTurn: ({ key }) => this.#turns.pass(worker, key),
      takePlace: ({ name, most }) => this.#places.take(worker, name, most),
      awaitPlace: ({ name, most }) => this.#places.wait(worker, name, most),
      freePlace: ({ name }) => this.#places.free(worker, name),
      holdPlaces: ({ counts }) => this.#places.hold(worker, counts),
      closed: ({ count }) => {
        this.#fleet.find(worker)?.closed(count);
        this.#front.closed(count);
      },
      viewers: ({ count }) => this.#viewers.note(worker, count),
      leaving: () => this.#fleet.find(worker)?.leave(),
      reload: ({ reason, text }) => this.#config.request({ reason, text }),
    };
  }
}
