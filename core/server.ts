// The public entry: a server that loads its config, runs it, follows its files, and shuts down in order.
//
// core/ is the kernel of the server. It knows plugins, applications, streams and addresses, and no protocol or feature. Beside
// this file are the types of a config, and leaves that every room may import.
import type { InjectOptions, Response } from 'light-my-request';
import type { ConfigSource, LoadResult, ResolvedConfig } from './config.ts';
import { ConfigFollower } from './following/config-follower.ts';
import { livegoError } from './errors.ts';
import type { WatchFiles } from './following/followed-files.ts';
import { logReport } from './kernel/reload/describe-report.ts';
import { Kernel } from './kernel/kernel.ts';
import { describeOpenPublishing } from './kernel/open-publishing.ts';
import { createLogger, type Logger } from './log/log.ts';
import { maskLog } from './log/masked-log.ts';
import { formatAddress } from './net/address.ts';
import type { ServedAddress } from './net/served-address.ts';
import type { MetricSample } from './plugin/metrics.ts';
import type { ReloadReport } from './plugin/reload-report.ts';
import { ServerConfig } from './following/server-config.ts';
import type { SessionView } from './session/session-view.ts';
import type { StreamView } from './stream/stream-view.ts';
import { startFailure } from './start-failure.ts';
import { workerCount } from './options/worker-count.ts';

export interface ServerSettings {
  readonly source: ConfigSource;
  readonly log?: Logger;
  /** Makes a watcher; without it the server does not follow its files. */
  readonly watch?: WatchFiles;
}

/** Sessions get this long to end when the server stops; then their connections are cut. */
const SHUTDOWN_GRACE_MS = 2500;

export class LivegoServer {
  readonly #source: ConfigSource;
  readonly #log: Logger;
  readonly #kernel: Kernel;
  readonly #config: ConfigFollower<ResolvedConfig>;
  readonly #texts: ServerConfig;
  #stopping: Promise<void> | undefined;

  constructor({ source, log: given = createLogger(), watch }: ServerSettings) {
    const show = source.show?.bind(source);
    const log = maskLog(given, show);
    this.#source = source;
    this.#log = log;
    this.#texts = new ServerConfig(source, {
      kernel: () => this.#kernel,
      apply: (text, reason) => this.#config.request({ reason, text }),
      reload: (reason) => this.reload(reason),
    });
    this.#kernel = new Kernel(log, {
      onCertificateFiles: (files) => this.#config.followCertificates(files),
      config: this.#texts,
      show,
    });
    this.#config = new ConfigFollower({
      source,
      log,
      watch,
      certificates: () => this.#kernel.certificateFiles,
      watchOptions: () => this.#kernel.generation.config?.server.watch,
      apply: (loaded, reason) => this.#apply(loaded, reason),
    });
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
    return this.#config.start((loaded) => this.#start(loaded));
  }

  /**
   * Loads the config again and applies it. Faults leave everything as it was, and are in the report; they are not thrown.
   * Reloads never overlap: all calls during a reload share the next one, which reads the file when its turn comes.
   */
  reload(reason: string): Promise<ReloadReport> {
    return this.#config.request({ reason });
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
  async inject(option: string, request: InjectOptions): Promise<Response> {
    const endpoints = [...this.#kernel.generation.endpoints.values()];
    const service = endpoints.find(({ plan }) => plan.options.includes(option))?.plan.service;
    if (service?.kind !== 'http') throw livegoError('LVG_SERVER_STATE', 'noHttp', { option });
    const { default: inject } = await import('light-my-request');
    return await inject((req, res) => service.router.answer(req, res), request);
  }

  // Several workers need a supervisor, which is there from the start or not at all.
  #warnOfWorkers({ server: { workers } }: ResolvedConfig): void {
    if (workerCount(workers) === 1) return;
    this.#log.warn(`workers: ${workers}: this server runs in one process; start the command again for more`);
  }

  async #start(loaded: LoadResult): Promise<void> {
    const report = loaded.ok ? await this.#kernel.reload(loaded.config) : undefined;
    if (!loaded.ok || report?.outcome === 'rejected') {
      this.#kernel.ticker.stop();
      throw startFailure(this.#source, loaded, report?.error);
    }
    if (report) this.#texts.noteApplied(loaded.text, 'start', report);
    for (const warning of loaded.warnings) this.#log.warn(warning);
    this.#warnOfWorkers(loaded.config);
    for (const address of this.addresses)
      this.#log.info(
        `listening on ${formatAddress(address)} (${address.options.join(', ')}, ${address.scheme})`,
      );
    const open = describeOpenPublishing(this.#kernel.generation, this.addresses);
    if (open !== undefined) this.#log.warn(open);
  }

  async #apply(loaded: LoadResult, reason: string): Promise<ReloadReport> {
    const report = loaded.ok
      ? await this.#kernel.reload(loaded.config)
      : this.#kernel.noteRejection(loaded.faults);
    if (loaded.ok) this.#texts.noteApplied(loaded.text, reason, report);
    logReport(this.#log, report, reason);
    if (loaded.ok && report.outcome === 'applied') this.#warnOfWorkers(loaded.config);
    return report;
  }

  async #stop(message: string, told: string): Promise<void> {
    if (!(await this.#config.stop())) return this.#kernel.ticker.stop();
    this.#log.info(`stopping: ${message}`);
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
}

/** Makes a server. It does nothing before `start()`. */
export function createServer(settings: ServerSettings): LivegoServer {
  return new LivegoServer(settings);
}
