// Generations of plugins: stage the new one beside the old, commit in one step, retire what is no longer wanted.
import type { ConfigFault, ResolvedConfig } from '../config.ts';
import { Admission } from '../session/admission.ts';
import { describeChanges, removalPolicy, isUnchanged, NO_CHANGES, type ReloadChanges } from './changes.ts';
import { findApp } from './app.ts';
import { Endpoint, planEndpoints, readAllCredentials, type EndpointPlan } from './endpoint.ts';
import type { Credentials } from '../net/tls.ts';
import {
  buildApps,
  NO_GENERATION,
  planScopes,
  scopesServing,
  type Generation,
  type ScopePlan,
} from './generation.ts';
import { Hooks, type Figures } from '../plugin/hooks.ts';
import type { Logger } from '../log.ts';
import { ListenerPool } from '../net/listener-pool.ts';
import type { ReloadReport } from './describe-report.ts';
import type { ServerOptions } from '../options.ts';
import type { Scope, KernelServices } from './scope.ts';
import type { EndCause } from '../session/session.ts';
import { StreamHub } from '../stream/stream-hub.ts';
import type { Stream } from '../stream/stream.ts';
import { Ticker } from '../ticker.ts';
import { withTimeout } from '../timeout.ts';

/** An address the server listens on. */
export interface ServedAddress {
  readonly option: string;
  readonly scheme: 'tcp' | 'tls' | 'http' | 'https';
  readonly host: string | undefined;
  readonly port: number;
}

/** A new generation, complete but not in force. */
interface Staged {
  readonly config: ResolvedConfig;
  readonly plan: ScopePlan;
  readonly plans: readonly EndpointPlan[];
  readonly credentials: ReadonlyMap<string, Credentials>;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly apps: Generation['apps'];
  /** Keys of the listeners it holds. */
  readonly acquired: readonly string[];
}

interface Waiting {
  readonly config: ResolvedConfig;
  readonly resolve: (report: ReloadReport) => void;
}

const ROLLED_BACK: EndCause = { code: 'refused', message: 'the config it belonged to was refused' };
/** A plugin that takes longer to start refuses the config; one that takes longer to stop is left to itself. */
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;
const RETIRED: EndCause = { code: 'removed', message: 'the config has changed' };

export interface KernelSettings {
  /** Told which certificates and keys are about to be read, so that no later change of them is missed. */
  readonly onCertificateFiles?: (files: readonly string[]) => void;
  readonly startLimitMs?: number;
  readonly stopLimitMs?: number;
}

export class Kernel {
  readonly ticker: Ticker;
  readonly pool: ListenerPool;
  readonly hub: StreamHub;
  readonly admission: Admission;
  readonly #log: Logger;
  readonly #surroundings: KernelServices;
  readonly #onCertificateFiles: (files: readonly string[]) => void;
  readonly #startLimitMs: number;
  readonly #stopLimitMs: number;
  readonly #stopping = new AbortController();
  #generation: Generation = NO_GENERATION;
  #running: Promise<unknown> = Promise.resolve();
  #waiting: Waiting | undefined;
  #last: ReloadReport | undefined;

  constructor(log: Logger, settings: KernelSettings = {}) {
    this.#log = log;
    this.ticker = new Ticker((error) => log.error({ err: error }, 'a tick failed'));
    this.#onCertificateFiles = settings.onCertificateFiles ?? (() => {});
    this.#startLimitMs = settings.startLimitMs ?? START_LIMIT_MS;
    this.#stopLimitMs = settings.stopLimitMs ?? STOP_LIMIT_MS;
    this.pool = new ListenerPool(log);
    this.hub = new StreamHub(log, this.ticker, {
      streamStart: (stream) => this.#hooksOf(stream)?.streamStart(stream),
      streamStop: (stream, cause) => this.#streamStop(stream, cause),
    });
    this.admission = new Admission(
      log,
      this.hub,
      () => this.#generation.apps,
      () => this.#generation.config?.server,
    );
    this.#surroundings = {
      log,
      ticker: this.ticker,
      hub: this.hub,
      admission: this.admission,
      fileEnd: (file) => findApp(this.#generation.apps, file.app)?.hooks.fileEnd(file),
      shared: new WeakMap(),
    };
  }

  get generation(): Generation {
    return this.#generation;
  }

  /** How the last reload ended. */
  get lastReport(): ReloadReport | undefined {
    return this.#last;
  }

  get addresses(): readonly ServedAddress[] {
    return [...this.#generation.endpoints.values()].map((endpoint) => ({
      option: endpoint.plan.option,
      scheme: endpoint.scheme,
      host: endpoint.plan.address.host,
      port: endpoint.port,
    }));
  }

  /** Certificates and keys in use: their change is a reason to reload. */
  get certificateFiles(): readonly string[] {
    return certificateFilesOf(this.#generation.plans);
  }

  /**
   * Brings a config into force, or refuses it and leaves everything as it was. Reloads never overlap; of those that
   * wait, only the newest is applied, and the others report what that one did.
   */
  reload(config: ResolvedConfig): Promise<ReloadReport> {
    return new Promise((resolve) => {
      const replaced = this.#waiting;
      const settle = (report: ReloadReport): void => {
        replaced?.resolve(report);
        resolve(report);
      };
      this.#waiting = { config, resolve: settle };
      if (!replaced) this.#running = this.#running.then(() => this.#reloadWaiting());
    });
  }

  /** Declares everything a config asks for and starts nothing. Throws what a reload would be refused for. */
  check(config: ResolvedConfig): void {
    const plan = planScopes(config, [], this.#surroundings);
    planEndpoints(plan.scopes, this.#log);
    buildApps(config, plan.scopes, this.#log);
  }

  /** What bringing `to` into force would change on a server that runs `from`. Declares both and starts neither. */
  preview(from: ResolvedConfig, to: ResolvedConfig): ReloadChanges {
    const before = planScopes(from, [], this.#surroundings);
    const plan = planScopes(to, before.scopes, this.#surroundings);
    buildApps(to, plan.scopes, this.#log);
    const old = { config: from, plans: planEndpoints(before.scopes, this.#log) };
    return describeChanges(old, { config: to, plans: planEndpoints(plan.scopes, this.#log) }, plan, []);
  }

  /** A config that could not even be read is on record like one that was refused. */
  noteRefusal(faults: readonly ConfigFault[], error?: string): ReloadReport {
    return this.#report({ outcome: 'refused', startedAt: performance.now(), faults, error });
  }

  /** All figures, asked for now. */
  figures(): Figures {
    const figures: Figures = new Map<string, number | string>();
    const streams = this.hub.streams;
    figures.set('config.generation', this.#generation.number);
    if (this.#last) {
      figures.set('config.lastReload', this.#last.at.toISOString());
      figures.set('config.lastOutcome', this.#last.outcome);
    }
    figures.set('server.connections', this.pool.connections);
    figures.set('server.streams', streams.length);
    figures.set(
      'server.viewers',
      streams.reduce((sum, stream) => sum + stream.viewerCount, 0),
    );
    this.#generation.hooks?.stat(figures);
    return figures;
  }

  /** Ends all sessions in order, closes all listeners, stops all plugins. */
  async stop(cause: EndCause): Promise<void> {
    this.#stopping.abort(new Error('the server is shutting down'));
    await this.#running;
    const { endpoints, scopes } = this.#generation;
    await this.#release(endpoints.keys());
    this.hub.close(cause);
    for (const endpoint of endpoints.values()) endpoint.close();
    await this.#retire(scopes, cause);
    this.#generation = { ...NO_GENERATION, number: this.#generation.number };
    this.ticker.stop();
  }

  async #reloadWaiting(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!waiting) return;
    const startedAt = performance.now();
    try {
      this.#stopping.signal.throwIfAborted();
      const staged = await this.#stage(waiting.config);
      const { changes, sessionsClosed } = this.#commit(staged);
      await this.#retire(staged.plan.retired, RETIRED);
      const outcome = isUnchanged(changes) ? 'unchanged' : 'applied';
      const report = this.#report({ outcome, startedAt, changes, sessionsClosed });
      this.#generation.hooks?.configChange(report);
      waiting.resolve(report);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      waiting.resolve(this.#report({ outcome: 'refused', startedAt, error: message }));
    }
  }

  // Everything that can fail happens here; on a fault all of it is undone.
  async #stage(config: ResolvedConfig): Promise<Staged> {
    const plan = planScopes(config, this.#generation.scopes, this.#surroundings);
    const plans = planEndpoints(plan.scopes, this.#log);
    const apps = buildApps(config, plan.scopes, this.#log);
    this.#onCertificateFiles(certificateFilesOf(plans));
    const credentials = await readAllCredentials(plans);
    const acquired: string[] = [];
    const started: Scope[] = [];
    try {
      const endpoints = new Map<string, Endpoint>();
      for (const each of plans) {
        const listener = await this.pool.acquire(each.key, each.address, each.option);
        acquired.push(each.key);
        endpoints.set(each.key, this.#generation.endpoints.get(each.key) ?? new Endpoint(each, listener));
      }
      for (const scope of plan.fresh) {
        started.push(scope);
        const late = tooSlow(scope, 'start', this.#startLimitMs);
        await withTimeout(this.#startLimitMs, scope.start(), late, this.#stopping.signal);
      }
      return { config, plan, plans, credentials, endpoints, apps, acquired };
    } catch (error) {
      await this.#retire(started, ROLLED_BACK);
      for (const key of acquired.toReversed()) await this.#release([key]);
      throw error;
    }
  }

  // Synchronous, and nothing in it can fail: between two packets the new generation is in force.
  #commit(staged: Staged): { changes: ReloadChanges; sessionsClosed: number } {
    const { config, plan, plans, endpoints, apps, credentials } = staged;
    const old = this.#generation;
    for (const [scope, predecessor] of plan.predecessors) scope.inheritFrom(predecessor);
    const { scopes } = plan;
    const taps = scopes.flatMap((scope) => scope.taps);
    const hooks = new Hooks(taps, this.#log, config.server.gateTimeoutMs);
    this.#generation = { number: old.number, config, scopes, apps, hooks, endpoints, plans };
    this.#configure(config.server, plan.scopes);
    const renewed = plans.filter((each) => endpoints.get(each.key)!.use(each, credentials.get(each.key)));
    const certificates = renewed.map((each) => each.option);
    const changes = describeChanges(old, this.#generation, plan, certificates);
    if (!isUnchanged(changes) || old.number === 0)
      this.#generation = { ...this.#generation, number: old.number + 1 };
    for (const stream of this.hub.streams) this.#moveStream(stream, old);
    const sessionsClosed = this.#closeRemoved(old);
    // Closes at once; nothing that is held gives way to what is let go, so there is nothing to wait for.
    void this.#release(old.endpoints.keys());
    for (const [key, endpoint] of old.endpoints) if (!endpoints.has(key)) endpoint.close();
    return { changes, sessionsClosed };
  }

  #release(keys: Iterable<string>): Promise<unknown> {
    return Promise.all([...keys].map((key) => this.pool.release(key)));
  }

  #configure(options: ServerOptions, scopes: readonly Scope[]): void {
    this.pool.configure(options.maxConnections);
    this.hub.configure({ maxStreams: options.maxStreams, writeTimeoutMs: options.write_timeout * 1000 });
    this.#log.level = options.level;
    for (const scope of scopes) scope.setLogLevel(options.level);
  }

  async #retire(scopes: readonly Scope[], cause: EndCause): Promise<void> {
    for (const scope of scopes.toReversed()) {
      try {
        const late = tooSlow(scope, 'stop', this.#stopLimitMs);
        await withTimeout(this.#stopLimitMs, scope.stop(cause), late);
      } catch (error) {
        this.#log.error({ err: error }, `${scope.label} is left behind`);
      }
    }
  }

  // A live stream meets the instances that are new to it, and leaves those that no longer serve it. An instance that
  // goes on without the stream is told that it stopped; a retired one learns from its own stop, or has handed it on.
  #moveStream(stream: Stream, old: Generation): void {
    const app = findApp(this.#generation.apps, stream.app);
    if (app) stream.configure(app.options);
    const before = new Set(scopesServing(old, stream.app));
    const after = new Set(app?.scopes);
    for (const scope of before) {
      if (after.has(scope)) continue;
      if (this.#generation.scopes.includes(scope)) scope.replayStop(stream, RETIRED);
      scope.forget(stream);
    }
    for (const scope of after) if (!before.has(scope)) scope.replayStart(stream);
  }

  // Sessions whose application or protocol is gone finish in peace, unless the config said that they are closed.
  #closeRemoved(old: Generation): number {
    let closed = 0;
    for (const session of [...this.hub.sessions.values()]) {
      const { app, client } = session.request;
      const after = findApp(this.#generation.apps, app);
      if (removalPolicy(client.plugin, findApp(old.apps, app)?.entry, after?.entry) !== 'closes') continue;
      const message = `${client.plugin} of application ${app} was switched off (onRemove: "close")`;
      try {
        session.close({ code: 'removed', message });
      } catch (error) {
        this.#log.error({ err: error, session: session.id }, 'a session could not be closed');
      }
      closed++;
    }
    return closed;
  }

  #streamStop(stream: Stream, cause: EndCause): void {
    this.#hooksOf(stream)?.streamStop(stream, cause);
    queueMicrotask(() => {
      for (const scope of this.#generation.scopes) scope.forget(stream);
    });
  }

  #hooksOf(stream: Stream) {
    return findApp(this.#generation.apps, stream.app)?.hooks;
  }

  #report(facts: {
    outcome: ReloadReport['outcome'];
    startedAt: number;
    changes?: ReloadChanges;
    sessionsClosed?: number;
    faults?: readonly ConfigFault[];
    error?: string | undefined;
  }): ReloadReport {
    const streams = this.hub.streams;
    const report: ReloadReport = {
      generation: this.#generation.number,
      outcome: facts.outcome,
      at: new Date(),
      milliseconds: performance.now() - facts.startedAt,
      changes: facts.changes ?? NO_CHANGES,
      streamsKept: streams.length,
      viewersKept: streams.reduce((sum, stream) => sum + stream.viewerCount, 0),
      sessionsClosed: facts.sessionsClosed ?? 0,
      faults: facts.faults ?? [],
      error: facts.error,
    };
    this.#last = report;
    return report;
  }
}

function certificateFilesOf(plans: readonly EndpointPlan[]): string[] {
  return plans.flatMap(({ tls }) => (tls ? [tls.cert, tls.key] : []));
}

function tooSlow(scope: Scope, what: 'start' | 'stop', limitMs: number): string {
  return `plugin ${scope.label} did not ${what} within ${limitMs / 1000} s`;
}
