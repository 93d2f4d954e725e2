// The public entry: a server that loads its config, runs it, follows its files, and shuts down in order.
//
// core/ is the kernel of the server. It knows plugins, applications, streams and addresses, and no protocol or feature. Beside
// this file are the types of a config, and leaves that every room may import.
import inject, { type InjectOptions, type Response } from 'light-my-request';
import { formatFault } from './config-fault.ts';
import type { ConfigSource, LoadResult } from './config.ts';
import type { LivegoError } from './errors.ts';
import { livegoError } from './errors.ts';
import { FollowedFiles, type WatchFiles } from './followed-files.ts';
import { describeReport } from './kernel/reload/describe-report.ts';
import { Kernel } from './kernel/kernel.ts';
import { describeOpenPublishing } from './kernel/open-publishing.ts';
import { createLogger, type Logger } from './log.ts';
import { formatAddress } from './net/address.ts';
import type { ServedAddress } from './net/served-address.ts';
import type { MetricSample } from './plugin/metrics.ts';
import type { ReloadReport } from './plugin/reload-report.ts';
import { ServerConfig } from './server-config.ts';
import type { SessionView } from './session/session-view.ts';
import type { StreamView } from './stream/stream-view.ts';

export interface ServerSettings {
  readonly source: ConfigSource;
  readonly log?: Logger;
  /** Makes a watcher; without it the server does not follow its files. */
  readonly watch?: WatchFiles;
}

/** Sessions get this long to end when the server stops; then their connections are cut. */
const SHUTDOWN_GRACE_MS = 2500;

/** Upper bound of the loads for one reload. A file may name further files; files that are followed report later edits. */
const MAX_LOADS = 5;

interface ReloadRequest {
  readonly reason: string;
  /** Instead of the file's. */
  readonly text?: string | undefined;
}

type State = 'new' | 'running' | 'stopped';

export class LivegoServer {
  readonly #source: ConfigSource;
  readonly #log: Logger;
  readonly #kernel: Kernel;
  readonly #config: ServerConfig;
  readonly #files: FollowedFiles;
  #reloading: Promise<unknown> = Promise.resolve();
  /** What the next reload applies: a text, or the file. */
  #wanted: ReloadRequest = { reason: 'start' };
  /** A text that a plugin has applied instead of the file's, and what the file held then. */
  #override: { readonly text: string; readonly fileText: string | undefined } | undefined;
  #queued: Promise<ReloadReport> | undefined;
  #state: State = 'new';
  #stopping: Promise<void> | undefined;

  constructor(settings: ServerSettings) {
    this.#source = settings.source;
    this.#log = settings.log ?? createLogger();
    this.#config = new ServerConfig(settings.source, {
      kernel: () => this.#kernel,
      apply: (text, reason) => this.#request({ reason, text }),
      reload: (reason) => this.reload(reason),
    });
    this.#kernel = new Kernel(this.#log, {
      onCertificateFiles: (files) => this.#files.followCertificates(files),
      config: this.#config,
    });
    this.#files = new FollowedFiles(
      this.#log,
      settings.watch,
      () => this.#kernel.certificateFiles,
      (file) => this.#fileChanged(file),
    );
  }

  /** The addresses that the server listens on, with the ports that the system chose. */
  get addresses(): readonly ServedAddress[] {
    return this.#kernel.addresses;
  }

  /** Names and patterns of the applications. */
  get applications(): readonly string[] {
    return this.#kernel.generation.config?.apps.map(({ servername }) => servername) ?? [];
  }

  get streams(): readonly StreamView[] {
    return this.#kernel.hub.streams.map(({ view }) => view);
  }

  /** Publishers and viewers of every protocol. */
  get sessions(): readonly SessionView[] {
    return Array.from(this.#kernel.sessions, ({ view }) => view);
  }

  /** Open client connections, admitted or not. */
  get connections(): number {
    return this.#kernel.pool.connections;
  }

  get lastReport(): ReloadReport | undefined {
    return this.#kernel.lastReport;
  }

  get kernel(): Kernel {
    return this.#kernel;
  }

  /** All metrics, collected now. */
  metrics(): readonly MetricSample[] {
    return this.#kernel.metrics();
  }

  /** The port in use for an option such as "rtmp.port". Throws if nothing listens for it. */
  port(option: string): number {
    const address = this.addresses.find(({ options }) => options.includes(option));
    if (address) return address.port;
    const open = this.addresses.map((each) => each.option).join(', ') || 'none';
    throw livegoError('LVG_SERVER_STATE', 'notListening', { option, open });
  }

  /** Loads the config and applies it. Throws one error that holds every fault. */
  start(): Promise<void> {
    if (this.#state !== 'new') {
      return Promise.reject(livegoError('LVG_SERVER_STATE', 'startedBefore', { state: this.#state }));
    }
    this.#state = 'running';
    const started = this.#start();
    // Reloads wait for the start.
    this.#reloading = started.catch(() => {});
    return started;
  }

  /**
   * Loads the config again and applies it. Faults leave everything as it was, and are in the report; they are not thrown.
   * Reloads never overlap: all calls during a reload share the next one, which reads the file when its turn comes.
   */
  reload(reason: string): Promise<ReloadReport> {
    return this.#request({ reason });
  }

  /**
   * Ends all sessions and closes all listeners. Resolves when every connection has closed or has been cut.
   * @param message - for the log
   * @param told - what clients are told; default: the same
   */
  stop(message: string, told = message): Promise<void> {
    this.#stopping ??= this.#stop(message, told);
    return this.#stopping;
  }

  /** Serves an HTTP request without a socket, with the routes of the address behind `option`. For tests. */
  inject(option: string, request: InjectOptions): Promise<Response> {
    const endpoints = [...this.#kernel.generation.endpoints.values()];
    const service = endpoints.find(({ plan }) => plan.options.includes(option))?.plan.service;
    if (service?.kind !== 'http') throw livegoError('LVG_SERVER_STATE', 'noHttp', { option });
    return inject((req, res) => service.router.answer(req, res), request);
  }

  async #start(): Promise<void> {
    const loaded = await this.#load();
    const report = loaded.ok ? await this.#kernel.reload(loaded.config) : undefined;
    if (!loaded.ok || report?.outcome === 'rejected') {
      this.#state = 'stopped';
      this.#kernel.ticker.stop();
      await this.#files.close();
      throw startFailure(this.#source.name, loaded, report);
    }
    if (report) this.#config.noteApplied(loaded.text, 'start', report);
    for (const warning of loaded.warnings) this.#log.warn(warning);
    for (const address of this.addresses)
      this.#log.info(
        `listening on ${formatAddress(address)} (${address.options.join(', ')}, ${address.scheme})`,
      );
    const open = describeOpenPublishing(this.#kernel.generation, this.addresses);
    if (open !== undefined) this.#log.warn(open);
  }

  // Of what is asked for during a reload only the newest is applied.
  #request(request: ReloadRequest): Promise<ReloadReport> {
    this.#wanted = request;
    this.#queued ??= this.#enqueue(() => {
      this.#queued = undefined;
      return this.#reload(this.#wanted);
    });
    return this.#queued;
  }

  #enqueue(work: () => Promise<ReloadReport>): Promise<ReloadReport> {
    const done = this.#reloading.then(work);
    this.#reloading = done.catch(() => {});
    return done;
  }

  async #reload({ reason, text }: ReloadRequest): Promise<ReloadReport> {
    if (this.#state !== 'running')
      throw livegoError('LVG_SERVER_STATE', 'notRunning', { state: this.#state });
    const loaded = await this.#load(text);
    for (const warning of loaded.warnings) this.#log.warn(warning);
    const report = loaded.ok
      ? await this.#kernel.reload(loaded.config)
      : this.#kernel.noteRejection(loaded.faults);
    if (loaded.ok) this.#config.noteApplied(loaded.text, reason, report);
    if (report.outcome !== 'rejected')
      this.#override = text === undefined ? undefined : { text, fileText: await this.#readFile() };
    for (const fault of report.faults) this.#log.error(formatFault(fault));
    this.#log[report.outcome === 'rejected' ? 'error' : 'info']({ reason }, describeReport(report));
    return report;
  }

  // A file may change before it is watched, so new files are read twice.
  async #load(text?: string): Promise<LoadResult> {
    for (let time = 1; ; time++) {
      const loaded = await this.#source.load(text);
      const running = this.#state === 'running';
      const { config } = loaded.ok ? loaded : this.#kernel.generation;
      if (!running || !this.#files.follow(loaded, config?.server.watch) || time === MAX_LOADS) return loaded;
    }
  }

  async #stop(message: string, told: string): Promise<void> {
    const state = this.#state;
    this.#state = 'stopped';
    if (state !== 'running') return this.#kernel.ticker.stop();
    this.#log.info(`stopping: ${message}`);
    await this.#files.close();
    await this.#kernel.stop(told);
    await this.#drain();
    this.#log.info('stopped');
  }

  async #drain(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise((resolve) => (timer = setTimeout(resolve, SHUTDOWN_GRACE_MS)));
    await Promise.race([this.#kernel.pool.drained(), grace]);
    clearTimeout(timer);
    this.#kernel.pool.destroyConnections();
  }

  #fileChanged(file: string): void {
    if (this.#state !== 'running') return;
    this.#reloadFor(file).catch((error: unknown) => {
      if (this.#state === 'running') this.#log.error({ err: error }, 'the reload failed');
    });
  }

  // A certificate or a plugin's file has changed, or the config's file. Only that one ends what a plugin has applied.
  async #reloadFor(file: string): Promise<ReloadReport> {
    const override = this.#override;
    const isCurrent = override !== undefined && (await this.#readFile()) === override.fileText;
    return await this.#request({ reason: `${file} changed`, text: isCurrent ? override.text : undefined });
  }

  async #readFile(): Promise<string | undefined> {
    return await this.#source.read?.().catch(() => undefined);
  }
}

/** Makes a server. It does nothing before `start()`. */
export function createServer(settings: ServerSettings): LivegoServer {
  return new LivegoServer(settings);
}

function startFailure(name: string, loaded: LoadResult, report: ReloadReport | undefined): LivegoError {
  if (!loaded.ok) {
    const faults = loaded.faults.map((fault) => formatFault(fault)).join('\n');
    return livegoError('LVG_CONFIG_INVALID', 'faults', { faults });
  }
  const reason = report?.error ?? 'the config was rejected';
  return livegoError('LVG_PLUGIN_FAILED', 'rejected', { file: name, reason });
}
