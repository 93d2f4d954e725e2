// Generations of plugins: stage the new one beside the old, commit in one step, retire what is no longer wanted.
//
// The room makes, compares, starts and stops instances of plugins, and gives them their context. It knows no protocol and
// no feature. It owns the clients and streams whose work is in core/session and core/stream.
//
//   reload ─▶ stage ─────────────────────────▶ commit ──────────────▶ retire ─▶ report
//             1 declare    3 open addresses    5 hand state over      8 stop replaced and removed instances
//             2 assemble   4 start instances   6 swap one reference
//             a fault: undo all, reject        7 activate, show live streams
//
import type { ConfigFault } from '../config-fault.ts';
import { FormatTable } from '../delivery/format-table.ts';
import type { ResolvedConfig } from '../config.ts';
import { withPlaces } from '../config-place.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log/log.ts';
import type { ListenerPool } from '../net/listener-pool.ts';
import type { ServedAddress } from '../net/served-address.ts';
import type { MetricSample } from '../plugin/metrics.ts';
import type { ReloadReport } from '../plugin/reload-report.ts';
import { ALONE } from '../plugin/worker-calls.ts';
import type { Admission } from '../session/admission.ts';
import type { Providers } from '../session/providers/providers.ts';
import type { SessionList } from '../session/session-list.ts';
import type { StreamHub } from '../stream/stream-hub.ts';
import type { Ticker } from '../time/ticker.ts';
import { Pace } from '../time/in-turns.ts';
import { workerCount } from '../options/worker-count.ts';
import type { Show } from '../log/variable-mask.ts';
import { collectMetrics } from './collect-metrics.ts';
import { Everywhere } from './everywhere.ts';
import { answerOther, commandsEverywhere } from './everywhere-commands.ts';
import type { HttpServices } from '../http/http-services.ts';
import { OpenFiles } from '../http/files/open-files.ts';
import { WaitingRequests } from '../http/waiting-requests.ts';
import type { App } from './generation/app.ts';
import { findChanges, type Changes } from './reload/changes.ts';
import { commit } from './reload/commit.ts';
import { findAnyApp } from './generation/former-apps.ts';
import { certificateFilesOf } from '../net/planned-address.ts';
import { readAllCredentials, type EndpointPlan } from './generation/endpoint-plan.ts';
import { detachedConfig } from './detached-config.ts';
import { assemble, NO_GENERATION, planScopes, release, type Generation } from './generation/generation.ts';
import { ReportLog } from './reload/report-log.ts';
import { END_OF } from './instance/scope.ts';
import { START_LIMIT_MS, STOP_LIMIT_MS, type ConfirmReload, type KernelSettings } from './settings.ts';
import { InstanceLogs } from './instance/instance-logs.ts';
import type { KernelServices } from './instance/services.ts';
import { Staging, type Staged } from './reload/staging.ts';
import { makeParts, type KernelParts } from './parts.ts';

interface Waiting {
  readonly config: ResolvedConfig;
  readonly confirm: ConfirmReload | undefined;
  readonly resolve: (report: ReloadReport) => void;
}

export class Kernel {
  readonly ticker: Ticker;
  readonly http: HttpServices;
  readonly pool: ListenerPool;
  readonly hub: StreamHub;
  readonly sessions: SessionList;
  readonly providers: Providers;
  readonly admission: Admission;
  readonly reports: ReportLog;
  readonly log: Logger;
  readonly everywhere: Everywhere;
  readonly logs: InstanceLogs;
  readonly #isWorker: boolean;
  readonly #parts: KernelParts;
  readonly #services: KernelServices;
  readonly #staging: Staging;
  readonly #show: Show;
  readonly #stopping = new AbortController();
  readonly #commands = {
    list: () => this.#generation.commands.list(),
    call: (name: string, input: Readonly<Record<string, unknown>>) =>
      this.#generation.commands.call(name, input),
  };
  #generation: Generation = NO_GENERATION;
  #running: Promise<unknown> = Promise.resolve();
  #waiting: Waiting | undefined;

  constructor(log: Logger, settings: KernelSettings = {}) {
    this.log = log;
    this.logs = new InstanceLogs(log);
    this.#isWorker = settings.workers !== undefined;
    this.#generation = { ...NO_GENERATION, number: settings.generation ?? 0 };
    const parts = makeParts(log, settings, this);
    this.ticker = parts.ticker;
    this.pool = parts.pool;
    this.hub = parts.hub;
    this.sessions = parts.sessions;
    this.providers = parts.providers;
    this.admission = parts.admission;
    this.#parts = parts;
    const { ticker, rates } = parts;
    this.http = { ticker, files: new OpenFiles(), waiting: new WaitingRequests(), rates };
    this.#show = settings.show ?? ((text) => text);
    this.reports = new ReportLog(this.hub, this.#show);
    this.everywhere = new Everywhere({
      ...parts,
      calls: settings.workers ?? ALONE,
      workerCount: () => this.workerCount,
      metrics: () => this.metrics(),
      answer: (name, input) =>
        answerOther({ commands: this.#commands, scopes: this.#generation.scopes }, name, input),
    });
    this.#services = this.#buildServices(settings);
    this.#staging = new Staging({
      log,
      parts,
      pool: this.pool,
      services: this.#services,
      stopping: this.#stopping.signal,
      startLimitMs: settings.startLimitMs ?? START_LIMIT_MS,
      stopLimitMs: settings.stopLimitMs ?? STOP_LIMIT_MS,
      onCertificateFiles: settings.onCertificateFiles ?? (() => {}),
    });
  }

  get generation(): Generation {
    return this.#generation;
  }

  get lastReport(): ReloadReport | undefined {
    return this.reports.last;
  }

  get addresses(): readonly ServedAddress[] {
    return [...this.#generation.endpoints.values()].map((endpoint) => endpoint.served);
  }

  /** The workers that share the machine, by the current config. */
  get workerCount(): number {
    return this.#isWorker ? workerCount(this.#generation.config?.server.workers ?? 1) : 1;
  }

  /** Certificates and keys in use. A change of one of them is a reason to reload. */
  get certificateFiles(): readonly string[] {
    return certificateFilesOf(this.#generation.plans);
  }

  /** The application of the current config that a client means by this name. */
  findApp(name: string): App | undefined {
    return this.#generation.apps.find(name);
  }

  /** The same, also if the current config no longer has the application. */
  findAnyApp(name: string): App | undefined {
    return findAnyApp(this.#generation, name);
  }

  /**
   * Applies a config, or rejects it and leaves everything as it was. Reloads never overlap. Of several configs that wait,
   * only the newest is applied, and all callers get its report.
   */
  reload(config: ResolvedConfig, confirm?: ConfirmReload): Promise<ReloadReport> {
    return new Promise((resolve) => {
      const replaced = this.#waiting;
      const settle = (report: ReloadReport): void => {
        replaced?.resolve(report);
        resolve(report);
      };
      this.#waiting = { config, confirm, resolve: settle };
      if (!replaced) this.#running = this.#running.then(() => this.#reloadWaiting());
    });
  }

  /** Declares everything a config asks for and starts nothing. Rejects with the error for which a reload would be rejected. */
  async check(config: ResolvedConfig): Promise<void> {
    await this.plan(config);
  }

  /** The addresses that a config asks for. Opens and starts nothing. Rejects like `check`. */
  async plan(config: ResolvedConfig): Promise<readonly EndpointPlan[]> {
    const { scopes } = await planScopes(config, [], this.#services);
    try {
      return (await assemble(config, scopes, this.#parts)).plans;
    } catch (error) {
      throw withPlaces(error, config);
    } finally {
      release(scopes);
    }
  }

  /** Reads the certificates that a config names. Throws the error for which a reload would be rejected. */
  async checkCertificates(config: ResolvedConfig): Promise<void> {
    await readAllCredentials(await this.plan(config)).catch((error: unknown) => {
      throw withPlaces(error, config);
    });
  }

  /** The changes that `to` would make to a server that runs `from`. Declares both and starts neither. */
  async preview(from: ResolvedConfig, to: ResolvedConfig): Promise<Changes> {
    const declared = [...(await planScopes(from, [], this.#services)).scopes];
    try {
      const before = [...declared];
      const plan = await planScopes(to, before, this.#services);
      declared.push(...plan.fresh);
      const old = { config: from, plans: (await assemble(from, before, this.#parts)).plans };
      const made = { config: to, plans: (await assemble(to, plan.scopes, this.#parts)).plans };
      return await findChanges(old, made, plan, []);
    } finally {
      release(declared);
    }
  }

  /** Records a config that could not be read as rejected. */
  noteRejection(faults: readonly ConfigFault[], error?: string): ReloadReport {
    return this.reports.add({ outcome: 'rejected', generation: this.#generation.number, faults, error });
  }

  metrics(): readonly MetricSample[] {
    return collectMetrics(this, this.#show, this.#services.config.reports[0]);
  }

  /** Tells plugins of a reload: of several workers one does. */
  announce(report: ReloadReport): void {
    this.#generation.hooks?.emit('configChange', report);
  }

  /** Ends all sessions in order, closes all listeners, stops all plugins. */
  async stop(message: string): Promise<void> {
    const cause = { ...END_OF.shutdown, message };
    this.#stopping.abort(new Error('the server is shutting down'));
    await this.#running;
    const { endpoints, scopes } = this.#generation;
    for (const key of endpoints.keys()) await this.pool.release(key);
    this.providers.close(cause);
    this.hub.close(cause);
    this.sessions.close(cause);
    this.#parts.readers.stop();
    for (const endpoint of endpoints.values()) endpoint.close();
    await this.#staging.retire(scopes, () => 'shutdown');
    this.#generation = { ...NO_GENERATION, number: this.#generation.number };
    this.ticker.stop();
  }

  async #reloadWaiting(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!waiting) return;
    const startedAt = performance.now();
    const staged = await this.#stage(waiting).catch((error: unknown) => messageOf(error));
    const old = this.#generation;
    if (typeof staged === 'string') {
      const facts = { generation: old.number, startedAt, error: staged };
      return waiting.resolve(this.reports.add({ outcome: 'rejected', ...facts }));
    }
    const pace = new Pace();
    const sessionsClosed = commit(staged, old, this, (generation) => (this.#generation = generation));
    await pace.next();
    const { changes, generation, plan } = staged;
    await this.#staging.retire(plan.retired, (scope) =>
      plan.successors.has(scope) ? 'replaced' : 'removed',
    );
    const outcome = generation.number === old.number ? 'unchanged' : 'applied';
    const facts = { generation: generation.number, startedAt, changes, sessionsClosed };
    const report = this.reports.add({ outcome, ...facts });
    if (!waiting.confirm) this.announce(report);
    waiting.resolve(report);
  }

  async #stage({ config, confirm }: Waiting): Promise<Staged | string> {
    this.#stopping.signal.throwIfAborted();
    const staged = await this.#staging.stage(config, this.#generation);
    const rejected = await confirm?.();
    if (rejected === undefined) return staged;
    await this.#staging.discard(staged);
    return rejected;
  }

  #buildServices(settings: KernelSettings): KernelServices {
    const { ticker, hub, sessions, admission, providers } = this;
    return {
      log: this.log,
      logs: this.logs,
      peerLog: this.#parts.peerLog,
      ticker,
      http: this.http,
      hub,
      sessions,
      admission,
      providers,
      formats: new FormatTable(),
      pluginStates: new WeakMap(),
      commands: commandsEverywhere(this.#commands, settings.workers ?? ALONE),
      everywhere: this.everywhere,
      config: settings.config ?? detachedConfig(this.reports),
      serves: (instance, app) => this.findApp(app)?.scopes.some((scope) => scope === instance) ?? false,
      show: this.#show,
      addresses: () => this.addresses,
      metrics: () => this.metrics(),
      fileEnd: (file) => this.findAnyApp(file.app)?.hooks.fileEnd(file),
      announce: (event) => this.findAnyApp(event.app)?.hooks.emit('pluginEvent', event),
    };
  }
}
